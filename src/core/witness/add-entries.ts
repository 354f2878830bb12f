/**
 * What a log sends a mirror: entries in packages, each with the proof that it belongs under the checkpoint. C2SP
 * tlog-mirror (2026-07-09), "add-entries". A body has no bound, so it is read from whatever chunks arrive, and a
 * package is given out as soon as its last byte is there.
 */
import { concatBytes, textFromUtf8, uint16, uint64, utf8 } from "../bytes.js";
import { ParseError } from "../errors.js";
import { encodeEntryBundle } from "../ledger/entry-bundle.js";
import { type Hash, HASH_BYTES } from "../merkle/hash.js";
import type { LeafRange } from "../merkle/range.js";
import { createByteQueue } from "./byte-queue.js";

export interface AddEntriesHeader {
  readonly origin: string;
  /** The entries from `uploadStart` to `uploadEnd - 1` are offered. */
  readonly uploadStart: number;
  /** This is the size of the checkpoint that all proofs lead to. */
  readonly uploadEnd: number;
  /** The ticket is opaque to the log: it is what the mirror last gave it, or nothing. */
  readonly ticket: Uint8Array;
}

/** A package's place says where it stands. */
export interface PackagePlace extends LeafRange {
  /**
   * The package's proof is of the subtree from here to `end`: with the entries before `start` that the mirror has
   * already.
   */
  readonly subtreeStart: number;
}

export interface EntryPackage extends PackagePlace {
  readonly entries: readonly Uint8Array[];
  /** The proof is SUBTREE_PROOF(subtreeStart, end, D[uploadEnd]). */
  readonly proof: readonly Hash[];
}

/** A full package has this many entries: it fills exactly one tile and one entry bundle. */
export const PACKAGE_WIDTH = 256;
/** SPEC: "1 byte, encoding an 8-bit unsigned integer, `num_hashes`, which MUST be at most 63". */
export const MAX_PACKAGE_HASHES = 63;
/** SPEC: "clients SHOULD limit each `add-entries` request to at most 32 entry packages (8192 entries)." */
export const ADVISED_PACKAGES = 32;

/**
 * Gives the place of the package that begins at `start`; undefined where nothing is left. Begun at `uploadStart` and
 * continued at each `end`, these are the canonical sequence.
 */
export function packageAt(start: number, uploadEnd: number): PackagePlace | undefined {
  if (start >= uploadEnd) return undefined;
  // SPEC: "start = max(upload_start, rounded_start + i * 256); end = min(upload_end, rounded_start + (i + 1) * 256)".
  const subtreeStart = start - (start % PACKAGE_WIDTH);
  return { subtreeStart, start, end: Math.min(uploadEnd, subtreeStart + PACKAGE_WIDTH) };
}

export function encodeAddEntriesHeader(header: AddEntriesHeader): Uint8Array {
  const origin = utf8(header.origin);
  return concatBytes(
    uint16(origin.length),
    origin,
    uint64(header.uploadStart),
    uint64(header.uploadEnd),
    uint16(header.ticket.length),
    header.ticket,
  );
}

/** Spells a package: its entries as in an entry bundle, then the proof. */
export function encodeEntryPackage({ entries, proof }: Pick<EntryPackage, "entries" | "proof">): Uint8Array {
  if (proof.length > MAX_PACKAGE_HASHES) throw new Error(`internal: a proof of ${proof.length} hashes`);
  return concatBytes(encodeEntryBundle(entries), Uint8Array.of(proof.length), ...proof);
}

/**
 * A reader reads one body: `push` what arrives, then take what has become whole. What is taken is a copy. After a
 * `ParseError` nothing more may be taken.
 */
export interface AddEntriesReader {
  push(chunk: Uint8Array): void;
  /**
   * Takes the header, first of all. It is undefined until it is whole. Throws `request-malformed`, `utf8-invalid`.
   */
  header(): AddEntriesHeader | undefined;
  /**
   * Takes the next package, after the header and in order. It is undefined until the next is whole, and after the
   * last. Throws `request-malformed`.
   */
  nextPackage(): EntryPackage | undefined;
  /** Tells whether the header and the whole canonical sequence were taken; bytes after that are nobody's. */
  isComplete(): boolean;
  /** Tells how much of the package under way is held, in bytes. */
  heldBytes(): number;
}

export function createAddEntriesReader(): AddEntriesReader {
  const queue = createByteQueue();
  let header: AddEntriesHeader | undefined;
  let place: PackagePlace | undefined;
  let entries: Uint8Array[] = [];
  let heldBytes = 0;

  /** Remembers what it has read of a package, so that bytes arriving one by one are not read again and again. */
  function takeEntries(count: number): boolean {
    while (entries.length < count) {
      const length = queue.peekUint16(0);
      const content = length === undefined ? undefined : queue.take(2 + length);
      if (content === undefined) return false;
      heldBytes += content.length;
      entries.push(content.subarray(2));
    }
    return true;
  }

  return {
    push: (chunk) => queue.push(chunk),
    header: () => {
      if (header !== undefined) return header;
      header = takeHeader(queue);
      place = header && packageAt(header.uploadStart, header.uploadEnd);
      return header;
    },
    nextPackage: () => {
      if (header === undefined || place === undefined || !takeEntries(place.end - place.start))
        return undefined;
      const count = queue.peekByte(0);
      if (count !== undefined && count > MAX_PACKAGE_HASHES)
        throw malformed(`${count} hashes in a proof`, `at most ${MAX_PACKAGE_HASHES}`);
      const bytes = count === undefined ? undefined : queue.take(1 + HASH_BYTES * count);
      if (bytes === undefined) return undefined;
      const proof = Array.from({ length: count as number }, (_, i) =>
        bytes.subarray(1 + HASH_BYTES * i, 1 + HASH_BYTES * (i + 1)),
      );
      const whole: EntryPackage = { ...place, entries, proof };
      place = packageAt(place.end, header.uploadEnd);
      [entries, heldBytes] = [[], 0];
      return whole;
    },
    isComplete: () => header !== undefined && place === undefined,
    heldBytes: () => heldBytes + queue.length(),
  };
}

function takeHeader(queue: ReturnType<typeof createByteQueue>): AddEntriesHeader | undefined {
  const originSize = queue.peekUint16(0);
  if (originSize === undefined) return undefined;
  const ticketAt = 2 + originSize + 8 + 8;
  const ticketSize = queue.peekUint16(ticketAt);
  const bytes = ticketSize === undefined ? undefined : queue.take(ticketAt + 2 + ticketSize);
  if (bytes === undefined) return undefined;
  const [uploadStart, uploadEnd] = [sizeAt(bytes, 2 + originSize), sizeAt(bytes, 2 + originSize + 8)];
  // SPEC: "`upload_start` MUST be less or equal to `upload_end`."
  if (uploadStart > uploadEnd) throw malformed(`an upload from ${uploadStart} to ${uploadEnd}`, "a range");
  return {
    origin: textFromUtf8(bytes.subarray(2, 2 + originSize)),
    uploadStart,
    uploadEnd,
    ticket: bytes.subarray(ticketAt + 2),
  };
}

/** Ours: at most 2^53 - 1, as in checkpoints. */
function sizeAt(bytes: Uint8Array, offset: number): number {
  const size = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(offset);
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(String(size), "a tree size below 2^53");
  return Number(size);
}

function malformed(got: string, want: string): ParseError {
  return new ParseError("request-malformed", "not an add-entries request", { got, want });
}
