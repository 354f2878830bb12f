/**
 * A strict parser of JSON: RFC 8259, read as RFC 7493 (I-JSON) restricts it, with nothing repaired.
 * It reads bytes, since a parsed object has already lost its duplicate keys and its numbers' spelling.
 */
import { abbreviate, textFromUtf8 } from "../bytes.js";
import { ParseError, type ParseErrorCode } from "../errors.js";
import { type NumberRule, numberFromSpelling } from "./json-number.js";

export type JsonValue = null | boolean | number | string | JsonArray | JsonObject;
export type JsonArray = readonly JsonValue[];
/** Without a prototype, so that `__proto__` and `constructor` are names like any other. */
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** Containers around a value, at most: a parser may recurse, and no record needs more. */
export const MAX_DEPTH = 32;

export interface JsonOptions {
  readonly numbers: NumberRule;
}

/** One JSON value and white space around it. Throws `ParseError` with a code `json-*`, `utf8-invalid` or `value-range`. */
export function parseJson(bytes: Uint8Array, { numbers }: JsonOptions): JsonValue {
  const cursor: Cursor = { text: textFromUtf8(bytes), at: 0, path: [], numbers };
  if (cursor.text.startsWith("\ufeff"))
    throw refusal(cursor, "json-byte-order-mark", "the text begins with a byte order mark", {
      want: "UTF-8 without a byte order mark",
    });
  skipWhiteSpace(cursor);
  const value = parseValue(cursor);
  skipWhiteSpace(cursor);
  if (cursor.at < cursor.text.length)
    throw refusal(cursor, "json-trailing-bytes", `bytes after the value, at character ${cursor.at + 1}`, {
      got: found(cursor),
      want: "the end, or white space",
    });
  return value;
}

/** A JSON Pointer (RFC 6901) to a member or element of what `field` points to. */
export function pointer(field: string, step: string | number): string {
  return `${field}/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

interface Cursor {
  readonly text: string;
  /** Of the next character to read. */
  at: number;
  /** The names and indexes that lead to the value being read: as long as it lies deep. */
  readonly path: (string | number)[];
  readonly numbers: NumberRule;
}

function parseValue(cursor: Cursor): JsonValue {
  switch (cursor.text.charCodeAt(cursor.at)) {
    case OPEN_BRACE:
      return parseObject(cursor);
    case OPEN_BRACKET:
      return parseArray(cursor);
    case QUOTE:
      return parseString(cursor);
    case LOWER_T:
      return parseWord(cursor, "true", true);
    case LOWER_F:
      return parseWord(cursor, "false", false);
    case LOWER_N:
      return parseWord(cursor, "null", null);
    default:
      return parseNumber(cursor);
  }
}

function parseObject(cursor: Cursor): JsonObject {
  const object = Object.create(null) as Record<string, JsonValue>;
  enter(cursor);
  if (!skip(cursor, CLOSE_BRACE)) {
    do {
      skipWhiteSpace(cursor);
      if (cursor.text.charCodeAt(cursor.at) !== QUOTE) throw unexpected(cursor, "a member's name");
      const name = parseString(cursor);
      cursor.path.push(name);
      if (name in object)
        throw refusal(cursor, "json-duplicate-key", "a name stands twice in one object", {
          got: abbreviate(name),
        });
      if (!skip(cursor, COLON)) throw unexpected(cursor, "a colon");
      skipWhiteSpace(cursor);
      object[name] = parseValue(cursor);
      cursor.path.pop();
    } while (skip(cursor, COMMA));
    if (!skip(cursor, CLOSE_BRACE)) throw unexpected(cursor, "a comma or }");
  }
  return object;
}

function parseArray(cursor: Cursor): JsonArray {
  const array: JsonValue[] = [];
  enter(cursor);
  if (!skip(cursor, CLOSE_BRACKET)) {
    do {
      skipWhiteSpace(cursor);
      cursor.path.push(array.length);
      array.push(parseValue(cursor));
      cursor.path.pop();
    } while (skip(cursor, COMMA));
    if (!skip(cursor, CLOSE_BRACKET)) throw unexpected(cursor, "a comma or ]");
  }
  return array;
}

/** Past the bracket that opens a container. */
function enter(cursor: Cursor): void {
  if (cursor.path.length === MAX_DEPTH)
    throw refusal(cursor, "json-too-deep", "objects and arrays nested too deep", {
      want: `at most ${MAX_DEPTH} levels`,
    });
  cursor.at++;
}

/** Whether the next character that is no white space is `character`; if so it is passed. */
function skip(cursor: Cursor, character: number): boolean {
  skipWhiteSpace(cursor);
  if (cursor.text.charCodeAt(cursor.at) !== character) return false;
  cursor.at++;
  return true;
}

function skipWhiteSpace(cursor: Cursor): void {
  for (;;) {
    const code = cursor.text.charCodeAt(cursor.at);
    if (code !== SPACE && code !== LINE_FEED && code !== CARRIAGE_RETURN && code !== TAB) return;
    cursor.at++;
  }
}

function parseWord<T>(cursor: Cursor, word: string, value: T): T {
  if (!cursor.text.startsWith(word, cursor.at)) throw unexpected(cursor, "a value");
  cursor.at += word.length;
  return value;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** After a number: the rest of what only looks like one (01, 1., 1e+, 0x1F, 1_000). */
const NUMBER_GOES_ON = /[0-9A-Za-z_.+-]/y;

function parseNumber(cursor: Cursor): number {
  const start = cursor.at;
  NUMBER.lastIndex = start;
  if (!NUMBER.test(cursor.text)) throw unexpected(cursor, "a value");
  cursor.at = NUMBER.lastIndex;
  NUMBER_GOES_ON.lastIndex = cursor.at;
  if (NUMBER_GOES_ON.test(cursor.text)) throw unexpected(cursor, "a number's end");
  return numberFromSpelling(cursor.text.slice(start, cursor.at), cursor.numbers, () => fieldOf(cursor));
}

function parseString(cursor: Cursor): string {
  const { text } = cursor;
  let value = "";
  let mayBeLone = false;
  let start = ++cursor.at;
  for (;;) {
    const code = text.charCodeAt(cursor.at);
    if (code === QUOTE) break;
    if (code === BACKSLASH) {
      value += text.slice(start, cursor.at);
      const unit = parseEscape(cursor);
      mayBeLone ||= unit >= 0xd800 && unit <= 0xdfff;
      value += String.fromCharCode(unit);
      start = cursor.at;
    } else if (code >= SPACE) cursor.at++;
    // A control character, or NaN: the text ends here.
    else throw unexpected(cursor, "a character of a string, or its closing quote");
  }
  value += text.slice(start, cursor.at++);
  // Decoded UTF-8 holds no surrogate alone, so only an escape can bring one in.
  if (mayBeLone && hasLoneSurrogate(value))
    throw refusal(cursor, "json-lone-surrogate", "a string holds half of a surrogate pair", {
      want: "Unicode scalar values only (RFC 7493, Section 2.1)",
    });
  return value;
}

/** The UTF-16 code unit that the escape at the cursor stands for. */
function parseEscape(cursor: Cursor): number {
  const letter = cursor.text.charAt(cursor.at + 1);
  if (letter === "u") {
    const digits = cursor.text.slice(cursor.at + 2, cursor.at + 6);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw unexpected(cursor, "\\u and four hexadecimal digits");
    cursor.at += 6;
    return Number.parseInt(digits, 16);
  }
  const unit = ESCAPES.get(letter);
  if (unit === undefined) throw unexpected(cursor, "an escape of JSON");
  cursor.at += 2;
  return unit;
}

/** With the flag `u` a pair is one character, so a surrogate that matches stands alone. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

const fieldOf = ({ path }: Cursor): string => path.reduce<string>(pointer, "");

function refusal(
  cursor: Cursor,
  code: ParseErrorCode,
  message: string,
  detail: { got?: string; want?: string },
): ParseError {
  return new ParseError(code, message, { field: fieldOf(cursor), ...detail });
}

function unexpected(cursor: Cursor, want: string): ParseError {
  return refusal(cursor, "json-syntax", `not JSON at character ${cursor.at + 1}`, {
    got: found(cursor),
    want,
  });
}

/** The character at the cursor, visible also where it is a control character. */
function found({ text, at }: Cursor): string {
  const point = text.codePointAt(at);
  return point === undefined ? "the end" : JSON.stringify(String.fromCodePoint(point));
}

const [TAB, LINE_FEED, CARRIAGE_RETURN, SPACE] = [0x09, 0x0a, 0x0d, 0x20] as const;
const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c] as const;
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d] as const;
const [LOWER_F, LOWER_N, LOWER_T] = [0x66, 0x6e, 0x74] as const;
const ESCAPES = new Map(
  Object.entries({ '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }).map(
    ([letter, character]) => [letter, character.charCodeAt(0)],
  ),
);
