/**
 * A witness and mirror over HTTP: POST <submission prefix>/add-checkpoint and /add-entries, and what our own nodes show
 * below the same address (GET <hash of the origin>/checkpoint). C2SP tlog-witness and tlog-mirror. Strict in what it sends; what answers is a stranger's, so it is bounded and never trusted: the notary
 * verifies the lines.
 */
import { createHash } from "node:crypto";
import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { Pool } from "undici";
import { baseUrl } from "../../platform/server/base-url.js";
import { decimal } from "../../core/bytes.js";
import { encodeAddCheckpoint } from "../../core/witness/add-checkpoint.js";
import { encodeAddEntriesHeader, encodeEntryPackage } from "../../core/witness/add-entries.js";
import { parseMirrorInfo } from "../../core/witness/mirror-info.js";
import type {
  AddCheckpointAnswer,
  AddEntriesAnswer,
  AddEntriesRequest,
  WitnessClient,
} from "../../notary/ports/nodes.js";
import { boundedBytes } from "../../platform/server/http-get.js";

export interface HttpWitnessClient extends WitnessClient {
  /** Cuts its connections. */
  close(): Promise<void>;
}

/** A node answers with a line for each of its keys, of at most 3.6 KB (ML-DSA-44, a name of 255 bytes): many times that. */
const MAX_ANSWER_BYTES = 64 * 1024;
const ENOUGH_FOR_A_MESSAGE = 200;

/** `url` is the witness's submission prefix. */
export function createWitnessClient(url: string): HttpWitnessClient {
  const { origin, pathname, search } = new URL(url);
  if (search !== "") throw new Error(`a submission prefix has no query: ${url}`);
  const prefix = baseUrl(pathname);
  // Three connections: neither a checkpoint nor a question waits until a mirror has its entries.
  const pool = new Pool(origin, { connections: 3, pipelining: 1 });
  const shown = async (path: string, signal: AbortSignal): Promise<Uint8Array | undefined> => {
    const { statusCode, body } = await pool.request({ method: "GET", path, signal });
    const bytes = await boundedBytes(body, { maxBytes: MAX_ANSWER_BYTES, what: "the node's checkpoint" });
    if (statusCode === 200) return bytes;
    if (statusCode >= 400 && statusCode < 500) return undefined; // Others have nothing at such a path.
    throw new Error(`${path} answered ${statusCode}`);
  };
  return {
    addCheckpoint: async (request, signal) => {
      const { statusCode, body } = await pool.request({
        method: "POST",
        path: `${prefix}/add-checkpoint`,
        body: encodeAddCheckpoint(request),
        headers: { "content-type": "text/plain; charset=utf-8" },
        signal,
      });
      return answerOf(statusCode, await boundedText(body));
    },
    addEntries: async (request, signal) => {
      const { statusCode, body } = await pool.request({
        method: "POST",
        path: `${prefix}/add-entries`,
        body: compressed(request),
        // SPEC: "Clients MAY send `Content-Encoding: gzip` without prior knowledge of the mirror's capabilities."
        headers: { "content-type": "application/octet-stream", "content-encoding": "gzip" },
        signal,
      });
      return entriesAnswerOf(statusCode, await boundedText(body));
    },
    shownCheckpoints: async (log, signal) => {
      const hash = createHash("sha256").update(log).digest("hex");
      // A node's mirror has taken nothing that its witness has not.
      const note =
        (await shown(`${prefix}/${hash}/checkpoint`, signal)) ??
        (await shown(`${prefix}/mirror/${hash}/checkpoint`, signal));
      return note === undefined ? [] : [note];
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

/** The content type is not asked for: some peers leave it away, and the body says all. */
function entriesAnswerOf(status: number, text: string): AddEntriesAnswer {
  if (status === 200) return { kind: "mirrored", body: text };
  if (status === 202 || status === 409) {
    try {
      return { kind: "unfinished", status, info: parseMirrorInfo(new Uint8Array(Buffer.from(text))) };
    } catch {
      // Refused below: without it there is no knowing how to go on.
    }
  }
  return { kind: "refused", status, message: text.slice(0, ENOUGH_FOR_A_MESSAGE) };
}

/** Each package is made when there is room for it. Where one can't be made, the request fails. */
function compressed({ header, packages }: AddEntriesRequest): Readable {
  const parts = async function* () {
    yield encodeAddEntriesHeader(header);
    for await (const one of packages) yield encodeEntryPackage(one);
  };
  return pipeline(Readable.from(parts(), { objectMode: false }), createGzip(), () => undefined);
}

async function boundedText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const bytes = await boundedBytes(body, { maxBytes: MAX_ANSWER_BYTES, what: "the witness's answer" });
  return Buffer.from(bytes).toString("utf8");
}
