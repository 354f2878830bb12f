/** A log for tests: whole in memory, made of core's parts in the slow, obvious way. `withEntry` makes it lie. */
import { gzipSync } from "node:zlib";
import { base64, concatBytes, utf8 } from "../../src/core/bytes.js";
import { encodeCheckpointText, parseCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { publicKeyFromSeed, signEd25519 } from "../../src/core/ledger/ed25519.js";
import { encodeEntryBundle } from "../../src/core/ledger/entry-bundle.js";
import { mlDsa44KeyFromSeed, signMlDsa44 } from "../../src/core/ledger/ml-dsa-44.js";
import { encodeNote, formatSignatureLine } from "../../src/core/ledger/note.js";
import { encodeTimestampedSignature, subtreeMessage } from "../../src/core/ledger/timestamped-signature.js";
import { parseTilePath } from "../../src/core/ledger/tile.js";
import { formatVkey, parseVkey, SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import { type Hash, hashLeaf } from "../../src/core/merkle/hash.js";
import { proveConsistency, proveSubtreeConsistency, rootOfLeaves } from "../../src/core/merkle/tree.js";
import { encodeAddEntriesHeader, encodeEntryPackage, packageAt } from "../../src/core/witness/add-entries.js";
import { type HttpServer, listen } from "../../src/platform/server/http-server.js";

export interface TestLogOptions {
  readonly origin?: string;
  readonly size: number;
  /** Of the log's key: each byte of it. */
  readonly seed?: number;
}

export interface CheckpointOptions {
  /** Instead of the true one. */
  readonly root?: Hash;
  readonly lines?: readonly string[];
}

export interface RequestOptions {
  readonly old?: number;
  readonly size: number;
  readonly proof?: readonly Hash[];
  readonly checkpoint?: string;
}

export interface UploadOptions {
  readonly start?: number;
  readonly end: number;
  /** Proofs to this tree instead of that of `end`. */
  readonly proofsFor?: number;
  /** Another origin in the header. */
  readonly named?: string;
}

export function createTestLog({ origin = "notary.example/log", size, seed = 1 }: TestLogOptions) {
  return testLog(
    origin,
    Array.from({ length: size }, (_, i) => utf8(`entry ${i} of ${origin}`)),
    seed,
  );
}

export type TestLog = ReturnType<typeof createTestLog>;

function testLog(origin: string, entries: readonly Uint8Array[], seedByte: number) {
  const seed = new Uint8Array(32).fill(seedByte);
  const vkey = formatVkey({ name: origin, type: SIGNATURE_TYPE.ed25519, publicKey: publicKeyFromSeed(seed) });
  const leafHashes = entries.map(hashLeaf);

  const text = (size: number, root: Hash = rootOfLeaves(leafHashes.slice(0, size))) =>
    encodeCheckpointText({ origin, treeSize: size, rootHash: root });
  const sign = (noteText: string) =>
    formatSignatureLine(origin, parseVkey(vkey).keyId, signEd25519(seed, utf8(noteText)));
  const second = mlDsa44KeyFromSeed(seed);
  const secondVkey = formatVkey({
    name: origin,
    type: SIGNATURE_TYPE.mlDsa44,
    publicKey: second.publicKey,
  });
  /** The line of the log's ML-DSA-44 key, which it uses only where a test asks for it. */
  const signSecond = (noteText: string) => {
    const timeSeconds = 1_795_507_200;
    const message = subtreeMessage({ name: origin, timeSeconds, checkpoint: parseCheckpointText(noteText) });
    const signature = signMlDsa44(second, message ?? new Uint8Array());
    const blob = encodeTimestampedSignature({ timeSeconds, signature });
    return formatSignatureLine(origin, parseVkey(secondVkey).keyId, blob);
  };
  const checkpoint = (size: number, { root, lines }: CheckpointOptions = {}) =>
    encodeNote(text(size, root), lines ?? [sign(text(size, root))]);

  /** A request for `size`; what is not given is true. */
  const request = ({ old = 0, size, proof, checkpoint: note }: RequestOptions) =>
    encodeAddCheckpointText(
      old,
      proof ?? (old === 0 || old > size ? [] : proveConsistency(leafHashes.slice(0, size), old).path),
      note ?? checkpoint(size),
    );

  /** The parts of an add-entries body: the header, then each package. What is not given is true. */
  const uploadParts = ({ start = 0, end, proofsFor = end, named = origin }: UploadOptions): Uint8Array[] => {
    const parts = [
      encodeAddEntriesHeader({
        origin: named,
        uploadStart: start,
        uploadEnd: end,
        ticket: new Uint8Array(0),
      }),
    ];
    for (let at = packageAt(start, end); at; at = packageAt(at.end, end)) {
      const subtree = { start: at.subtreeStart, end: at.end };
      const proof = proveSubtreeConsistency(leafHashes.slice(0, proofsFor), subtree).path;
      parts.push(encodeEntryPackage({ entries: entries.slice(at.start, at.end), proof }));
    }
    return parts;
  };

  /** Hashes of a tile as tlog-tiles defines them. */
  const tile = (level: number, index: number, width: number): Uint8Array => {
    const span = 256 ** level;
    return Buffer.concat(
      Array.from({ length: width }, (_, i) => {
        const first = (index * 256 + i) * span;
        return rootOfLeaves(leafHashes.slice(first, first + span));
      }),
    );
  };
  const bundle = (index: number, width: number) =>
    encodeEntryBundle(entries.slice(index * 256, index * 256 + width));

  return {
    origin,
    vkey,
    secondVkey,
    signSecond,
    entries,
    text,
    sign,
    checkpoint,
    request,
    uploadParts,
    upload: (options: UploadOptions): Uint8Array => concatBytes(...uploadParts(options)),
    tile,
    bundle,
    /** The same log with another entry at `index`, signed by the same key: a second branch. */
    withEntry: (index: number, content: string) =>
      testLog(origin, [...entries.slice(0, index), utf8(content), ...entries.slice(index + 1)], seedByte),
    grown: (size: number) => testLog(origin, createTestLog({ origin, size }).entries, seedByte),
  };
}

/** The body of add-checkpoint, also with a proof that core would not write. */
export function encodeAddCheckpointText(old: number, proof: readonly Hash[], checkpoint: string): Uint8Array {
  return utf8([`old ${old}`, ...proof.map(base64), "", checkpoint].join("\n"));
}

/** Instead of the truth: other bytes (perhaps compressed), a status, another address, or no answer at all. */
export type Lie =
  | Uint8Array
  | { readonly gzip: Uint8Array }
  | { readonly status: number; readonly text: string }
  | number
  | URL
  | "silence";
/** Undefined is the truth. */
export type Tamper = (path: string) => Lie | undefined;

export interface TileServer extends HttpServer {
  /** Paths that were asked for, in order. */
  readonly asked: string[];
}

/** Serves a log's tiles under /ledger on 127.0.0.1, and under what a peer's mirror and witness show them. */
export async function serveTiles(
  log: () => TestLog,
  { tamper = () => undefined, port = 0 }: { tamper?: Tamper; port?: number } = {},
): Promise<TileServer> {
  const asked: string[] = [];
  const server = await listen(
    (request, response) => {
      const path = (request.url ?? "").replace(/^\/ledger\/(mirror\/)?([0-9a-f]{64}\/)?/, "");
      asked.push(path);
      const answer = tamper(path) ?? trueAnswer(log(), path);
      if (answer === "silence") return;
      if (typeof answer === "number") response.writeHead(answer).end();
      else if (answer instanceof URL) response.writeHead(302, { Location: answer.href }).end();
      else if ("status" in answer) response.writeHead(answer.status).end(answer.text);
      else if ("gzip" in answer)
        response.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync(answer.gzip));
      else response.writeHead(200, { "Content-Type": "application/octet-stream" }).end(answer);
    },
    { host: "127.0.0.1", port, graceMs: 100 },
  );
  return { ...server, url: `${server.url}/ledger`, asked };
}

function trueAnswer(log: TestLog, path: string): Lie {
  const wanted = parseTilePath(path);
  if (wanted === undefined) return 404;
  const { level, index, width } = wanted;
  if ((index * 256 + width) * 256 ** level > log.entries.length) return 404;
  return wanted.kind === "entries" ? log.bundle(index, width) : log.tile(level, index, width);
}
