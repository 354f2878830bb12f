/** The objects of a PDF file as pdfkit writes them. */

/** An indirect object of the file. */
export interface PdfReference {
  readonly id: number;
  data: Record<string, unknown>;
  write(chunk: Uint8Array | string): void;
  end(chunk?: Uint8Array | string): void;
  finalize(): void;
  buffer: Uint8Array[];
}

/** Makes a new object of a file. */
export interface PdfObjects {
  ref(data?: object): PdfReference;
}

/** pdfkit takes plain strings for names, and String objects for strings. */
export const pdfString = (text: string): object => Object(text) as object;
