/**
 * PDF values in the one spelling in which this program writes them, each bounded in bytes, in depth and in the number of
 * values that it is made of. ISO 32000-1, section 7.3; docs/evidence-format.md, section 9.1.
 */
import { bytesFromHex } from "../../core/bytes.js";
import { CertificateError } from "./certificate-error.js";

/**
 * One value, a stream aside, has at most so many bytes: those that are followed in a certificate have less than a
 * kilobyte.
 */
export const MAX_VALUE_BYTES = 65_536;
/** One value holds at most so many values: itself, and every item and member within it. */
export const MAX_VALUES = 10_000;
const MAX_DEPTH = 16;
/**
 * So many bytes of one file are read, whatever its tables point at: a certificate's own need not reach a hundredth.
 */
const MAX_READ_BYTES = 4_000_000;

export class PdfName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}
export class PdfPointer {
  readonly id: number;
  constructor(id: number) {
    this.id = id;
  }
}
export type PdfDictionary = ReadonlyMap<string, PdfValue>;
/** A PDF value is one of these; strings are Latin-1 texts of their bytes. */
export type PdfValue =
  null | boolean | number | string | PdfName | PdfPointer | readonly PdfValue[] | PdfDictionary;

/** A placed value is one with the offset behind it. */
export interface PlacedValue {
  readonly value: PdfValue;
  readonly end: number;
}

/** Holds the values of one file by where they stand: each is read once, whatever leads to it and however often. */
export class PdfValues {
  readonly bytes: Uint8Array;
  readonly #known = new Map<number, PlacedValue | CertificateError>();
  #left = MAX_READ_BYTES;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Tells how many bytes of values were read so far: what reading the file has cost beside its tables. */
  get readBytes(): number {
    return MAX_READ_BYTES - this.#left;
  }

  /** Reads the value at an offset. Throws `certificate-malformed`, each time the same for one offset. */
  at(offset: number): PlacedValue {
    let known = this.#known.get(offset);
    if (known === undefined) this.#known.set(offset, (known = this.#read(offset)));
    if (known instanceof CertificateError) throw known;
    return known;
  }

  #read(offset: number): PlacedValue | CertificateError {
    if (this.#left <= 0) return malformed(`more than ${MAX_READ_BYTES} bytes of values`, offset);
    const parser = new ValueParser(this.bytes, offset);
    try {
      return { value: parser.whole(), end: parser.at };
    } catch (error) {
      if (error instanceof CertificateError) return error;
      throw error;
    } finally {
      this.#left -= parser.at - offset;
    }
  }
}

const [WINDOW, LONGEST_TOKEN] = [512, 160];
const NAME = /\/[^\s/<>[\]()%]{1,127}/y;
const WORD = /(?:true|false|null|-?\d{1,10}(?:\.\d{1,10})?(?: 0 R)?)(?![\w.])/y;
const HEXADECIMAL = /<(?:[0-9a-f]{2}){0,78}>/y;

class ValueParser {
  readonly #bytes: Uint8Array;
  /** This is the place behind the last byte that may be of the value. */
  readonly #end: number;
  at: number;
  #values = 0;
  /** The bytes from `#windowAt` on as text: made for many tokens at once. */
  #window = "";
  #windowAt = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#end = at + MAX_VALUE_BYTES;
    this.at = at;
  }

  whole(): PdfValue {
    const value = this.#value(0);
    this.#checkEnd();
    return value;
  }

  #checkEnd(): void {
    if (this.at > this.#end) throw malformed(`more than ${MAX_VALUE_BYTES} bytes in one value`, this.#end);
  }

  #skips(text: string): boolean {
    if (!isAt(this.#bytes, this.at, text)) return false;
    this.at += text.length;
    return true;
  }

  #value(depth: number): PdfValue {
    this.#checkEnd();
    if (depth > MAX_DEPTH || ++this.#values > MAX_VALUES) throw malformed("too much in one value", this.at);
    if (this.#skips("<<")) return this.#dictionary(depth);
    const byte = this.#bytes[this.at];
    if (byte === 0x5b) return this.#array(depth);
    if (byte === 0x2f) return new PdfName(this.#token(NAME).slice(1));
    if (byte === 0x28) return this.#literalString();
    if (byte === 0x3c) return this.#hexString();
    const word = this.#token(WORD);
    if (word === "true" || word === "false") return word === "true";
    if (word === "null") return null;
    return word.endsWith(" R") ? new PdfPointer(Number(word.slice(0, -4))) : Number(word);
  }

  /** `pattern` is sticky, and never looks further than LONGEST_TOKEN. */
  #token(pattern: RegExp): string {
    const left = this.#windowAt + this.#window.length - this.at;
    const isEnough = left >= LONGEST_TOKEN || this.#windowAt + this.#window.length >= this.#bytes.length;
    if (this.#window === "" || !isEnough) {
      this.#windowAt = this.at;
      this.#window = textAt(this.#bytes, this.at, this.at + WINDOW);
    }
    pattern.lastIndex = this.at - this.#windowAt;
    const [token] = pattern.exec(this.#window) ?? [];
    if (token === undefined) throw malformed("no value that we write", this.at);
    this.at += token.length;
    return token;
  }

  #dictionary(depth: number): PdfDictionary {
    const members = new Map<string, PdfValue>();
    for (;;) {
      this.#space();
      if (this.#skips(">>")) return members;
      const key = this.#token(NAME).slice(1);
      if (members.has(key)) throw malformed(`/${key} twice`, this.at);
      this.#space();
      members.set(key, this.#value(depth + 1));
    }
  }

  #array(depth: number): readonly PdfValue[] {
    const items: PdfValue[] = [];
    this.at++;
    for (;;) {
      this.#space();
      if (this.#skips("]")) return items;
      items.push(this.#value(depth + 1));
    }
  }

  #space(): void {
    while (this.at <= this.#end && (this.#bytes[this.at] === 0x20 || this.#bytes[this.at] === 0x0a))
      this.at++;
    this.#checkEnd();
  }

  /** Parentheses inside are always escaped in our files. */
  #literalString(): string {
    const parts: string[] = [];
    let from = ++this.at;
    for (; this.#bytes[this.at] !== 0x29; this.at++) {
      const byte = this.#bytes[this.at];
      if (byte === undefined || byte === 0x28) throw malformed("a string", this.at);
      this.#checkEnd();
      if (byte !== 0x5c) continue;
      const escaped = ESCAPES[String.fromCharCode(this.#bytes[this.at + 1] ?? 0)];
      if (escaped === undefined) throw malformed("an escape in a string", this.at + 1);
      parts.push(textAt(this.#bytes, from, this.at), escaped);
      from = ++this.at + 1;
    }
    parts.push(textAt(this.#bytes, from, this.at++));
    return parts.join("");
  }

  #hexString(): string {
    const bytes = bytesFromHex(this.#token(HEXADECIMAL).slice(1, -1));
    return textAt(bytes, 0, bytes.length);
  }
}

const ESCAPES: Readonly<Record<string, string | undefined>> = {
  __proto__: null as never,
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  f: "\f",
  "\\": "\\",
  "(": "(",
  ")": ")",
};

export function isAt(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Gives these bytes as a Latin-1 text; it is for short pieces only, of a value at most. */
export function textAt(bytes: Uint8Array, start: number, end: number): string {
  // `apply`, since spreading an array of numbers takes them out one by one.
  return Reflect.apply(String.fromCharCode, undefined, bytes.subarray(Math.max(0, start), Math.max(0, end)));
}

export function malformed(message: string, offset: number): CertificateError {
  return new CertificateError("certificate-malformed", `not a certificate of ours: ${message}`, offset);
}
