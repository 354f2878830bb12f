/** HTTP servers that answer as the test says, and are gone after it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach } from "@jest/globals";
import { type HttpServer, listen } from "../../src/platform/server/http-server.js";

/** `body` is the whole request's. */
export type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

export interface Client {
  close(): Promise<void>;
}

/** For a test file: `clientOf` gives a client of a fresh server, and `stopServers` ends those there are. */
export function answeringServers() {
  const servers: HttpServer[] = [];
  const clients: Client[] = [];
  const stopServers = async () => {
    for (const server of servers.splice(0)) await server.close();
  };
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    await stopServers();
  });
  return {
    stopServers,
    clientOf: async <T extends Client>(handler: Handler, connect: (url: string) => T): Promise<T> => {
      const server = await listen(
        (request, response) => {
          const chunks: Buffer[] = [];
          request.on("data", (chunk: Buffer) => chunks.push(chunk));
          request.on("end", () => {
            handler(request, response, Buffer.concat(chunks));
          });
        },
        { host: "127.0.0.1", port: 0, graceMs: 0 },
      );
      servers.push(server);
      const client = connect(server.url);
      clients.push(client);
      return client;
    },
  };
}
