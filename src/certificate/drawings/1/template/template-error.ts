import { ParseError } from "../../../../core/errors.js";

/** Why a template is refused: which file, and where in it. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
  readonly file: string;
  /** A JSON Pointer, where the file is JSON. */
  readonly field: string | undefined;

  constructor(file: string, cause: ParseError | string) {
    const { field, got, want } = typeof cause === "string" ? {} : cause.detail;
    const message = typeof cause === "string" ? cause : cause.message;
    const compared = [got && `got ${got}`, want && `want ${want}`].filter(Boolean).join(", ");
    super(`${file}${field ? ` at ${field}` : ""}: ${message}${compared && ` (${compared})`}`);
    this.file = file;
    this.field = field;
  }
}

/** What goes wrong in `work` is told as a fault of this file. */
export function inFile<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ParseError) throw new TemplateError(file, error);
    throw error;
  }
}
