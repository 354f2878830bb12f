/** The objects of a PDF file as pdfkit writes them. */

import { utf8 } from "../../../../core/bytes.js";

/** An indirect object of the file. */
export interface PdfReference {
  readonly id: number;
  data: Record<string, unknown>;
  write(chunk: Uint8Array | string): void;
  end(chunk?: Uint8Array | string): void;
  finalize(): void;
  buffer: Uint8Array[];
  offset: number;
}

/** Makes a new object of a file. */
export interface PdfObjects {
  ref(data?: object): PdfReference;
  /** One with content, compressed as this file compresses, and written at once. */
  deflated(data: object, content: Uint8Array): PdfReference;
}

/** Objects that were written already, to be put into a file as they are. */
export interface Precast {
  readonly firstId: number;
  /** Of each object from the beginning of `bytes`. */
  readonly offsets: readonly number[];
  readonly bytes: Uint8Array;
}

/** pdfkit takes plain strings for names, and String objects for strings. */
export const pdfString = (text: string): object => Object(text) as object;

export function latin1(text: string): Uint8Array {
  // As long as the text it is only where all of it is ASCII; and it is made much faster.
  const ascii = utf8(text);
  if (ascii.length === text.length) return ascii;
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
