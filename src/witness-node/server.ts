/**
 * The witness's doors: C2SP tlog-witness for logs, the monitoring paths and tlog-tiles for readers, /status for its
 * operator. Bodies and content types are set byte for byte: other programs compare them.
 *
 *     POST /add-checkpoint                  a checkpoint to cosign
 *     GET  /<origin hash>/checkpoint        the latest one cosigned
 *     GET  /<origin hash>/tile/...          this node's copy of tiles and entry bundles; it may lag behind the checkpoint
 *     GET  /status                          sizes and errors, JSON
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { encodeEntryBundle } from "../core/ledger/entry-bundle.js";
import { parseTilePath } from "../core/ledger/tile.js";
import type { Logger } from "../platform/logger.js";
import type { Answer, RefusalKind } from "./add-checkpoint.js";
import type { TrustedLog } from "./config.js";
import type { LedgerStore } from "./ledger-store.js";

export interface Doors {
  readonly logs: readonly TrustedLog[];
  /** Throws when the witness's memory can't be written: then nothing has been signed for anybody to see. */
  addCheckpoint(body: Uint8Array): Answer;
  cosignedNote(origin: string): string | undefined;
  readonly ledgers: LedgerStore;
  status(): unknown;
  readonly logger: Logger;
}

/**
 * 63 proof lines and a note of 16 signatures, also of the long ML-DSA-44 kind, fit ("MUST accept at least 16
 * signatures", signed-note); nothing that a log has reason to send is longer.
 */
export const MAX_BODY_BYTES = 65_536;
/** How much of a body above the limit is read before the connection is cut: a sender that stops soon gets its 413. */
const MAX_DRAINED_BYTES = 16 * MAX_BODY_BYTES;

const TEXT = "text/plain; charset=utf-8";
/** SPEC: "The response MUST have a `Content-Type` of `text/x.tlog.size`." No charset: clients compare the string. */
const SIZE = "text/x.tlog.size";
/** SPEC (tlog-tiles): "This endpoint is immutable, so its caching headers SHOULD be long-lived." */
const FOR_EVER = "public, max-age=31536000, immutable";
/** SPEC (tlog-tiles): "This endpoint is mutable, so its headers SHOULD prevent caching beyond a few seconds." */
const BRIEFLY = "max-age=1";

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

const plain = (status: number, message: string, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  type: TEXT,
  body: `${message}\n`,
  headers,
});
const NOT_FOUND = plain(404, "not found");

/** SPEC: the statuses of add-checkpoint, each named beside its check in `add-checkpoint.ts`. */
const STATUSES: Readonly<Record<RefusalKind, number>> = {
  malformed: 400,
  "log-unknown": 404,
  "log-signature-refused": 403,
  "old-size-above-size": 400,
  inconsistent: 422,
};

export function witnessHandler(doors: Doors): RequestListener {
  return (request, response) => {
    void reply(request, doors).then(
      (answer) => send(request, response, answer),
      (error: unknown) => {
        if (request.destroyed && !request.complete) return; // The sender is gone.
        doors.logger.error({ err: error, url: request.url }, "a request failed");
        send(request, response, plain(500, "the witness can't answer now"));
      },
    );
  };
}

async function reply(request: IncomingMessage, doors: Doors): Promise<Reply> {
  const path = (request.url ?? "").split("?", 1)[0] as string;
  if (path === "/add-checkpoint")
    return request.method === "POST" ? replyToCheckpoint(request, doors) : notAllowed("POST");
  const found = path === "/status" ? () => replyWithStatus(doors) : findReading(path, doors);
  if (found === undefined) return NOT_FOUND;
  return request.method === "GET" || request.method === "HEAD" ? found() : notAllowed("GET, HEAD");
}

const notAllowed = (methods: string): Reply => plain(405, `only ${methods}`, { Allow: methods });

async function replyToCheckpoint(request: IncomingMessage, doors: Doors): Promise<Reply> {
  const body = await readBody(request);
  if (body === undefined) return plain(413, `more than ${MAX_BODY_BYTES} bytes`, { Connection: "close" });
  const answer = doors.addCheckpoint(body);
  if (answer.kind === "cosigned") return { status: 200, type: TEXT, body: `${answer.cosignature}\n` };
  // SPEC: "The response body MUST consist of the tree size of the latest cosigned checkpoint in decimal, followed by
  // a newline (U+000A)."
  if (answer.kind === "conflict") return { status: 409, type: SIZE, body: `${answer.treeSize}\n` };
  return plain(STATUSES[answer.kind], answer.message);
}

/** Undefined when the body is longer than allowed. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_DRAINED_BYTES) break;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return size <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

/** SPEC: "The origin hash is the SHA-256 hash of the log's origin, hex encoded, in lowercase." */
function findReading(path: string, doors: Doors): (() => Reply) | undefined {
  const [, originHash, rest] = /^\/([0-9a-f]{64})\/(.+)$/.exec(path) ?? [];
  const log = doors.logs.find((candidate) => candidate.originHash === originHash);
  if (log === undefined || rest === undefined) return undefined;
  if (rest === "checkpoint") return () => replyWithCheckpoint(log, doors);
  return rest.startsWith("tile/") ? () => replyWithTile(log, rest, doors) : undefined;
}

function replyWithCheckpoint({ origin }: TrustedLog, doors: Doors): Reply {
  // SPEC: "If the witness has never cosigned a checkpoint for that log, it MUST respond with a "404 Not Found" HTTP
  // status code instead."
  const note = doors.cosignedNote(origin);
  if (note === undefined) return plain(404, "no checkpoint of this log has been cosigned");
  return { status: 200, type: TEXT, body: note, headers: { "Cache-Control": BRIEFLY } };
}

function replyWithTile({ origin }: TrustedLog, path: string, { ledgers }: Doors): Reply {
  const wanted = parseTilePath(path);
  if (wanted === undefined) return NOT_FOUND;
  const bytes =
    wanted.kind === "entries"
      ? bundle(ledgers.entries(origin, wanted.index, wanted.width))
      : ledgers.tile(origin, wanted);
  if (bytes === undefined) return NOT_FOUND;
  return {
    status: 200,
    type: "application/octet-stream",
    body: bytes,
    headers: { "Cache-Control": FOR_EVER },
  };
}

const bundle = (entries: readonly Uint8Array[] | undefined): Uint8Array | undefined =>
  entries && encodeEntryBundle(entries);

function replyWithStatus(doors: Doors): Reply {
  const body = `${JSON.stringify(doors.status(), null, 2)}\n`;
  return { status: 200, type: "application/json", body, headers: { "Cache-Control": "no-store" } };
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, type, body, headers }: Reply,
): void {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  response.writeHead(status, {
    "Content-Type": type,
    "Content-Length": bytes.length,
    "X-Content-Type-Options": "nosniff",
    ...headers,
  });
  response.end(request.method === "HEAD" ? undefined : bytes);
}
