/**
 * Entry bundles: up to 256 log entries in one file, each after its length (16 bits, big-endian).
 * C2SP tlog-tiles, "Log entries".
 */
import { concatBytes, equalBytes } from "../bytes.js";
import { ParseError, VerificationError } from "../errors.js";
import { hashLeaf } from "../merkle/hash.js";
import { splitTile } from "./tile.js";

export const MAX_ENTRY_BYTES = 0xffff;
const LENGTH_BYTES = 2;

export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...entries.flatMap((entry) => [lengthOf(entry), entry]));
}

/** Reads a bundle of exactly `width` entries, with nothing after them. Throws `tile-malformed`. */
export function parseEntryBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  const entries = Array.from({ length: width }, (_, i) => {
    const start = offset + LENGTH_BYTES;
    const end = start <= bytes.length ? start + view.getUint16(offset) : Infinity;
    if (end > bytes.length) throw malformed(`the bytes end within entry ${i + 1}`, `${width} entries`);
    offset = end;
    return bytes.subarray(start, end);
  });
  if (offset < bytes.length)
    throw malformed(`${bytes.length - offset} bytes after entry ${width}`, "no more bytes");
  return entries;
}

/**
 * Checks entries against a tile. Throws `tile-mismatch` unless `entries` are those whose leaf hashes stand in the
 * tile of level 0 with the bundle's index. The tile itself is for `openTiles` to prove.
 */
export function verifyEntries(entries: readonly Uint8Array[], tileBytes: Uint8Array): void {
  const leafHashes = splitTile(tileBytes, entries.length);
  const stray = leafHashes.findIndex(
    (leafHash, i) => !equalBytes(hashLeaf(entries[i] as Uint8Array), leafHash),
  );
  if (stray >= 0) {
    throw new VerificationError(
      "tile-mismatch",
      `entry ${stray + 1} of the bundle is not the one in the tree`,
    );
  }
}

function lengthOf(entry: Uint8Array): Uint8Array {
  if (entry.length > MAX_ENTRY_BYTES) throw new Error(`internal: an entry of ${entry.length} bytes`);
  return Uint8Array.of(entry.length >> 8, entry.length & 0xff);
}

function malformed(got: string, want: string): ParseError {
  return new ParseError("tile-malformed", "not an entry bundle", { got, want });
}
