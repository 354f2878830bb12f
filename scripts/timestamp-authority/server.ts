/** RFC 3161 over HTTP (section 3.4), for the sample's authority and for tests: one request, one answer. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type HttpServer, listen } from "../../src/platform/server/http-server.js";
import type { TimestampAuthorityFiles } from "./openssl.js";

const MAX_QUERY_BYTES = 4096;

export function serveTimestamps(
  { reply }: Pick<TimestampAuthorityFiles, "reply">,
  { host = "127.0.0.1", port = 0 }: { readonly host?: string; readonly port?: number } = {},
): Promise<HttpServer> {
  return listen(
    (request, response) => {
      answer(reply, request, response).catch((error: unknown) => {
        response.writeHead(500).end(`${(error as Error).message}\n`);
      });
    },
    { host, port, graceMs: 500 },
  );
}

async function answer(
  reply: TimestampAuthorityFiles["reply"],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method === "GET") {
    response.writeHead(200, { "Content-Type": "text/plain" }).end("POST application/timestamp-query\n");
    return;
  }
  const isQuery = request.headers["content-type"] === "application/timestamp-query";
  if (request.method !== "POST" || !isQuery) {
    response.writeHead(415).end();
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const query = Buffer.concat(chunks);
  if (query.length > MAX_QUERY_BYTES) {
    response.writeHead(413).end();
    return;
  }
  response.writeHead(200, { "Content-Type": "application/timestamp-reply" }).end(await reply(query));
}
