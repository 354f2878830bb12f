/** Stands before a witness and writes down what a log asks of it and what it answers. */
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo } from "node:net";
import { afterAll } from "@jest/globals";
import { parseCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { parseNote } from "../../src/core/ledger/note.js";
import { parseAddCheckpoint } from "../../src/core/witness/add-checkpoint.js";

export interface Asked {
  readonly oldSize: number;
  readonly treeSize: number;
  readonly status: number;
}

export interface Recorder {
  readonly url: string;
  /** In the order of the answers. */
  readonly asked: readonly Asked[];
}

/** For a test file: closed after its last test. */
export function recorders() {
  const closers: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of closers) await close();
  });
  return async (witnessUrl: string): Promise<Recorder> => {
    const asked: Asked[] = [];
    const server = createServer((request, response) => {
      void (async () => {
        const body = await bodyOf(request);
        const answer = await fetch(witnessUrl + (request.url ?? ""), { method: "POST", body });
        const bytes = new Uint8Array(await answer.arrayBuffer());
        const { oldSize, checkpoint } = parseAddCheckpoint(body);
        const { treeSize } = parseCheckpointText(parseNote(checkpoint).text);
        asked.push({ oldSize, treeSize, status: answer.status });
        response.writeHead(answer.status, { "Content-Type": answer.headers.get("content-type") ?? "" });
        response.end(bytes);
      })().catch((error: unknown) => response.writeHead(502).end(String(error)));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(
      () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    );
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
  };
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
