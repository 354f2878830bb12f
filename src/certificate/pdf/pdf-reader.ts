/**
 * A reader for the PDF files that this program writes, and for no others: one revision, a classic cross-reference
 * table, direct lengths. It follows the table from the last line of the file to what it wants and never searches,
 * so that no text inside the file can pose as structure. Whatever is spelled otherwise is refused; nothing is
 * decompressed; time and memory are linear in the file. ISO 32000-1, sections 7.3 and 7.5.
 */
import { CertificateError } from "./certificate-error.js";

export const MAX_PDF_BYTES = 50_000_000;
const MAX_OBJECTS = 100_000;
const MAX_DEPTH = 16;
const MAX_STRING_BYTES = 65_536;
/** Values in one object: a table of fonts or pages is far below. */
const MAX_VALUES = 200_000;

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
/** Strings are Latin-1 texts of their bytes. */
export type PdfValue =
  null | boolean | number | string | PdfName | PdfPointer | readonly PdfValue[] | PdfDictionary;

export interface PdfObject {
  readonly value: PdfValue;
  readonly stream?: Uint8Array;
}

export class PdfReader {
  readonly bytes: Uint8Array;
  readonly #offsets: readonly number[];
  readonly trailer: PdfDictionary;

  /** Throws `certificate-malformed`. */
  constructor(bytes: Uint8Array) {
    if (bytes.length > MAX_PDF_BYTES) throw malformed(`more than ${MAX_PDF_BYTES} bytes`, 0);
    this.bytes = bytes;
    if (textAt(bytes, 0, 9) !== "%PDF-1.7\n") throw malformed("not a PDF 1.7 file", 0);
    const tail = /startxref\n(0|[1-9]\d{0,9})\n%%EOF\n$/.exec(
      textAt(bytes, Math.max(0, bytes.length - 32), bytes.length),
    );
    if (tail === null) throw malformed("the file does not end as ours do", bytes.length);
    const start = Number(tail[1]);
    const head = /^xref\n0 ([1-9]\d{0,5})\n/.exec(textAt(bytes, start, start + 20));
    const size = Number(head?.[1] ?? 0);
    if (head === null || size > MAX_OBJECTS) throw malformed("no cross-reference table", start);
    this.#offsets = readTable(bytes, start + head[0].length, size);
    const after = start + head[0].length + 20 * size;
    if (textAt(bytes, after, after + 8) !== "trailer\n") throw malformed("no trailer", after);
    const parser = new ValueParser(bytes, after + 8);
    this.trailer = asDictionary(parser.value(), after);
    if (parser.at !== bytes.length - tail[0].length - 1)
      throw malformed("bytes after the trailer", parser.at);
    if (this.trailer.has("Prev") || this.trailer.has("Encrypt"))
      throw malformed("more than one revision", after);
  }

  /** Where an object's value begins. */
  offsetOf(pointer: PdfValue | undefined): number {
    if (!(pointer instanceof PdfPointer)) throw malformed("a reference is missing", 0);
    const offset = this.#offsets[pointer.id];
    if (offset === undefined || pointer.id === 0) throw malformed(`no object ${pointer.id}`, 0);
    const head = `${pointer.id} 0 obj\n`;
    if (textAt(this.bytes, offset, offset + head.length) !== head)
      throw malformed(`no object ${pointer.id}`, offset);
    return offset + head.length;
  }

  object(pointer: PdfValue | undefined): PdfObject {
    const offset = this.offsetOf(pointer);
    const parser = new ValueParser(this.bytes, offset);
    const value = parser.value();
    if (!parser.skips("\nstream\n")) {
      if (!parser.skips("\nendobj\n")) throw malformed("an object without an end", parser.at);
      return { value };
    }
    const length = asDictionary(value, offset).get("Length");
    if (typeof length !== "number" || !Number.isSafeInteger(length) || length < 0) {
      throw malformed("a stream without a length", offset);
    }
    const stream = this.bytes.subarray(parser.at, parser.at + length);
    parser.at += length;
    if (stream.length !== length || !parser.skips("\nendstream\nendobj\n")) {
      throw malformed("a stream without an end", parser.at);
    }
    return { value, stream };
  }

  dictionary(pointer: PdfValue | undefined): PdfDictionary {
    return asDictionary(this.object(pointer).value, 0);
  }
}

export function asDictionary(value: PdfValue | undefined, offset = 0): PdfDictionary {
  if (!(value instanceof Map)) throw malformed("a dictionary is missing", offset);
  return value as PdfDictionary;
}

function readTable(bytes: Uint8Array, start: number, size: number): number[] {
  if (start + 20 * size > bytes.length) throw malformed("the cross-reference table is cut off", start);
  return Array.from({ length: size }, (_, id) => {
    const at = start + 20 * id;
    const [offset, end] = id === 0 ? [0, FREE_ENTRY] : [decimalAt(bytes, at), ENTRY];
    const from = id === 0 ? at : at + 10;
    if (offset < 0 || !isAt(bytes, from, end)) throw malformed(`entry ${id} of the table`, at);
    return offset;
  });
}

/** Of ten digits; -1 where they are none. */
function decimalAt(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = at; i < at + 10; i++) {
    const digit = (bytes[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = 10 * value + digit;
  }
  return value;
}

function isAt(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

const [WINDOW, LONGEST_TOKEN] = [512, 160];
const NAME = /\/[^\s/<>[\]()%]{1,127}/y;
const WORD = /(?:true|false|null|-?\d{1,10}(?:\.\d{1,10})?(?: 0 R)?)(?![\w.])/y;
const HEXADECIMAL = /<(?:[0-9a-f]{2}){0,78}>/y;

const FREE_ENTRY = "0000000000 65535 f \n";
const ENTRY = " 00000 n \n";

class ValueParser {
  readonly #bytes: Uint8Array;
  at: number;
  #values = 0;
  /** The bytes from `#windowAt` on as text: made for many tokens at once. */
  #window = "";
  #windowAt = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  skips(text: string): boolean {
    if (!isAt(this.#bytes, this.at, text)) return false;
    this.at += text.length;
    return true;
  }

  value(depth = 0): PdfValue {
    if (depth > MAX_DEPTH || ++this.#values > MAX_VALUES) throw malformed("too much in one object", this.at);
    if (this.skips("<<")) return this.#dictionary(depth);
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
      if (this.skips(">>")) return members;
      const key = this.#token(NAME).slice(1);
      if (members.has(key)) throw malformed(`/${key} twice`, this.at);
      this.#space();
      members.set(key, this.value(depth + 1));
    }
  }

  #array(depth: number): readonly PdfValue[] {
    const items: PdfValue[] = [];
    this.at++;
    for (;;) {
      this.#space();
      if (this.skips("]")) return items;
      items.push(this.value(depth + 1));
    }
  }

  #space(): void {
    while (this.#bytes[this.at] === 0x20 || this.#bytes[this.at] === 0x0a) this.at++;
  }

  /** Parentheses inside are always escaped in our files. */
  #literalString(): string {
    const codes: number[] = [];
    for (this.at++; ; this.at++) {
      let byte = this.#bytes[this.at];
      if (byte === undefined || byte === 0x28 || codes.length > MAX_STRING_BYTES)
        throw malformed("a string", this.at);
      if (byte === 0x29) break;
      if (byte === 0x5c) {
        const escape = String.fromCharCode(this.#bytes[++this.at] ?? 0);
        const escaped = ESCAPES[escape];
        if (escaped === undefined) throw malformed("an escape in a string", this.at);
        byte = escaped;
      }
      codes.push(byte);
    }
    this.at++;
    return codes.map((code) => String.fromCharCode(code)).join("");
  }

  #hexString(): string {
    const text = this.#token(HEXADECIMAL);
    return text.slice(1, -1).replaceAll(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16)));
  }
}

const ESCAPES: Readonly<Record<string, number | undefined>> = {
  __proto__: null as never,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  b: 0x08,
  f: 0x0c,
  "\\": 0x5c,
  "(": 0x28,
  ")": 0x29,
};

/** Latin-1; short pieces only. */
export function textAt(bytes: Uint8Array, start: number, end: number): string {
  // `apply`, since spreading an array of numbers takes them out one by one.
  return Reflect.apply(String.fromCharCode, undefined, bytes.subarray(Math.max(0, start), Math.max(0, end)));
}

function malformed(message: string, offset: number): CertificateError {
  return new CertificateError("certificate-malformed", `not a certificate of ours: ${message}`, offset);
}
