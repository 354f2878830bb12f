/**
 * FlateDecode with an end to it, since a few bytes can hold gigabytes of zeros: zlib (RFC 1950) around Deflate (RFC 1951).
 * Code of our own, so that whoever verifies a certificate needs no library that may be another one by then. The checksum is not
 * compared: what comes out is believed nothing.
 */

export interface Inflated {
  /** The content is absent for what is no such stream, and for what makes more than was allowed. */
  readonly content?: Uint8Array;
  /** The work counts bytes read or made, whichever are more: what it has cost, also where nothing came of it. */
  readonly work: number;
}

export function inflateWithin(bytes: Uint8Array, limit: number): Inflated {
  // CM 8, and no preset dictionary (RFC 1950, section 2.2).
  const [method = 0, flags = 0] = bytes;
  if ((method & 0x0f) !== 8 || (method * 256 + flags) % 31 !== 0 || (flags & 0x20) !== 0) return { work: 0 };
  const inflate = new Inflate(bytes.subarray(2), limit);
  try {
    return { content: inflate.whole(), work: inflate.work };
  } catch (error) {
    if (error === BROKEN) return { work: inflate.work };
    throw error;
  }
}

const BROKEN = new Error("no Deflate stream within its bounds");
const MAX_BITS = 15;

/** Codes of one alphabet: how many there are of each length, and their symbols in order. */
interface Codes {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

class Inflate {
  readonly #bytes: Uint8Array;
  readonly #limit: number;
  #at = 0;
  #held = 0;
  #heldBits = 0;
  #out: Uint8Array;
  #length = 0;

  constructor(bytes: Uint8Array, limit: number) {
    this.#bytes = bytes;
    this.#limit = limit;
    this.#out = new Uint8Array(Math.min(limit, 4 * bytes.length));
  }

  get work(): number {
    return Math.max(this.#at, this.#length);
  }

  whole(): Uint8Array {
    for (let isLast = false; !isLast;) {
      isLast = this.#bits(1) === 1;
      const kind = this.#bits(2);
      if (kind === 0) this.#stored();
      else if (kind === 1) this.#compressed(FIXED);
      else if (kind === 2) this.#compressed(this.#ownCodes());
      else throw BROKEN;
    }
    return this.#out.slice(0, this.#length);
  }

  #bits(count: number): number {
    while (this.#heldBits < count) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw BROKEN;
      this.#held |= byte << this.#heldBits;
      this.#heldBits += 8;
    }
    const value = this.#held & ((1 << count) - 1);
    this.#held >>>= count;
    this.#heldBits -= count;
    return value;
  }

  /** Section 3.2.4. */
  #stored(): void {
    this.#held = this.#heldBits = 0;
    const [bytes, at] = [this.#bytes, this.#at];
    const length = sixteenBits(bytes, at);
    if (sixteenBits(bytes, at + 2) !== (length ^ 0xffff) || at + 4 + length > bytes.length) throw BROKEN;
    if (length > 0) {
      this.#makeRoom(length);
      this.#out.set(bytes.subarray(at + 4, at + 4 + length), this.#length);
      this.#length += length;
    }
    this.#at += 4 + length;
  }

  /** Section 3.2.3. */
  #compressed({ literals, distances }: { readonly literals: Codes; readonly distances: Codes }): void {
    for (;;) {
      const symbol = this.#symbol(literals);
      if (symbol === 256) return;
      if (symbol < 256) {
        this.#makeRoom(1);
        this.#out[this.#length++] = symbol;
        continue;
      }
      const [length, lengthBits] = LENGTHS[symbol - 257] ?? [0, 0];
      if (length === 0) throw BROKEN;
      const copied = length + this.#bits(lengthBits);
      const [distance, distanceBits] = DISTANCES[this.#symbol(distances)] ?? [0, 0];
      if (distance === 0) throw BROKEN;
      this.#copy(copied, distance + this.#bits(distanceBits));
    }
  }

  #copy(length: number, distance: number): void {
    if (distance > this.#length) throw BROKEN;
    this.#makeRoom(length);
    for (let i = 0; i < length; i++, this.#length++)
      this.#out[this.#length] = this.#out[this.#length - distance] as number;
  }

  #makeRoom(count: number): void {
    const needed = this.#length + count;
    if (needed > this.#limit) throw BROKEN;
    if (needed <= this.#out.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#out.length));
    larger.set(this.#out.subarray(0, this.#length));
    this.#out = larger;
  }

  /** Section 3.2.2: the codes of one length are consecutive numbers, in the order of their symbols. */
  #symbol({ counts, symbols }: Codes): number {
    let [code, first, index] = [0, 0, 0];
    for (let length = 1; length <= MAX_BITS; length++) {
      code |= this.#bits(1);
      const count = counts[length] as number;
      if (code - count < first) return symbols[index + (code - first)] as number;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw BROKEN;
  }

  /** Section 3.2.7. */
  #ownCodes(): { readonly literals: Codes; readonly distances: Codes } {
    const [literals, distances, codes] = [this.#bits(5) + 257, this.#bits(5) + 1, this.#bits(4) + 4];
    const order = new Uint8Array(19);
    for (let i = 0; i < codes; i++) order[CODE_ORDER[i] as number] = this.#bits(3);
    const ofLengths = codesOf(order);
    const lengths = new Uint8Array(literals + distances);
    for (let i = 0; i < lengths.length;) {
      const symbol = this.#symbol(ofLengths);
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) throw BROKEN;
      const repeated = symbol === 16 ? (lengths[i - 1] as number) : 0;
      const times =
        symbol === 16 ? 3 + this.#bits(2) : symbol === 17 ? 3 + this.#bits(3) : 11 + this.#bits(7);
      if (i + times > lengths.length) throw BROKEN;
      lengths.fill(repeated, i, i + times);
      i += times;
    }
    return {
      literals: codesOf(lengths.subarray(0, literals)),
      distances: codesOf(lengths.subarray(literals)),
    };
  }
}

/** Reads sixteen bits; -1 where the bytes end before it does. */
function sixteenBits(bytes: Uint8Array, at: number): number {
  const [low, high] = [bytes[at], bytes[at + 1]];
  return low === undefined || high === undefined ? -1 : low + 256 * high;
}

function codesOf(lengths: Uint8Array): Codes {
  const counts = new Uint16Array(MAX_BITS + 1);
  for (const length of lengths) counts[length] = (counts[length] as number) + 1;
  counts[0] = 0;
  const next = new Uint16Array(MAX_BITS + 2);
  for (let length = 1; length <= MAX_BITS; length++)
    next[length + 1] = (next[length] as number) + (counts[length] as number);
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => {
    if (length === 0) return;
    symbols[next[length] as number] = symbol;
    next[length] = (next[length] as number) + 1;
  });
  return { counts, symbols };
}

const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Section 3.2.5: what a symbol begins at, and how many bits more say how far it lies above that. */
const LENGTHS: readonly (readonly [number, number])[] = [
  ...steps(3, [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5]).slice(
    0,
    28,
  ),
  [258, 0],
];
const DISTANCES = steps(
  1,
  Array.from({ length: 30 }, (_, i) => Math.max(0, (i >> 1) - 1)),
);

function steps(first: number, bits: readonly number[]): (readonly [number, number])[] {
  let base = first;
  return bits.map((more) => {
    const step = [base, more] as const;
    base += 1 << more;
    return step;
  });
}

/** Section 3.2.6. */
const FIXED = {
  literals: codesOf(
    Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
  ),
  distances: codesOf(new Uint8Array(30).fill(5)),
};
