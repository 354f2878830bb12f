/** Stands before a witness and writes down what a log asks of it and what it answers. */
import type { IncomingMessage } from "node:http";
import { parseCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { parseNote } from "../../src/core/ledger/note.js";
import { parseAddCheckpoint } from "../../src/core/witness/add-checkpoint.js";
import { localServers } from "./local-server.js";

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

/** For a test file. */
export function recorders() {
  const servers = localServers();
  return async (witnessUrl: string): Promise<Recorder> => {
    const asked: Asked[] = [];
    const url = await servers((request, response) => {
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
    return { url, asked };
  };
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
