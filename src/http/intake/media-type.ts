/** Media types that a client names: of what it sends, and of what it deposits. */
import { describe } from "../problems/describe.js";
import { FORMATS } from "./formats.js";
import { formatParameterised, parseMediaType } from "./header-grammar.js";
import { type HttpCode, HttpRefusal } from "../problems/problems.js";

/** Tells whether a `charset` says UTF-8, in either of the spellings that senders use, or nothing is said. */
export function isUtf8(charset: string | undefined): boolean {
  return charset === undefined || ["utf-8", "utf8"].includes(charset.toLowerCase());
}

/**
 * Gives a media type as a statement holds it: as the header spells it where that is a statement's spelling, else the
 * same spelled anew (one space before each parameter, none elsewhere).
 */
export function statedMediaType(
  header: string,
  refusal: { readonly code: HttpCode; readonly message: string; readonly field: string },
): string {
  const { isValid, want } = FORMATS["media-type"];
  if (isValid(header)) return header;
  const read = parseMediaType(header);
  const text = read && formatParameterised(read);
  if (text !== undefined && isValid(text)) return text;
  const { code, message, field } = refusal;
  throw new HttpRefusal(code, message, { field, got: describe(header), want });
}
