/**
 * SM3, the Chinese national hash: 32 bytes, blocks of 64, built like SHA-256.
 * GB/T 32905-2016; ISO/IEC 10118-3:2018, Dedicated Hash-Function 17. Section numbers are the standard's.
 */
import type { Digester } from "./digester.js";

export function sm3(content: Uint8Array): Uint8Array {
  return createSm3().update(content).digest();
}

export function createSm3(): Digester {
  const state = Int32Array.from(INITIAL);
  const block = new Uint8Array(BLOCK_BYTES);
  let [filled, length, finished] = [0, 0, false];

  const absorb = (content: Uint8Array) => {
    let offset = 0;
    if (filled > 0) {
      offset = Math.min(BLOCK_BYTES - filled, content.length);
      block.set(content.subarray(0, offset), filled);
      filled += offset;
      if (filled < BLOCK_BYTES) return;
      compress(state, block, 0);
    }
    // Whole blocks are read where they lie: no copy of a large record.
    for (; offset + BLOCK_BYTES <= content.length; offset += BLOCK_BYTES) compress(state, content, offset);
    block.set(content.subarray(offset));
    filled = content.length - offset;
  };

  const digester: Digester = {
    update(content) {
      if (finished) throw new Error("internal: SM3 updated after its digest was taken");
      length += content.length;
      absorb(content);
      return digester;
    },
    digest() {
      if (finished) throw new Error("internal: SM3 digest taken twice");
      absorb(padding(length));
      finished = true;
      return bigEndian(state);
    },
  };
  return digester;
}

const BLOCK_BYTES = 64;

/** 4.1: the initial value IV. */
const INITIAL = [
  0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
];

const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

/** 4.2: the constants T_j, here already rotated by j as 5.3.3 uses them. */
const CONSTANTS = Int32Array.from({ length: 64 }, (_, j) => rotate(j < 16 ? 0x79cc4519 : 0x7a879d8a, j % 32));

/** 5.2: one bit 1, zeros up to a block's last 8 bytes, there the message's length in bits. */
function padding(length: number): Uint8Array {
  const bytes = new Uint8Array(BLOCK_BYTES - ((length + 8) % BLOCK_BYTES) + 8);
  bytes[0] = 0x80;
  new DataView(bytes.buffer).setBigUint64(bytes.length - 8, 8n * BigInt(length));
  return bytes;
}

/** 5.3.2: W_0 to W_67. One buffer for all: `compress` never yields, and leaves nothing in it that it reads again. */
const expanded = new Int32Array(68);

/** 5.3.3: the compression function CF; `state` holds V, and after it the next V. */
function compress(state: Int32Array, bytes: Uint8Array, offset: number): void {
  const w = expanded;
  const word = (j: number) => w[j] as number;
  const byte = (i: number) => bytes[offset + i] as number;
  for (let j = 0; j < 16; j++)
    w[j] = (byte(4 * j) << 24) | (byte(4 * j + 1) << 16) | (byte(4 * j + 2) << 8) | byte(4 * j + 3);
  for (let j = 16; j < 68; j++) {
    const x = word(j - 16) ^ word(j - 9) ^ rotate(word(j - 3), 15);
    // P1
    w[j] = x ^ rotate(x, 15) ^ rotate(x, 23) ^ rotate(word(j - 13), 7) ^ word(j - 6);
  }

  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  let f = state[5] as number;
  let g = state[6] as number;
  let h = state[7] as number;
  for (let j = 0; j < 64; j++) {
    const a12 = rotate(a, 12);
    const ss1 = rotate((a12 + e + (CONSTANTS[j] as number)) | 0, 7);
    const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
    const gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g);
    const tt1 = (ff + d + (ss1 ^ a12) + (word(j) ^ word(j + 4))) | 0;
    const tt2 = (gg + h + ss1 + word(j)) | 0;
    d = c;
    c = rotate(b, 9);
    b = a;
    a = tt1;
    h = g;
    g = rotate(f, 19);
    f = e;
    // P0
    e = tt2 ^ rotate(tt2, 9) ^ rotate(tt2, 17);
  }
  state[0] = (state[0] as number) ^ a;
  state[1] = (state[1] as number) ^ b;
  state[2] = (state[2] as number) ^ c;
  state[3] = (state[3] as number) ^ d;
  state[4] = (state[4] as number) ^ e;
  state[5] = (state[5] as number) ^ f;
  state[6] = (state[6] as number) ^ g;
  state[7] = (state[7] as number) ^ h;
}

function bigEndian(state: Int32Array): Uint8Array {
  const bytes = new Uint8Array(4 * state.length);
  const view = new DataView(bytes.buffer);
  state.forEach((word, i) => {
    view.setInt32(4 * i, word);
  });
  return bytes;
}
