/** What stands before the processes that answer: it passes each connection to the next of them that takes it. */
import { connect, createServer, type Socket } from "node:net";

export interface Balancer {
  close(): Promise<void>;
}

const CONNECTED_WITHIN_MS = 500;

export async function openBalancer(
  { host, port }: { readonly host: string; readonly port: number },
  urls: readonly string[],
): Promise<Balancer> {
  const open = new Set<Socket>();
  let next = 0;
  const hold = (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => open.delete(socket));
  };
  async function pass(from: Socket): Promise<void> {
    for (let i = 0; i < 2 * urls.length && !from.destroyed; i++) {
      const to = await reached(urls[next++ % urls.length] ?? "");
      if (to === undefined) continue;
      hold(to);
      from.pipe(to).pipe(from);
      from.on("close", () => to.destroy());
      to.on("close", () => from.destroy());
      return;
    }
    from.destroy();
  }
  const server = createServer((from) => {
    hold(from);
    void pass(from);
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return {
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Undefined where it does not take the connection soon. */
function reached(url: string): Promise<Socket | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    const fail = () => {
      socket.destroy();
      resolve(undefined);
    };
    const late = setTimeout(fail, CONNECTED_WITHIN_MS);
    socket.once("error", fail);
    socket.once("connect", () => {
      clearTimeout(late);
      socket.off("error", fail);
      resolve(socket);
    });
  });
}
