import { type IncomingMessage, type ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  createWitnessClient,
  type HttpWitnessClient,
} from "../../src/adapters/witness-client/witness-client.js";
import { parseAddCheckpoint } from "../../src/core/witness/add-checkpoint.js";
import { type HttpServer, listen } from "../../src/platform/http-server.js";

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

async function clientOf(handler: Handler, prefix = ""): Promise<HttpWitnessClient> {
  const server: HttpServer = await listen(
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        handler(request, response, Buffer.concat(chunks));
      });
    },
    { host: "127.0.0.1", port: 0, graceMs: 0 },
  );
  const client = createWitnessClient(`${server.url}${prefix}`);
  undo.push(
    () => server.close(),
    () => client.close(),
  );
  return client;
}

const REQUEST = {
  oldSize: 3,
  proof: [new Uint8Array(32).fill(1)],
  checkpoint: "origin\n4\nAAAA\n\n— origin AAAAAAAA\n",
};
const never = new AbortController().signal;
const answering = (status: number, body: string, type = "text/plain") =>
  clientOf((_request, response) => response.writeHead(status, { "content-type": type }).end(body));

describe("a witness over HTTP", () => {
  it.each(["", "/", "/prefix", "/prefix/"])("is asked at <prefix>/add-checkpoint: %j", async (prefix) => {
    let seen: { method: string | undefined; url: string | undefined; body: unknown } | undefined;
    const client = await clientOf((request, response, body) => {
      seen = { method: request.method, url: request.url, body: parseAddCheckpoint(new Uint8Array(body)) };
      response.end("— w AAAA\n");
    }, prefix);
    expect(await client.addCheckpoint(REQUEST, never)).toEqual({ kind: "cosigned", body: "— w AAAA\n" });
    const path = prefix.startsWith("/prefix") ? "/prefix/add-checkpoint" : "/add-checkpoint";
    expect(seen).toEqual({ method: "POST", url: path, body: REQUEST });
  });

  it.each([
    [409, "302\n", { kind: "conflict", treeSize: 302 }],
    [409, "0\n", { kind: "conflict", treeSize: 0 }],
    [409, "", { kind: "refused", status: 409, message: "" }],
    [409, "0302\n", { kind: "refused", status: 409, message: "0302\n" }],
    [409, "9007199254740993\n", { kind: "refused", status: 409, message: "9007199254740993\n" }],
    [422, "bad proof", { kind: "refused", status: 422, message: "bad proof" }],
    [404, "", { kind: "refused", status: 404, message: "" }],
    [500, "x".repeat(999), { kind: "refused", status: 500, message: "x".repeat(200) }],
    [302, "", { kind: "refused", status: 302, message: "" }],
  ])("%d with %j", async (status, body, answer) => {
    const client = await answering(status, body, status === 409 ? "text/x.tlog.size" : "text/plain");
    expect(await client.addCheckpoint(REQUEST, never)).toEqual(answer);
  });

  it("that answers without end is cut", async () => {
    const client = await clientOf((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(10_000)));
      };
      response.on("drain", more);
      more();
    });
    await expect(client.addCheckpoint(REQUEST, never)).rejects.toThrow("more than 65536 bytes");
  });

  it("that does not answer is left when the signal says so, and can be asked again", async () => {
    const stop = new AbortController();
    let calls = 0;
    const client = await clientOf((_request, response) => {
      if (++calls > 1) response.end("late");
      else stop.abort();
    });
    await expect(client.addCheckpoint(REQUEST, stop.signal)).rejects.toThrow();
    expect(await client.addCheckpoint(REQUEST, never)).toMatchObject({ kind: "cosigned" });
  });

  it("that is not there rejects", async () => {
    const client = await answering(200, "");
    for (const step of undo.splice(0, 1)) await step();
    await expect(client.addCheckpoint(REQUEST, never)).rejects.toThrow();
  });

  it("has a submission prefix without a query", () => {
    expect(() => createWitnessClient("http://127.0.0.1:1/?a=b")).toThrow("no query");
  });
});
