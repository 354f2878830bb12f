/** FlateDecode (RFC 1950) with an end to it: a few bytes can hold gigabytes of zeros. */
import { Unzlib } from "fflate";

/** At a ratio of 1:1032, the most that Deflate reaches, one such piece makes 4 MB before it can be stopped. */
const PIECE_BYTES = 4096;

/** Undefined for what is no such stream, or makes more than `limit` bytes. */
export function inflateWithin(bytes: Uint8Array, limit: number): Uint8Array | undefined {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const stream = new Unzlib((piece) => {
    pieces.push(piece.slice());
    length += piece.length;
  });
  try {
    for (let at = 0; at < bytes.length && length <= limit; at += PIECE_BYTES)
      stream.push(bytes.subarray(at, at + PIECE_BYTES), at + PIECE_BYTES >= bytes.length);
  } catch {
    return undefined;
  }
  if (length > limit) return undefined;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
