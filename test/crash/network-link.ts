/**
 * The network between two processes, such as the notary and a node: a TCP relay that a test cuts, slows or lets flap. A cut is a network that
 * drops everything, not a refusal: open connections stay open and nothing comes through, new ones get no answer.
 */
import { connect, createServer, type Server, type Socket } from "node:net";

/** From whoever connects to whom it connects to, or back. */
type Direction = "there" | "back";
const BOTH: readonly Direction[] = ["there", "back"];

export class NetworkLink {
  readonly #server: Server;
  /** Each with the way that what it sends goes. */
  readonly #sockets = new Map<Socket, Direction>();
  readonly #cut = new Set<Direction>();
  #delayMs = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Relays to a port of this machine. */
  static async to(port: number): Promise<NetworkLink> {
    const server = createServer();
    const link = new NetworkLink(server);
    server.on("connection", (near) => {
      const far = connect(port, "127.0.0.1");
      link.#relay(near, far, "there");
      link.#relay(far, near, "back");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return link;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the link is closed");
    return address.port;
  }

  #relay(from: Socket, to: Socket, direction: Direction): void {
    this.#sockets.set(from, direction);
    if (this.#cut.has(direction)) from.pause();
    from.on("error", () => undefined);
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    from.on("data", (bytes: Buffer) => {
      // In order: of two time-outs of one length the first set ends first.
      setTimeout(() => to.write(bytes), this.#delayMs);
    });
  }

  /** One way, or both. */
  cut(...directions: readonly Direction[]): void {
    for (const direction of directions.length > 0 ? directions : BOTH) this.#cut.add(direction);
    for (const [socket, direction] of this.#sockets) if (this.#cut.has(direction)) socket.pause();
  }

  heal(): void {
    this.#cut.clear();
    for (const socket of this.#sockets.keys()) socket.resume();
  }

  /** Each way. */
  slow(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  /** As a firewall that was restarted: every connection is gone. */
  reset(): void {
    for (const socket of this.#sockets.keys()) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.reset();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
