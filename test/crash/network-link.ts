/**
 * The network between the notary and one node: a TCP relay that a test cuts, slows or lets flap. A cut is a network that
 * drops everything, not a refusal: open connections stay open and nothing comes through, new ones get no answer.
 */
import { connect, createServer, type Server, type Socket } from "node:net";

export class NetworkLink {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;
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
      link.#relay(near, far);
      link.#relay(far, near);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return link;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the link is closed");
    return address.port;
  }

  #relay(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    if (this.#isCut) from.pause();
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

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.pause();
  }

  heal(): void {
    this.#isCut = false;
    for (const socket of this.#sockets) socket.resume();
  }

  /** Each way. */
  slow(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  /** As a firewall that was restarted: every connection is gone. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.reset();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
