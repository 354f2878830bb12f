/**
 * Bytes and their spellings. Every parser here is canonical: what it accepts, it would print the same way.
 * RFC 4648 section 4 (base64, padded), RFC 3629 (UTF-8), big-endian integers.
 */
import { ParseError } from "./errors.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Reads strict UTF-8; a byte order mark stays in the text, for its parser to refuse. Throws `utf8-invalid`. */
export function textFromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ParseError("utf8-invalid", "the bytes are not UTF-8", { want: "UTF-8 (RFC 3629)" });
  }
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Spells bytes in lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** Reads lower-case hexadecimal, and nothing else. Throws `hex-invalid`. */
export function bytesFromHex(text: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})*$/.test(text))
    throw new ParseError("hex-invalid", "not lower-case hexadecimal", { got: text });
  return Uint8Array.from({ length: text.length / 2 }, (_, i) =>
    Number.parseInt(text.slice(2 * i, 2 * i + 2), 16),
  );
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const SEXTETS = new Map(Array.from(ALPHABET, (letter, value) => [letter.charCodeAt(0), value]));

/** Spells bytes in base64 as RFC 4648, section 4, has it, padded. */
export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i] as number, bytes[i + 1], bytes[i + 2]];
    const group = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    text += ALPHABET.charAt(group >> 18) + ALPHABET.charAt((group >> 12) & 63);
    text +=
      b === undefined
        ? "=="
        : ALPHABET.charAt((group >> 6) & 63) + (c === undefined ? "=" : ALPHABET.charAt(group & 63));
  }
  return text;
}

/**
 * Reads base64, as the strict inverse of `base64`: padding present, unused bits zero, no white space. Throws
 * `base64-invalid`.
 */
export function bytesFromBase64(text: string): Uint8Array {
  const invalid = () =>
    new ParseError("base64-invalid", "not canonical base64", {
      got: abbreviate(text),
      want: "RFC 4648 section 4, padded",
    });
  if (text.length % 4 !== 0) throw invalid();
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let [bits, pending, offset] = [0, 0, 0];
  for (let i = 0; i < text.length - padding; i++) {
    const sextet = SEXTETS.get(text.charCodeAt(i));
    if (sextet === undefined) throw invalid();
    bits = ((bits << 6) | sextet) & 0xffff;
    pending += 6;
    if (pending >= 8) {
      pending -= 8;
      bytes[offset++] = (bits >> pending) & 0xff;
    }
  }
  // Left-over bits of the last letter must be zero, or two texts would spell the same bytes.
  if ((bits & ((1 << pending) - 1)) !== 0) throw invalid();
  return bytes;
}

/** Gives enough of a foreign text to recognise it in a message. */
export function abbreviate(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 80)}… (${text.length} characters)`;
}

/** Spells a number as 2 bytes, unsigned and big-endian; `value` is at most 65,535. */
export function uint16(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff)
    throw new Error(`internal: ${value} in 16 bits`);
  return Uint8Array.of(value >> 8, value & 0xff);
}

/** Spells a number as 8 bytes, unsigned and big-endian; `value` is a safe integer. */
export function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/** Reads an ASCII decimal without sign or leading zeros, at most 2^53 - 1; undefined for any other text. */
export function decimal(text: string): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
