/**
 * PDF values as any program may write them (ISO 32000-1, section 7.3): white space and comments anywhere, every escape, any
 * number. For files that other programs have written again; ours are read by pdf-reader.ts. Each reading is bounded, and
 * tells where it ended, so that whoever reads many stays linear in the file.
 */
import { PdfName, PdfPointer, type PdfValue, textAt } from "../pdf-values.js";

const MAX_DEPTH = 32;
const MAX_VALUES = 100_000;
const MAX_STRING_BYTES = 65_536;
const MAX_TOKEN_BYTES = 256;

/** A `NoValue` says that no value stands here. */
export class NoValue extends Error {
  override readonly name = "NoValue";
}
/** One for all: a file may hold a million of such places, and nobody reads where in this program it was thrown. */
const NO_VALUE = new NoValue();

export class LooseParser {
  readonly #bytes: Uint8Array;
  at: number;
  #values = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** Reads a value. Throws `NoValue`; `at` is then where it went wrong. */
  value(depth = 0): PdfValue {
    if (depth > MAX_DEPTH || ++this.#values > MAX_VALUES) throw NO_VALUE;
    this.space();
    const byte = this.#bytes[this.at];
    if (byte === CODE["<"]) return this.#bytes[this.at + 1] === CODE["<"] ? this.#dictionary(depth) : this.#hexString(); // prettier-ignore
    if (byte === CODE["("]) return this.#literalString();
    if (byte === CODE["["]) return this.#array(depth);
    if (byte === CODE["/"]) return new PdfName(this.#name());
    return this.#word();
  }

  space(): void {
    for (;;) {
      const byte = this.#bytes[this.at];
      if (byte === CODE["%"]) this.#comment();
      else if (isSpace(byte)) this.at++;
      else return;
    }
  }

  skips(text: string): boolean {
    for (let i = 0; i < text.length; i++) if (this.#bytes[this.at + i] !== text.charCodeAt(i)) return false;
    this.at += text.length;
    return true;
  }

  #comment(): void {
    let byte = this.#bytes[this.at];
    while (byte !== undefined && byte !== 0x0a && byte !== 0x0d) byte = this.#bytes[++this.at];
  }

  #dictionary(depth: number): PdfValue {
    const members = new Map<string, PdfValue>();
    this.at += 2;
    for (;;) {
      this.space();
      if (this.skips(">>")) return members;
      if (this.#bytes[this.at] !== CODE["/"]) throw NO_VALUE;
      const key = this.#name();
      members.set(key, this.value(depth + 1));
    }
  }

  #array(depth: number): PdfValue {
    const items: PdfValue[] = [];
    this.at++;
    for (;;) {
      this.space();
      if (this.skips("]")) return items;
      items.push(this.value(depth + 1));
    }
  }

  /** Behind the slash; `#` and two digits stand for a byte (section 7.3.5). */
  #name(): string {
    this.at++;
    return this.#regular().replace(/#([0-9a-fA-F]{2})/g, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    );
  }

  /** Up to white space or a delimiter. */
  #regular(): string {
    const start = this.at;
    while (this.at - start <= MAX_TOKEN_BYTES && isRegular(this.#bytes[this.at])) this.at++;
    if (this.at - start > MAX_TOKEN_BYTES) throw NO_VALUE;
    return textAt(this.#bytes, start, this.at);
  }

  #word(): PdfValue {
    const word = this.#regular();
    if (word === "true" || word === "false") return word === "true";
    if (word === "null") return null;
    if (!/^[+-]?(?:\d{1,15}\.?\d{0,15}|\.\d{1,15})$/.test(word)) throw NO_VALUE;
    return this.#pointer(word) ?? Number(word);
  }

  /** `12 0 R`, of which the first word was read. */
  #pointer(word: string): PdfPointer | undefined {
    if (!/^\d{1,10}$/.test(word)) return undefined;
    const before = this.at;
    this.space();
    const generation = /^\d{1,5}$/.test(this.#regularOrNothing());
    if (generation) {
      this.space();
      if (this.#regularOrNothing() === "R") return new PdfPointer(Number(word));
    }
    this.at = before;
    return undefined;
  }

  /** A token that is too long is none, and only the next reading says so. */
  #regularOrNothing(): string {
    const start = this.at;
    while (this.at - start <= 6 && isRegular(this.#bytes[this.at])) this.at++;
    return textAt(this.#bytes, start, this.at);
  }

  /** Section 7.3.4.2: parentheses in pairs, escapes, octal codes, line ends that do not count. */
  #literalString(): string {
    const codes: number[] = [];
    let open = 1;
    for (this.at++; ; this.at++) {
      const byte = this.#bytes[this.at];
      if (byte === undefined || codes.length > MAX_STRING_BYTES) throw NO_VALUE;
      if (byte === CODE["("]) open++;
      else if (byte === CODE[")"] && --open === 0) break;
      if (byte === CODE["\\"]) codes.push(...this.#escape());
      else codes.push(byte);
    }
    this.at++;
    return textOf(codes);
  }

  #escape(): readonly number[] {
    const byte = this.#bytes[++this.at] ?? 0;
    const escaped = ESCAPES.get(byte);
    if (escaped !== undefined) return [escaped];
    if (byte === 0x0d && this.#bytes[this.at + 1] === 0x0a) this.at++;
    if (byte === 0x0d || byte === 0x0a) return [];
    if (!isOctal(byte)) return [byte];
    let code = 0;
    for (let i = 0; i < 3 && isOctal(this.#bytes[this.at]); i++, this.at++)
      code = 8 * code + ((this.#bytes[this.at] as number) - 0x30);
    this.at--;
    return [code & 0xff];
  }

  /** Section 7.3.4.3: white space does not count, and a missing last digit is 0. */
  #hexString(): string {
    const codes: number[] = [];
    let high: number | undefined;
    for (this.at++; ; this.at++) {
      const byte = this.#bytes[this.at];
      if (byte === CODE[">"]) break;
      if (isSpace(byte)) continue;
      const digit = hexadecimalDigit(byte);
      if (digit === undefined || codes.length > MAX_STRING_BYTES) throw NO_VALUE;
      if (high !== undefined) codes.push(16 * high + digit);
      high = high === undefined ? digit : undefined;
    }
    if (high !== undefined) codes.push(16 * high);
    this.at++;
    return textOf(codes);
  }
}

const CODE = { "<": 0x3c, ">": 0x3e, "(": 0x28, ")": 0x29, "[": 0x5b, "/": 0x2f, "%": 0x25, "\\": 0x5c };
const ESCAPES: ReadonlyMap<number, number> = new Map(
  (["n\n", "r\r", "t\t", "b\b", "f\f", "((", "))", "\\\\"] as const).map((pair) => [
    pair.charCodeAt(0),
    pair.charCodeAt(1),
  ]),
);
const DELIMITERS: ReadonlySet<number> = new Set([..."()<>[]{}/%"].map((one) => one.charCodeAt(0)));

export const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || (byte !== undefined && byte <= 0x0d && byte !== 0x0b && (byte >= 0x09 || byte === 0));
export const isDigit = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= 0x30 && byte <= 0x39;
const hexadecimalDigit = (byte = 0): number | undefined => {
  if (isDigit(byte)) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
};
const isOctal = (byte: number | undefined): boolean => isDigit(byte) && (byte as number) < 0x38;
const isRegular = (byte: number | undefined): boolean =>
  byte !== undefined && !isSpace(byte) && !DELIMITERS.has(byte);
const textOf = (codes: readonly number[]): string => textAt(Uint8Array.from(codes), 0, codes.length);
