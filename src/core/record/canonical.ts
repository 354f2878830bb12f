/**
 * The one spelling of a JSON value that is hashed: RFC 8785, JSON Canonicalization Scheme (JCS).
 */
import { utf8 } from "../bytes.js";
import { ParseError } from "../errors.js";
import { hasLoneSurrogate } from "./json-text.js";

/**
 * Spells a value's RFC 8785 bytes. `value` is JSON: what `parseJson` gives, or plain objects of a format. Throws
 * `json-lone-surrogate`; anything that JSON can't say (undefined, NaN, a bigint) is a mistake of ours.
 */
export function canonicalJson(value: unknown): Uint8Array {
  return utf8(spell(value));
}

function spell(value: unknown): string {
  switch (typeof value) {
    case "string":
      return spellString(value);
    case "number":
      if (!Number.isFinite(value)) break;
      // RFC 8785, Section 3.2.2.3: as ECMAScript prints a number.
      return String(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? spellArray(value) : spellObject(value);
  }
  throw new Error(`internal: ${String(value)} has no place in JSON`);
}

function spellArray(array: readonly unknown[]): string {
  let text = "[";
  for (let i = 0; i < array.length; i++) text += (i > 0 ? "," : "") + spell(array[i]);
  return text + "]";
}

function spellObject(object: object): string {
  if (ArrayBuffer.isView(object)) throw new Error("internal: bytes have no place in JSON");
  const members = object as Readonly<Record<string, unknown>>;
  let text = "";
  // Section 3.2.3: names sorted by UTF-16 code units, which is how `sort` compares.
  for (const name of Object.keys(members).sort())
    text += `${text === "" ? "{" : ","}${spellString(name)}:${spell(members[name])}`;
  return text === "" ? "{}" : text + "}";
}

/**
 * Spells a string as Section 3.2.2.2 and ECMAScript's JSON.stringify do, which escape only quotes, backslashes and
 * control characters.
 */
export function spellString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  // Section 3.2.2.2: a lone surrogate MUST end canonicalization with an error; JSON.stringify would escape it.
  if (hasLoneSurrogate(text))
    throw new ParseError("json-lone-surrogate", "a string holds half of a surrogate pair");
  return JSON.stringify(text);
}

/** Printable ASCII without quote and backslash. */
const PLAIN = /^[ !#-[\]-~]*$/;
