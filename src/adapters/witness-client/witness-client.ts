/**
 * A witness over HTTP: POST <submission prefix>/add-checkpoint. C2SP tlog-witness. Strict in what it sends; what
 * answers is a stranger's, so it is bounded and never trusted: the notary verifies the lines.
 */
import { Pool } from "undici";
import { decimal } from "../../core/bytes.js";
import { encodeAddCheckpoint } from "../../core/witness/add-checkpoint.js";
import { type AddCheckpointAnswer, type WitnessClient } from "../../notary/ports.js";

export interface HttpWitnessClient extends WitnessClient {
  /** Cuts its connections. */
  close(): Promise<void>;
}

const MAX_ANSWER_BYTES = 64 * 1024;
const ENOUGH_FOR_A_MESSAGE = 200;

/** `url` is the witness's submission prefix. */
export function createWitnessClient(url: string): HttpWitnessClient {
  const { origin, pathname, search } = new URL(url);
  if (search !== "") throw new Error(`a submission prefix has no query: ${url}`);
  const path = `${pathname.replace(/\/+$/, "")}/add-checkpoint`;
  // One connection: the notary asks one thing at a time, in order.
  const pool = new Pool(origin, { connections: 1, pipelining: 1 });
  return {
    addCheckpoint: async (request, signal) => {
      const { statusCode, body } = await pool.request({
        method: "POST",
        path,
        body: encodeAddCheckpoint(request),
        headers: { "content-type": "text/plain; charset=utf-8" },
        signal,
      });
      return answerOf(statusCode, await boundedText(body));
    },
    close: () => pool.destroy(),
  };
}

function answerOf(status: number, text: string): AddCheckpointAnswer {
  if (status === 200) return { kind: "cosigned", body: text };
  // 409 carries the size that the witness last cosigned, and a line feed. Some peers also answer 409 to another root
  // of the same size, and then without one.
  const treeSize = status === 409 ? decimal(text.replace(/\n$/, "")) : undefined;
  if (treeSize !== undefined) return { kind: "conflict", treeSize };
  return { kind: "refused", status, message: text.slice(0, ENOUGH_FOR_A_MESSAGE) };
}

async function boundedText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES)
      throw new Error(`the witness answers with more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
