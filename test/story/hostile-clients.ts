/** Clients that hold what they can of a service: sockets with what they send, each from an address of its own choice. */
import { type Socket, connect } from "node:net";

export interface Target {
  readonly url: string;
}

export interface Held {
  /** What has come of the answer so far. */
  text(): string;
  readonly socket: Socket;
  /** Resolves when the other side has closed. */
  readonly closed: Promise<void>;
}

export interface Hostile {
  /** A connection with `head` sent on it; `localAddress` is any of 127.0.0.0/8. */
  open(head: string, localAddress?: string): Promise<Held>;
  /** All of them, and their timers. */
  end(): void;
  every(ms: number, deed: () => void): void;
}

export function hostileClients({ url }: Target): Hostile {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const timers: NodeJS.Timeout[] = [];
  return {
    open: (head, localAddress = "127.0.0.1") =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: hostname, port: Number(port), localAddress });
        const pieces: Buffer[] = [];
        sockets.add(socket);
        const closed = new Promise<void>((end) => socket.once("close", () => end()));
        socket.on("data", (piece: Buffer) => pieces.push(piece));
        socket.once("error", reject);
        socket.once("connect", () => {
          socket.off("error", reject).on("error", () => undefined);
          socket.write(head);
          resolve({ socket, closed, text: () => Buffer.concat(pieces).toString("latin1") });
        });
      }),
    every: (ms, deed) => void timers.push(setInterval(deed, ms)),
    end: () => {
      for (const timer of timers.splice(0)) clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
  };
}

export function head(target: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ Host: "notary.example", ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return `${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}
