/**
 * zlib streams made in a hurry: one block of the fixed codes, and for each place one look for an earlier one alike.
 * A page of operators comes out a quarter larger than with the best codes, four times as fast; fflate does what is
 * compressed once. RFC 1950, RFC 1951 section 3.2.6.
 */

const HASH_BITS = 12;
const SHORTEST = 4;
const LONGEST = 258;
const FARTHEST = 32_768;
const END_OF_BLOCK = 256;

/** Code and number of bits of each literal or length symbol, the bits of the code turned round. */
const symbolCodes = new Uint16Array(288);
const symbolBits = new Uint8Array(288);
for (let symbol = 0; symbol < 288; symbol++) {
  const [first, code, bits] =
    symbol < 144
      ? [0, 0x30, 8]
      : symbol < 256
        ? [144, 0x190, 9]
        : symbol < 280
          ? [256, 0, 7]
          : [280, 0xc0, 8];
  symbolCodes[symbol] = turned(code + symbol - first, bits);
  symbolBits[symbol] = bits;
}

/** By length: code and extra bits together, and how many bits they are. RFC 1951, section 3.2.5. */
const lengthCodes = new Uint16Array(LONGEST + 1);
const lengthBits = new Uint8Array(LONGEST + 1);
for (let symbol = 257, length = 3; symbol < 285; symbol++) {
  const extraBits = symbol < 265 ? 0 : (symbol - 261) >> 2;
  for (let extra = 0; extra < 1 << extraBits; extra++, length++) {
    lengthCodes[length] = (symbolCodes[symbol] as number) | (extra << (symbolBits[symbol] as number));
    lengthBits[length] = (symbolBits[symbol] as number) + extraBits;
  }
}
lengthCodes[LONGEST] = symbolCodes[285] as number;
lengthBits[LONGEST] = symbolBits[285] as number;

/** By symbol of a distance: its code turned round, the first distance it stands for, its extra bits. */
const distanceCodes = Uint8Array.from({ length: 30 }, (_, symbol) => turned(symbol, 5));
const distanceExtra = Uint8Array.from({ length: 30 }, (_, symbol) => (symbol < 4 ? 0 : (symbol >> 1) - 1));
const firstDistances = new Uint16Array(30);
for (let symbol = 0, distance = 1; symbol < 30; symbol++) {
  firstDistances[symbol] = distance;
  distance += 1 << (distanceExtra[symbol] as number);
}

export function deflateFast(bytes: Uint8Array): Uint8Array {
  // Nine bits a byte at most, and the ends.
  const out = new Uint8Array(bytes.length + (bytes.length >> 3) + 16);
  const places = new Int32Array(1 << HASH_BITS).fill(-FARTHEST - 1);
  out[0] = 0x78;
  out[1] = 0x01;
  let [at, held, count] = [2, 0, 0];
  const put = (code: number, bits: number): void => {
    held |= code << count;
    count += bits;
    if (count < 16) return;
    out[at] = held;
    out[at + 1] = held >>> 8;
    at += 2;
    held >>>= 16;
    count -= 16;
  };
  // The last block, of the fixed codes.
  put(0b011, 3);
  const { length: size } = bytes;
  const last = size - SHORTEST;
  let i = 0;
  while (i <= last) {
    const four =
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    const hash = Math.imul(four, 0x9e3779b1) >>> (32 - HASH_BITS);
    const earlier = places[hash] as number;
    places[hash] = i;
    let length = 0;
    if (i - earlier <= FARTHEST) {
      const most = Math.min(LONGEST, size - i);
      while (length < most && bytes[earlier + length] === bytes[i + length]) length++;
    }
    if (length < SHORTEST) {
      const byte = bytes[i++] as number;
      put(symbolCodes[byte] as number, symbolBits[byte] as number);
      continue;
    }
    put(lengthCodes[length] as number, lengthBits[length] as number);
    const distance = i - earlier;
    const symbol = distanceSymbol(distance);
    put(distanceCodes[symbol] as number, 5);
    put(distance - (firstDistances[symbol] as number), distanceExtra[symbol] as number);
    i += length;
  }
  for (; i < size; i++)
    put(symbolCodes[bytes[i] as number] as number, symbolBits[bytes[i] as number] as number);
  put(symbolCodes[END_OF_BLOCK] as number, symbolBits[END_OF_BLOCK] as number);
  for (; count > 0; count -= 8, held >>>= 8) out[at++] = held;
  const check = adler32(bytes);
  for (let shift = 24; shift >= 0; shift -= 8) out[at++] = check >>> shift;
  return out.subarray(0, at);
}

/** Two symbols for each power of two above four. */
function distanceSymbol(distance: number): number {
  if (distance <= 4) return distance - 1;
  const power = 31 - Math.clz32(distance - 1);
  return 2 * power + (((distance - 1) >> (power - 1)) & 1);
}

function turned(code: number, bits: number): number {
  let round = 0;
  for (let bit = 0; bit < bits; bit++) round |= ((code >> bit) & 1) << (bits - 1 - bit);
  return round;
}

/** RFC 1950, section 8.2: sums are taken modulo 65521 before they can leave 32 bits. */
function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (let start = 0; start < bytes.length; start += 3800) {
    const end = Math.min(start + 3800, bytes.length);
    for (let i = start; i < end; i++) b += a += bytes[i] as number;
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}
