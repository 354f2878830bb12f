/** Files of strangers, read with a bound: a large one, a pipe or a device that never ends costs no more memory than that. */
import { open } from "node:fs/promises";

const PIECE_BYTES = 1024 * 1024;

/**
 * The file's bytes; of one that has more than `most` its first `most` + 1, so that whoever parses them sees, and refuses, that
 * they are too many. Rejects as `open` and `read` of node:fs.
 */
export async function readAtMost(path: string, most: number): Promise<Uint8Array> {
  const handle = await open(path, "r");
  try {
    const wanted = most + 1;
    const held = createByteStore();
    const piece = new Uint8Array(PIECE_BYTES);
    while (held.length() < wanted) {
      const length = Math.min(piece.length, wanted - held.length());
      const { bytesRead } = await handle.read(piece, 0, length);
      if (bytesRead === 0) break;
      held.push(piece.subarray(0, bytesRead));
    }
    return held.bytes();
  } finally {
    await handle.close();
  }
}

export interface ByteStore {
  push(bytes: Uint8Array): void;
  length(): number;
  /** All of them: not a copy. */
  bytes(): Uint8Array;
}

/** Bytes that come in pieces, kept as one: a pipe may give them one by one, and an array for each would be many times their size. */
export function createByteStore(): ByteStore {
  let buffer = new Uint8Array(0);
  let length = 0;
  return {
    push(bytes) {
      if (length + bytes.length > buffer.length) {
        const larger = new Uint8Array(Math.max(length + bytes.length, 2 * length));
        larger.set(buffer.subarray(0, length));
        buffer = larger;
      }
      buffer.set(bytes, length);
      length += bytes.length;
    },
    length: () => length,
    bytes: () => buffer.subarray(0, length),
  };
}
