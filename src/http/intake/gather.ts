/**
 * Bytes that come in pieces of any size. A piece of one byte may keep the 64 KiB alive in which it arrived, and costs a
 * hundred bytes by itself: so small ones are copied together, and what is counted is what is really held.
 */

/** Counts bytes of memory. `take` throws where there is no room, and then nothing was taken. */
export interface Memory {
  take(bytes: number): void;
  give(bytes: number): void;
}

/** This memory counts nothing: it is for what is bounded otherwise, and small. */
export const UNCOUNTED: Memory = { take: () => undefined, give: () => undefined };

export interface Gathered {
  /** Copies a piece. Throws what `Memory` throws. */
  add(piece: Buffer): void;
  /** Gives all pieces, one after the other: a view that holds as long as nothing is added. */
  bytes(): Buffer;
  readonly size: number;
  /** Forgets the bytes and gives back what was counted for them; calling it twice is harmless. */
  free(): void;
}

const FIRST_BYTES = 4096;
/** Of more than this nothing is copied: for 32 MiB that would hold up the event loop for tens of milliseconds. */
const COPIED_BYTES = 1024 * 1024;

/**
 * `most`, where it is known, is what may come, as a request's head has announced it or as it is bounded. It is not counted
 * before as much has come; but of a body that is large already so much address space is taken at once, of which the
 * operating system makes memory where bytes are written.
 */
export function createGathered(memory: Memory, most = 0): Gathered {
  let buffer: Buffer = Buffer.alloc(0);
  let [size, counted] = [0, 0];
  const grow = (wanted: number): void => {
    const doubled = Math.max(wanted, 2 * counted, FIRST_BYTES);
    const capacity = most >= wanted ? Math.min(doubled, most) : doubled;
    if (capacity <= buffer.length) {
      memory.take(capacity - counted);
    } else {
      memory.take(capacity);
      // Not of the pool that small buffers share: what is counted is this buffer's own.
      const grown = Buffer.allocUnsafeSlow(capacity > COPIED_BYTES ? Math.max(most, capacity) : capacity);
      buffer.copy(grown, 0, 0, size);
      memory.give(counted);
      buffer = grown;
    }
    counted = capacity;
  };
  return {
    add(piece) {
      if (size + piece.length > counted) grow(size + piece.length);
      size += piece.copy(buffer, size);
    },
    bytes: () => buffer.subarray(0, size),
    get size() {
      return size;
    },
    free() {
      memory.give(counted);
      buffer = Buffer.alloc(0);
      [size, counted] = [0, 0];
    },
  };
}

/**
 * Gathers all pieces in `gathered`: whoever takes it frees it, and where it rejects it is free already. `admit` is
 * told how many bytes there would be with each piece, before it is taken, and throws to refuse it.
 */
export async function gatherAll(
  pieces: AsyncIterable<Buffer>,
  gathered: Gathered,
  admit: (bytes: number) => void = () => undefined,
): Promise<Gathered> {
  try {
    for await (const piece of pieces) {
      admit(gathered.size + piece.length);
      gathered.add(piece);
    }
    return gathered;
  } catch (error) {
    gathered.free();
    throw error;
  }
}

/** From this size on a piece is passed on as it came. */
const OWN_BYTES = 4096;
const SLAB_BYTES = 16_384;

/** These are pieces waiting to be taken. */
export interface Pieces {
  push(piece: Buffer): void;
  /** Takes the next piece, small ones copied together; undefined where nothing waits. */
  shift(): Buffer | undefined;
  /** This is the size of all that waits, in bytes. */
  readonly size: number;
}

export function createPieces(): Pieces {
  const whole: Buffer[] = [];
  let slab: Buffer = Buffer.alloc(0);
  let used = 0;
  let size = 0;
  const endSlab = (): void => {
    if (used > 0) whole.push(slab.subarray(0, used));
    slab = slab.subarray(used);
    used = 0;
  };
  return {
    push(piece) {
      size += piece.length;
      if (piece.length >= OWN_BYTES) {
        endSlab();
        whole.push(piece);
        return;
      }
      if (used + piece.length > slab.length) {
        endSlab();
        slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      }
      used += piece.copy(slab, used);
    },
    shift() {
      if (whole.length === 0) endSlab();
      const piece = whole.shift();
      size -= piece?.length ?? 0;
      return piece;
    },
    get size() {
      return size;
    },
  };
}
