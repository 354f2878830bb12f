/**
 * The node's doors: C2SP tlog-witness and tlog-mirror for logs, the monitoring paths and tlog-tiles for readers, /status
 * for its operator. Bodies and content types are set byte for byte: other programs compare them.
 *
 *     POST /add-checkpoint                  a checkpoint to cosign, and up to which to send entries
 *     POST /add-entries                     entries to keep
 *     GET  /<origin hash>/checkpoint        the witness: the latest checkpoint cosigned
 *     GET  /<origin hash>/seen              the largest checkpoints that peers have shown, a JSON array of notes
 *     GET  /<origin hash>/tile/...          this node's copy of tiles and entry bundles; it may lag behind that checkpoint
 *     GET  /mirror/<origin hash>/checkpoint the mirror: the latest checkpoint of which every entry is here
 *     GET  /mirror/<origin hash>/tile/...   and its tiles and entry bundles
 *     GET  /status                          sizes and errors, JSON
 *
 * SPEC (tlog-mirror): "If providing both mirror and witness services, the submission prefixes for the two services MAY be
 * the same, but the monitoring prefixes MUST be distinct." The submission prefix is the root for both.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { encodeEntryBundle } from "../../core/ledger/entry-bundle.js";
import { parseTilePath } from "../../core/ledger/tile.js";
import { encodeMirrorInfo, MIRROR_INFO_TYPE } from "../../core/witness/mirror-info.js";
import type { Logger } from "../../platform/logger.js";
import type { Answer, RefusalKind } from "../signing/add-checkpoint.js";
import type { TrustedLog } from "../configuration/logs.js";
import type { LedgerStore } from "../ledger/ledger-store.js";
import type { Mirror, UploadFailure } from "../signing/mirror.js";
import { readBody, streamBody } from "./request-body.js";

export interface Doors {
  readonly logs: readonly TrustedLog[];
  /**
   * Answers an add-checkpoint request. Throws when the witness's memory can't be written: then nothing has been
   * signed for anybody to see.
   */
  addCheckpoint(body: Uint8Array): Answer;
  cosignedNote(origin: string): string | undefined;
  seenNotes(origin: string): readonly string[];
  /** The mirror is absent where the node is a witness alone. */
  readonly mirror?: Mirror;
  readonly ledgers: LedgerStore;
  status(): unknown;
  readonly logger: Logger;
}

/**
 * 63 proof lines and a note of 16 signatures, all of the long ML-DSA-44 kind (3.3 KB a line), fit ("MUST accept at least
 * up to 16 signatures", signed-note); nothing that a log has reason to send is longer.
 */
export const MAX_BODY_BYTES = 65_536;

const TEXT = "text/plain; charset=utf-8";
const OCTETS = "application/octet-stream";
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
  // Not of the specification: the node's own trouble, which passes.
  "memory-behind": 503,
};

export function witnessHandler(doors: Doors): RequestListener {
  return (request, response) => {
    // Nobody logs in here: whoever waits to be asked for a body is asked at once.
    if (request.headers.expect !== undefined && request.httpVersionMinor > 0) response.writeContinue();
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
  if (path === "/add-entries" && doors.mirror !== undefined)
    return request.method === "POST" ? replyToEntries(request, doors.mirror) : notAllowed("POST");
  const found = path === "/status" ? () => replyWithJson(doors.status()) : findReading(path, doors);
  if (found === undefined) return NOT_FOUND;
  return request.method === "GET" || request.method === "HEAD" ? found() : notAllowed("GET, HEAD");
}

/** SPEC (tlog-witness): "a sequence of one or more note signature lines". */
const linesOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

const notAllowed = (methods: string): Reply => plain(405, `only ${methods}`, { Allow: methods });

async function replyToCheckpoint(request: IncomingMessage, doors: Doors): Promise<Reply> {
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === undefined) return plain(413, `more than ${MAX_BODY_BYTES} bytes`, { Connection: "close" });
  const answer = doors.addCheckpoint(body);
  if (answer.kind === "cosigned") return { status: 200, type: TEXT, body: linesOf(answer.cosignatures) };
  // SPEC: "The response body MUST consist of the tree size of the latest cosigned checkpoint in decimal, followed by
  // a newline (U+000A)."
  if (answer.kind === "conflict") return { status: 409, type: SIZE, body: `${answer.treeSize}\n` };
  return plain(STATUSES[answer.kind], answer.message);
}

/** SPEC (tlog-mirror): the statuses of add-entries, each named beside its check in `judge-upload.ts` and `mirror.ts`. */
const UPLOAD_STATUSES: Readonly<Record<UploadFailure, number>> = {
  malformed: 400,
  "log-unknown": 404,
  "no-checkpoint": 422,
  unproven: 422,
  "too-much-held": 503,
  "memory-behind": 503,
};

async function replyToEntries(request: IncomingMessage, mirror: Mirror): Promise<Reply> {
  // SPEC: "mirrors SHOULD send an `Accept-Encoding` header that includes `gzip`".
  const headers = { "Accept-Encoding": "gzip" };
  // SPEC: "The request body MUST have `Content-Type` of `application/octet-stream`".
  if (request.headers["content-type"] !== OCTETS) return plain(415, `only ${OCTETS}`, headers);
  const body = streamBody(request);
  if (body === undefined) return plain(415, "only gzip, or no encoding", headers);
  try {
    // SPEC: "The mirror SHOULD send these error responses without waiting for the entire request body to be available."
    const answer = await mirror.addEntries(body.chunks);
    switch (answer.kind) {
      // SPEC: "formatted as in a witness's successful `add-checkpoint` response: a sequence of one or more note signature
      // lines".
      case "mirrored":
        return { status: 200, type: TEXT, body: linesOf(answer.cosignatures), headers };
      case "conflict":
      case "partial": {
        const status = answer.kind === "conflict" ? 409 : 202;
        return { status, type: MIRROR_INFO_TYPE, body: encodeMirrorInfo(answer.info), headers };
      }
      case "too-much-held":
        return plain(UPLOAD_STATUSES[answer.kind], answer.message, { ...headers, Connection: "close" });
      default:
        return plain(UPLOAD_STATUSES[answer.kind], answer.message, headers);
    }
  } finally {
    body.stop();
  }
}

/** SPEC: "The origin hash is the SHA-256 hash of the log's origin, hex encoded, in lowercase." */
function findReading(path: string, doors: Doors): (() => Reply) | undefined {
  const [, prefix, originHash, rest] = /^(\/mirror)?\/([0-9a-f]{64})\/(.+)$/.exec(path) ?? [];
  const log = doors.logs.find((candidate) => candidate.originHash === originHash);
  if (log === undefined || rest === undefined) return undefined;
  if (prefix !== undefined && doors.mirror === undefined) return undefined;
  if (rest === "seen" && prefix === undefined) return () => replyWithJson(doors.seenNotes(log.origin));
  if (rest === "checkpoint") {
    const note = prefix === undefined ? doors.cosignedNote : doors.mirror?.note;
    return () => replyWithCheckpoint(note?.(log.origin));
  }
  return rest.startsWith("tile/") ? () => replyWithTile(log, rest, doors) : undefined;
}

function replyWithCheckpoint(note: string | undefined): Reply {
  // SPEC: "If the witness has never cosigned a checkpoint for that log, it MUST respond with a "404 Not Found" HTTP
  // status code instead."
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
    type: OCTETS,
    body: bytes,
    headers: { "Cache-Control": FOR_EVER },
  };
}

const bundle = (entries: readonly Uint8Array[] | undefined): Uint8Array | undefined =>
  entries && encodeEntryBundle(entries);

function replyWithJson(value: unknown): Reply {
  const body = `${JSON.stringify(value, null, 2)}\n`;
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
