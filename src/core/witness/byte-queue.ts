/**
 * Bytes that arrive in chunks of any length and are taken in pieces of another. Each byte is moved a bounded number
 * of times, however small the chunks and however large the piece that is waited for.
 */
export interface ByteQueue {
  length(): number;
  push(chunk: Uint8Array): void;
  /** Gives the byte at `offset`; undefined where so much has not arrived. */
  peekByte(offset: number): number | undefined;
  /** Gives the big-endian number at `offset`; undefined where so much has not arrived. */
  peekUint16(offset: number): number | undefined;
  /**
   * Takes the first `count` bytes out of the queue, as a copy; undefined, and nothing taken, where there are fewer.
   */
  take(count: number): Uint8Array | undefined;
}

const FIRST_CAPACITY = 1024;

export function createByteQueue(): ByteQueue {
  let bytes = new Uint8Array(FIRST_CAPACITY);
  // What is queued: bytes[start] to bytes[end - 1].
  let [start, end] = [0, 0];

  function makeRoom(count: number): void {
    if (end + count <= bytes.length) return;
    const length = end - start;
    // Twice what is needed: the next move comes only after as many bytes again.
    const next = new Uint8Array(Math.max(FIRST_CAPACITY, 2 * (length + count)));
    next.set(bytes.subarray(start, end));
    [bytes, start, end] = [next, 0, length];
  }

  const peekByte = (offset: number): number | undefined =>
    start + offset < end ? bytes[start + offset] : undefined;
  return {
    length: () => end - start,
    push: (chunk) => {
      makeRoom(chunk.length);
      bytes.set(chunk, end);
      end += chunk.length;
    },
    peekByte,
    peekUint16: (offset) => {
      const [high, low] = [peekByte(offset), peekByte(offset + 1)];
      return high === undefined || low === undefined ? undefined : (high << 8) | low;
    },
    take: (count) => {
      if (end - start < count) return undefined;
      const taken = bytes.slice(start, start + count);
      start += count;
      return taken;
    },
  };
}
