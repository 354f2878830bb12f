/**
 * A node that lies, at an honest one's address: whoever asks what it has cosigned is shown whatever it likes, and whoever
 * asks for a cosignature is told that it has cosigned more.
 */
import { createServer } from "node:http";

export interface LyingNode {
  /** How often it was asked what it has cosigned. */
  shown(): number;
  stop(): Promise<void>;
}

/** Resolves when it listens. `note` is the checkpoint that it shows. */
export async function startLyingNode(url: string, note: string): Promise<LyingNode> {
  let shown = 0;
  const server = createServer((request, response) => {
    request.resume();
    if (request.method === "GET" && request.url?.endsWith("/checkpoint") === true) {
      shown += 1;
      response.end(note);
    } else if (request.method === "POST") {
      response.writeHead(409, { "Content-Type": "text/x.tlog.size" }).end("99\n");
    } else response.writeHead(404).end();
  });
  const { port, hostname } = new URL(url);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(Number(port), hostname, resolve);
  });
  return {
    shown: () => shown,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
