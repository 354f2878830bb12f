/**
 * A reader for the PDF files that this program writes, and for no others: one revision, a classic cross-reference
 * table, direct lengths. It follows the table from the last line of the file to what it wants and never searches,
 * so that no text inside the file can pose as structure. Whatever is spelled otherwise is refused; nothing is
 * decompressed; time and memory are linear in the file. ISO 32000-1, section 7.5; docs/evidence-format.md, section 9.1.
 */
import {
  isAt,
  malformed,
  type PdfDictionary,
  PdfPointer,
  type PdfValue,
  PdfValues,
  textAt,
} from "./pdf-values.js";

export const MAX_PDF_BYTES = 50_000_000;
const MAX_OBJECTS = 100_000;

export interface PdfObject {
  readonly value: PdfValue;
  readonly stream?: Uint8Array;
}

export class PdfReader {
  readonly bytes: Uint8Array;
  readonly #values: PdfValues;
  readonly #table: Table;
  readonly trailer: PdfDictionary;

  /**
   * Opens a file. Throws `certificate-malformed`. Parts of one file that all begin where it does are read with the
   * same `values`, which are those of the whole.
   */
  constructor(bytes: Uint8Array, values: PdfValues = new PdfValues(bytes)) {
    if (bytes.length > MAX_PDF_BYTES) throw malformed(`more than ${MAX_PDF_BYTES} bytes`, 0);
    this.bytes = bytes;
    this.#values = values;
    if (textAt(bytes, 0, 9) !== "%PDF-1.7\n") throw malformed("not a PDF 1.7 file", 0);
    const tail = /startxref\n(0|[1-9]\d{0,9})\n%%EOF\n$/.exec(
      textAt(bytes, Math.max(0, bytes.length - 32), bytes.length),
    );
    if (tail === null) throw malformed("the file does not end as ours do", bytes.length);
    const start = Number(tail[1]);
    const head = /^xref\n0 ([1-9]\d{0,5})\n/.exec(textAt(bytes, start, start + 20));
    const size = Number(head?.[1] ?? 0);
    if (head === null || size > MAX_OBJECTS) throw malformed("no cross-reference table", start);
    this.#table = { start: start + head[0].length, size };
    const after = this.#table.start + ENTRY_BYTES * size;
    checkTable(bytes, this.#table);
    if (textAt(bytes, after, after + 8) !== "trailer\n") throw malformed("no trailer", after);
    const { value, end } = values.at(after + 8);
    this.trailer = asDictionary(value, after);
    if (end !== bytes.length - tail[0].length - 1) throw malformed("bytes after the trailer", end);
    if (this.trailer.has("Prev") || this.trailer.has("Encrypt"))
      throw malformed("more than one revision", after);
  }

  /** Tells where an object's value begins. */
  offsetOf(pointer: PdfValue | undefined): number {
    if (!(pointer instanceof PdfPointer)) throw malformed("a reference is missing", 0);
    const { start, size } = this.#table;
    if (pointer.id === 0 || pointer.id >= size) throw malformed(`no object ${pointer.id}`, 0);
    const offset = decimalAt(this.bytes, start + ENTRY_BYTES * pointer.id);
    const head = `${pointer.id} 0 obj\n`;
    if (!isAt(this.bytes, offset, head)) throw malformed(`no object ${pointer.id}`, offset);
    return offset + head.length;
  }

  object(pointer: PdfValue | undefined): PdfObject {
    const offset = this.offsetOf(pointer);
    const { value, end } = this.#values.at(offset);
    const content = end + STREAM.length;
    if (!isAt(this.bytes, end, STREAM)) {
      if (!isAt(this.bytes, end, OBJECT_END)) throw malformed("an object without an end", end);
      return { value };
    }
    const length = asDictionary(value, offset).get("Length");
    if (typeof length !== "number" || !Number.isSafeInteger(length) || length < 0) {
      throw malformed("a stream without a length", offset);
    }
    const stream = this.bytes.subarray(content, content + length);
    if (stream.length !== length || !isAt(this.bytes, content + length, STREAM_END)) {
      throw malformed("a stream without an end", content + length);
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

const [STREAM, STREAM_END, OBJECT_END] = ["\nstream\n", "\nendstream\nendobj\n", "\nendobj\n"];

/** A table says where entry 0 begins, and how many there are. */
interface Table {
  readonly start: number;
  readonly size: number;
}

const ENTRY_BYTES = 20;
const OFFSET_DIGITS = 10;
const FREE_ENTRY = "0000000000 65535 f \n";
const ENTRY_END = " 00000 n \n";

function checkTable(bytes: Uint8Array, { start, size }: Table): void {
  if (start + ENTRY_BYTES * size > bytes.length)
    throw malformed("the cross-reference table is cut off", start);
  if (!isAt(bytes, start, FREE_ENTRY)) throw malformed("entry 0 of the table", start);
  for (let id = 1; id < size; id++) {
    const at = start + ENTRY_BYTES * id;
    if (decimalAt(bytes, at) < 0 || !isAt(bytes, at + OFFSET_DIGITS, ENTRY_END))
      throw malformed(`entry ${id} of the table`, at);
  }
}

/** Reads a number of ten digits; -1 where they are none. */
function decimalAt(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = at; i < at + OFFSET_DIGITS; i++) {
    const digit = (bytes[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = 10 * value + digit;
  }
  return value;
}
