/**
 * The code that leads to the online check: ISO/IEC 18004, bytes, error correction M, always the same mask, since a
 * reader takes any and weighing all of them costs more than a page of text.
 */
import { utf8 } from "../../../../core/bytes.js";
import { pdfNumber } from "../pdf/pdf-file.js";
import type { Surface } from "./surface.js";

/** By version from 1 on, of level M: error correction codewords a block, and blocks. ISO/IEC 18004, table 9. */
const CORRECTION = [
  10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28,
];
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21];
/** Of the format: level M, mask 2. */
const FORMAT = (0b00 << 3) | 0b010;
const QUIET_ZONE = 4;

export interface QrCode {
  readonly size: number;
  /** Row by row; 1 is dark. */
  readonly modules: Uint8Array;
}

/** It fills the square with its quiet zone of four modules: a stencil of one bit a module, without seams at any size. */
export function drawQrCode(surface: Surface, text: string, x: number, y: number, side: number): void {
  const { size, modules } = encodeQrCode(text);
  const unit = side / (size + 2 * QUIET_ZONE);
  let digits = "";
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column += 8) {
      let byte = 0;
      for (let bit = 0; bit < 8 && column + bit < size; bit++)
        if (modules[row * size + column + bit]) byte |= 0x80 >> bit;
      digits += byte < 16 ? `0${byte.toString(16)}` : byte.toString(16);
    }
  }
  const [left, bottom] = [x + QUIET_ZONE * unit, y + (size + QUIET_ZONE) * unit];
  const box = [unit * size, 0, 0, -unit * size, left, bottom].map(pdfNumber).join(" ");
  surface.write(
    `${surface.fillOf("ink")} ${box} cm\nBI /W ${size} /H ${size} /IM true /BPC 1 /D [1 0] /F /AHx ID\n${digits}>\nEI`,
  );
}

/** Throws for a text of more than some 990 bytes. */
export function encodeQrCode(text: string): QrCode {
  const bytes = utf8(text);
  const version = BLOCKS.findIndex((_, i) => bytes.length <= capacity(i + 1)) + 1;
  if (version === 0) throw new Error(`a text of ${bytes.length} bytes is too long for a code`);
  const grid = new Grid(version);
  grid.fill(interleaved(dataCodewords(bytes, version), version));
  return { size: grid.size, modules: grid.modules };
}

/** Bits of its modules that hold codewords. */
function rawBits(version: number): number {
  const aligned = version < 2 ? 0 : Math.floor(version / 7) + 2;
  const patterns = version < 2 ? 0 : (25 * aligned - 10) * aligned - 55;
  return (16 * version + 128) * version + 64 - patterns - (version >= 7 ? 36 : 0);
}

const codewords = (version: number): number => rawBits(version) >> 3;
const dataLength = (version: number): number =>
  codewords(version) - (CORRECTION[version - 1] as number) * (BLOCKS[version - 1] as number);
const countBits = (version: number): number => (version < 10 ? 8 : 16);
const capacity = (version: number): number =>
  Math.floor((8 * dataLength(version) - 4 - countBits(version)) / 8);

/** Mode "byte", how many, the bytes, the terminator, and padding. */
function dataCodewords(bytes: Uint8Array, version: number): Uint8Array {
  const data = new Uint8Array(dataLength(version));
  let at = 0;
  const put = (value: number, bits: number): void => {
    for (let bit = bits - 1; bit >= 0; bit--, at++)
      if ((value >> bit) & 1) data[at >> 3] = (data[at >> 3] as number) | (0x80 >> (at & 7));
  };
  put(0b0100, 4);
  put(bytes.length, countBits(version));
  for (const byte of bytes) put(byte, 8);
  const used = Math.ceil(at / 8);
  for (let i = used + (at + 4 > 8 * used ? 1 : 0), pad = 0; i < data.length; i++, pad++)
    data[i] = pad % 2 === 0 ? 0xec : 0x11;
  return data;
}

/** Blocks with their error correction, a codeword of each in turn. */
function interleaved(data: Uint8Array, version: number): Uint8Array {
  const [count, correction] = [BLOCKS[version - 1] as number, CORRECTION[version - 1] as number];
  const short = Math.floor(data.length / count);
  const longer = data.length % count;
  const divisor = generator(correction);
  const blocks: Uint8Array[] = [];
  for (let i = 0, at = 0; i < count; i++) {
    const length = short + (i >= count - longer ? 1 : 0);
    blocks.push(data.subarray(at, at + length));
    at += length;
  }
  const rest = blocks.map((block) => remainder(block, divisor));
  const out: number[] = [];
  for (let i = 0; i <= short; i++)
    for (const block of blocks) if (i < block.length) out.push(block[i] as number);
  for (let i = 0; i < correction; i++) for (const block of rest) out.push(block[i] as number);
  return Uint8Array.from(out);
}

/** In the field of 256 elements modulo x^8 + x^4 + x^3 + x^2 + 1. */
function product(a: number, b: number): number {
  let result = 0;
  for (let bit = 7; bit >= 0; bit--) {
    result = (result << 1) ^ ((result >> 7) * 0x11d);
    result ^= ((b >> bit) & 1) * a;
  }
  return result;
}

const generators = new Map<number, Uint8Array>();

/** The product of (x - 2^i), without its leading 1. */
function generator(degree: number): Uint8Array {
  const known = generators.get(degree);
  if (known !== undefined) return known;
  const result = new Uint8Array(degree);
  result[degree - 1] = 1;
  for (let i = 0, root = 1; i < degree; i++, root = product(root, 2))
    for (let j = 0; j < degree; j++)
      result[j] = product(result[j] as number, root) ^ (j + 1 < degree ? (result[j + 1] as number) : 0);
  generators.set(degree, result);
  return result;
}

function remainder(data: Uint8Array, divisor: Uint8Array): Uint8Array {
  const result = new Uint8Array(divisor.length);
  for (const byte of data) {
    const factor = byte ^ (result[0] as number);
    result.copyWithin(0, 1);
    result[result.length - 1] = 0;
    for (let i = 0; i < result.length; i++)
      result[i] = (result[i] as number) ^ product(divisor[i] as number, factor);
  }
  return result;
}

class Grid {
  readonly size: number;
  readonly modules: Uint8Array;
  readonly #version: number;
  readonly #isFunction: Uint8Array;

  constructor(version: number) {
    this.#version = version;
    this.size = 4 * version + 17;
    this.modules = new Uint8Array(this.size * this.size);
    this.#isFunction = new Uint8Array(this.modules.length);
    this.#drawTiming();
    for (const [x, y] of [
      [3, 3],
      [this.size - 4, 3],
      [3, this.size - 4],
    ] as const)
      this.#drawFinder(x, y);
    this.#drawAlignment();
    this.#drawFormat();
    this.#drawVersion();
  }

  #set(x: number, y: number, isDark: boolean): void {
    const at = y * this.size + x;
    this.modules[at] = isDark ? 1 : 0;
    this.#isFunction[at] = 1;
  }

  #drawTiming(): void {
    for (let i = 0; i < this.size; i++) {
      this.#set(6, i, i % 2 === 0);
      this.#set(i, 6, i % 2 === 0);
    }
  }

  /** With its separator. */
  #drawFinder(x: number, y: number): void {
    for (let dy = -4; dy <= 4; dy++)
      for (let dx = -4; dx <= 4; dx++) {
        const distance = Math.max(Math.abs(dx), Math.abs(dy));
        const [column, row] = [x + dx, y + dy];
        if (column >= 0 && column < this.size && row >= 0 && row < this.size)
          this.#set(column, row, distance !== 2 && distance !== 4);
      }
  }

  #drawAlignment(): void {
    if (this.#version === 1) return;
    const count = Math.floor(this.#version / 7) + 2;
    const step = Math.ceil((this.size - 13) / (2 * count - 2)) * 2;
    const places = [6];
    for (let i = count - 2; i >= 0; i--) places.push(this.size - 7 - i * step);
    const last = count - 1;
    for (let i = 0; i < count; i++)
      for (let j = 0; j < count; j++) {
        const isCorner = (i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0);
        if (isCorner) continue;
        for (let dy = -2; dy <= 2; dy++)
          for (let dx = -2; dx <= 2; dx++)
            this.#set(
              (places[i] as number) + dx,
              (places[j] as number) + dy,
              Math.max(Math.abs(dx), Math.abs(dy)) !== 1,
            );
      }
  }

  #drawFormat(): void {
    let rest = FORMAT;
    for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
    const bits = ((FORMAT << 10) | rest) ^ 0x5412;
    const isDark = (i: number) => ((bits >> i) & 1) === 1;
    for (let i = 0; i <= 5; i++) this.#set(8, i, isDark(i));
    this.#set(8, 7, isDark(6));
    this.#set(8, 8, isDark(7));
    this.#set(7, 8, isDark(8));
    for (let i = 9; i < 15; i++) this.#set(14 - i, 8, isDark(i));
    for (let i = 0; i < 8; i++) this.#set(this.size - 1 - i, 8, isDark(i));
    for (let i = 8; i < 15; i++) this.#set(8, this.size - 15 + i, isDark(i));
    this.#set(8, this.size - 8, true);
  }

  #drawVersion(): void {
    if (this.#version < 7) return;
    let rest = this.#version;
    for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
    const bits = (this.#version << 12) | rest;
    for (let i = 0; i < 18; i++) {
      const isDark = ((bits >> i) & 1) === 1;
      const [a, b] = [this.size - 11 + (i % 3), Math.floor(i / 3)];
      this.#set(a, b, isDark);
      this.#set(b, a, isDark);
    }
  }

  /** In columns of two, from the lower right corner up and down; masked. */
  fill(data: Uint8Array): void {
    let bit = 0;
    for (let right = this.size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5;
      for (let step = 0; step < this.size; step++)
        for (let j = 0; j < 2; j++) {
          const x = right - j;
          const y = ((right + 1) & 2) === 0 ? this.size - 1 - step : step;
          const at = y * this.size + x;
          if (this.#isFunction[at]) continue;
          const isDark = bit < 8 * data.length && (((data[bit >> 3] as number) >> (7 - (bit & 7))) & 1) === 1;
          bit++;
          // Mask 2: every third column.
          this.modules[at] = isDark !== (x % 3 === 0) ? 1 : 0;
        }
    }
  }
}
