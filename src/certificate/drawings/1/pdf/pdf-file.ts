/**
 * A PDF file as it is written: object by object, each value spelled by whoever adds it. The spelling is what the strict
 * reader of certificates expects. ISO 32000-1, sections 7.3 to 7.5.
 */
import { concatBytes, utf8 } from "../../../../core/bytes.js";
import { deflateFast } from "./fast-deflate.js";

/** Objects that were written already, to be put into a file as they are. */
export interface Cast {
  readonly firstId: number;
  /** Of each object from the beginning of `bytes`. */
  readonly offsets: readonly number[];
  readonly bytes: Uint8Array;
}

export type Compress = (bytes: Uint8Array) => Uint8Array;

export interface PdfFileOptions {
  /** The number of the first object. */
  readonly firstId?: number;
  /** Makes zlib streams (RFC 1950). */
  readonly compress?: Compress;
}

export class PdfFile {
  readonly #firstId: number;
  readonly #compress: Compress;
  readonly #parts: Uint8Array[] = [];
  /** Short texts are gathered, and become bytes together. */
  #waiting = "";
  #length = 0;
  /** Of the objects, from the first number on; -1 until one is written. */
  readonly #offsets: number[] = [];

  constructor({ firstId = 1, compress = deflateFast }: PdfFileOptions = {}) {
    this.#firstId = firstId;
    this.#compress = compress;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** The number that the next object gets. */
  get nextId(): number {
    return this.#firstId + this.#offsets.length;
  }

  /** ASCII. */
  text(text: string): void {
    this.#waiting += text;
    this.#length += text.length;
  }

  bytes(bytes: Uint8Array): void {
    this.#flush();
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }

  /** Keeps a number for an object that is written later. */
  reserve(): number {
    return this.#firstId + this.#offsets.push(-1) - 1;
  }

  /** Writes an object under a number that was kept for it; `value` is ASCII. */
  write(id: number, value: string): void {
    this.begin(id);
    this.text(`${id} 0 obj\n${value}\nendobj\n`);
  }

  /** The object of this number begins here: its caller writes all of it. */
  begin(id: number): void {
    this.#offsets[id - this.#firstId] = this.#length;
  }

  add(value: string): number {
    const id = this.reserve();
    this.write(id, value);
    return id;
  }

  /** `members` are those of its dictionary besides /Length. */
  stream(members: string, content: Uint8Array): number {
    const id = this.reserve();
    this.begin(id);
    this.text(`${id} 0 obj\n<<\n${members}\n/Length ${content.length}\n>>\nstream\n`);
    this.bytes(content);
    this.text("\nendstream\nendobj\n");
    return id;
  }

  deflated(members: string, content: Uint8Array): number {
    return this.stream(`${members}\n/Filter /FlateDecode`, this.#compress(content));
  }

  /** Keeps the numbers of a cast; `place` puts its objects into the file. */
  expect({ firstId, offsets }: Cast): void {
    if (firstId !== this.nextId) throw new Error(`internal: objects from ${firstId} on, at ${this.nextId}`);
    for (let i = 0; i < offsets.length; i++) this.#offsets.push(-1);
  }

  place({ firstId, offsets, bytes }: Cast): void {
    const start = this.#length;
    for (let i = 0; i < offsets.length; i++)
      this.#offsets[firstId - this.#firstId + i] = start + (offsets[i] as number);
    this.bytes(bytes);
  }

  /** All of it as objects for other files. */
  cast(): Cast {
    return { firstId: this.#firstId, offsets: this.#written(), bytes: this.whole() };
  }

  /** Cross-reference table, trailer and end. */
  end(trailer: string): void {
    const start = this.#length;
    let table = "";
    for (const offset of this.#written()) table += `${String(offset).padStart(10, "0")} 00000 n \n`;
    const size = this.#offsets.length + 1;
    this.text(`xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<<\n/Size ${size}\n${trailer}\n>>\n`);
    this.text(`startxref\n${start}\n%%EOF\n`);
  }

  whole(): Uint8Array {
    this.#flush();
    return concatBytes(...this.#parts);
  }

  #written(): readonly number[] {
    if (this.#offsets.includes(-1)) throw new Error("internal: an object was not written");
    return this.#offsets;
  }

  #flush(): void {
    if (this.#waiting === "") return;
    this.#parts.push(utf8(this.#waiting));
    this.#waiting = "";
  }
}

export const pointer = (id: number): string => `${id} 0 R`;

/** A dictionary of pointers, by names without their stroke. */
export const pointers = (ids: Iterable<readonly [string, number]>): string =>
  `<<\n${[...ids].map(([name, id]) => `/${name} ${pointer(id)}\n`).join("")}>>`;

/** A text string: ASCII as it is, everything else in UTF-16 with its mark. ISO 32000-1, section 7.9.2.2. */
export function pdfText(text: string): string {
  let digits = "";
  for (let i = 0; i < text.length; i++) digits += text.charCodeAt(i).toString(16).padStart(4, "0");
  return /^[ -~]*$/.test(text) ? `(${text.replaceAll(/[()\\]/g, "\\$&")})` : `<feff${digits}>`;
}

export const pdfNumber = (value: number): string => String(Math.round(value * 1000) / 1000);
