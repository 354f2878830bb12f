/**
 * The grammar of JSON, strictly: RFC 8259, read as RFC 7493 (I-JSON) restricts it, with nothing repaired. It reads bytes,
 * since a parsed object has already lost its duplicate keys and its numbers' spelling, and tells a sink what it meets; how
 * much there may be is judged before it is kept. docs/evidence-format.md, "Strict JSON" and "Bounds".
 */
import { abbreviate, textFromUtf8 } from "../bytes.js";
import { ParseError, type ParseErrorCode } from "../errors.js";
import { type NumberRule, numberFromSpelling } from "./json-number.js";

/** A value has at most this many containers around it: a parser may recurse, and no record needs more. */
export const MAX_DEPTH = 32;

/** Bounds say how much there may be in one text. */
export interface JsonBounds {
  readonly bytes: number;
  /**
   * Objects, arrays and what stands in them are counted here: each member's value and each entry is one, and the
   * outermost too.
   */
  readonly values: number;
  /**
   * The members of one object are counted here with those before them in the objects around it, whose names a reader
   * has to remember.
   */
  readonly members: number;
}

/** These bounds hold for every format of ours: evidence, trust files, misconduct, challenges and changes. */
export const FORMAT_BOUNDS: JsonBounds = { bytes: 4_194_304, values: 100_000, members: 1_000 };

/**
 * These bounds hold for a JSON record as it is compared with a statement. A deposit by JSON is a request of 10 MiB at
 * most, unless an operator allows more (up to these bytes), and in 10 MiB there can't be more values and members than
 * these.
 */
export const RECORD_BOUNDS: JsonBounds = { bytes: 33_554_432, values: 5_242_880, members: 1_350_000 };

export interface JsonOptions {
  readonly numbers: NumberRule;
  /** Where bounds are absent, those of formats hold for canonical numbers, and those of records for exact ones. */
  readonly bounds?: JsonBounds;
}

/** A sink makes something of the text as it is read: it is told an object's names each before its value. */
export interface JsonSink {
  beginObject(): void;
  name(name: string): void;
  endObject(): void;
  beginArray(): void;
  endArray(): void;
  /** A sink throws nothing for a scalar: whatever is wrong with a value was found before. */
  scalar(value: null | boolean | number | string): void;
}

/**
 * Reads one JSON value and white space around it. Throws `ParseError`: `file-too-large`, `utf8-invalid`, `value-range`, or
 * a code `json-*`. What the sink has made is then worth nothing.
 */
export function readJson(bytes: Uint8Array, { numbers, bounds }: JsonOptions, sink: JsonSink): void {
  const most = bounds ?? (numbers === "canonical" ? FORMAT_BOUNDS : RECORD_BOUNDS);
  refuseTooLarge(bytes, most.bytes);
  const text = textFromUtf8(bytes);
  const cursor: Cursor = { text, at: 0, path: [], numbers, sink, most, values: 0, members: 0 };
  if (cursor.text.startsWith("\ufeff"))
    throw refusal(cursor, "json-byte-order-mark", "the text begins with a byte order mark", {
      want: "UTF-8 without a byte order mark",
    });
  skipWhiteSpace(cursor);
  readValue(cursor);
  skipWhiteSpace(cursor);
  if (cursor.at < cursor.text.length)
    throw refusal(cursor, "json-trailing-bytes", `bytes after the value, at character ${cursor.at + 1}`, {
      got: found(cursor),
      want: "the end, or white space",
    });
}

/** Throws `file-too-large`, before a byte of the text is looked at. */
export function refuseTooLarge({ length }: Uint8Array, most: number): void {
  if (length > most) throw tooLarge(length, most);
}

/** Makes the refusal of a file that is too large, and was perhaps not read to its end. */
export function tooLarge(size: number, most: number): ParseError {
  return new ParseError("file-too-large", "the file is larger than any of its kind", {
    got: `${size} bytes or more`,
    want: `at most ${most} bytes`,
  });
}

/** Gives the JSON Pointer (RFC 6901) to a member or element of what `field` points to. */
export function pointer(field: string, step: string | number): string {
  return `${field}/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

interface Cursor {
  readonly text: string;
  /** This is the place of the next character to read. */
  at: number;
  /** The names and indexes that lead to the value being read: as long as it lies deep. */
  readonly path: (string | number)[];
  readonly numbers: NumberRule;
  readonly sink: JsonSink;
  readonly most: JsonBounds;
  /** So many values there have been. */
  values: number;
  /** These are the members of the objects that have not ended. */
  members: number;
}

function readValue(cursor: Cursor): void {
  const { sink } = cursor;
  // Judged wherever the grammar calls for a value, before anything is known of what stands there.
  if (++cursor.values > cursor.most.values)
    throw refusal(cursor, "json-too-many-values", "too many values", {
      want: `at most ${cursor.most.values} values in one text`,
    });
  switch (cursor.text.charCodeAt(cursor.at)) {
    case OPEN_BRACE:
      return readObject(cursor);
    case OPEN_BRACKET:
      return readArray(cursor);
    case QUOTE:
      return sink.scalar(readString(cursor));
    case LOWER_T:
      return sink.scalar(readWord(cursor, "true", true));
    case LOWER_F:
      return sink.scalar(readWord(cursor, "false", false));
    case LOWER_N:
      return sink.scalar(readWord(cursor, "null", null));
    default:
      return sink.scalar(readNumber(cursor));
  }
}

function readObject(cursor: Cursor): void {
  const { sink, path, members } = cursor;
  enter(cursor);
  sink.beginObject();
  if (!skip(cursor, CLOSE_BRACE)) {
    const isNew = createNames();
    do {
      skipWhiteSpace(cursor);
      if (cursor.text.charCodeAt(cursor.at) !== QUOTE) throw unexpected(cursor, "a member's name");
      const name = readString(cursor);
      path.push(name);
      if (++cursor.members > cursor.most.members)
        throw refusal(cursor, "json-too-many-members", "too many members", {
          want: `at most ${cursor.most.members} in one object`,
        });
      if (!isNew(name))
        throw refusal(cursor, "json-duplicate-key", "a name stands twice in one object", {
          got: abbreviate(name),
        });
      if (!skip(cursor, COLON)) throw unexpected(cursor, "a colon");
      skipWhiteSpace(cursor);
      sink.name(name);
      readValue(cursor);
      path.pop();
    } while (skip(cursor, COMMA));
    if (!skip(cursor, CLOSE_BRACE)) throw unexpected(cursor, "a comma or }");
  }
  cursor.members = members;
  sink.endObject();
}

/**
 * Makes what tells whether a name is new to an object. Of most objects the first name is the only one, and needs no
 * set.
 */
function createNames(): (name: string) => boolean {
  let first: string | undefined;
  let names: Set<string> | undefined;
  return (name) => {
    if (first === undefined) {
      first = name;
      return true;
    }
    names ??= new Set([first]);
    if (names.has(name)) return false;
    names.add(name);
    return true;
  };
}

function readArray(cursor: Cursor): void {
  const { sink, path } = cursor;
  enter(cursor);
  sink.beginArray();
  if (!skip(cursor, CLOSE_BRACKET)) {
    let index = 0;
    do {
      skipWhiteSpace(cursor);
      path.push(index++);
      readValue(cursor);
      path.pop();
    } while (skip(cursor, COMMA));
    if (!skip(cursor, CLOSE_BRACKET)) throw unexpected(cursor, "a comma or ]");
  }
  sink.endArray();
}

/** Goes past the bracket that opens a container. */
function enter(cursor: Cursor): void {
  if (cursor.path.length === MAX_DEPTH)
    throw refusal(cursor, "json-too-deep", "objects and arrays nested too deep", {
      want: `at most ${MAX_DEPTH} levels`,
    });
  cursor.at++;
}

/** Tells whether the next character that is no white space is `character`; if so it is passed. */
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

function readWord<T>(cursor: Cursor, word: string, value: T): T {
  if (!cursor.text.startsWith(word, cursor.at)) throw unexpected(cursor, "a value");
  cursor.at += word.length;
  return value;
}

/** This matches, after a number, the rest of what only looks like one (01, 1., 1e+, 0x1F, 1_000). */
const NUMBER_GOES_ON = /[0-9A-Za-z_.+-]/y;

/**
 * Reads a number by hand: an expression would remember every digit of a number as long as the text, to go back to it.
 */
function readNumber(cursor: Cursor): number {
  const start = cursor.at;
  const end = endOfNumber(cursor.text, start);
  if (end === undefined) throw unexpected(cursor, "a value");
  cursor.at = end;
  NUMBER_GOES_ON.lastIndex = end;
  if (NUMBER_GOES_ON.test(cursor.text)) throw unexpected(cursor, "a number's end");
  return numberFromSpelling(cursor.text.slice(start, end), cursor.numbers, () => fieldOf(cursor));
}

/**
 * Gives the place behind the longest number that begins at `start`; undefined where none does. RFC 8259, section 6.
 */
function endOfNumber(text: string, start: number): number | undefined {
  const whole = start + (text.charCodeAt(start) === MINUS ? 1 : 0);
  if (!isDigit(text, whole)) return undefined;
  let end = text.charCodeAt(whole) === ZERO ? whole + 1 : endOfDigits(text, whole);
  if (text.charCodeAt(end) === POINT && isDigit(text, end + 1)) end = endOfDigits(text, end + 1);
  const letter = text.charCodeAt(end);
  if (letter === LOWER_E || letter === UPPER_E) {
    const sign = text.charCodeAt(end + 1);
    const power = end + (sign === PLUS || sign === MINUS ? 2 : 1);
    if (isDigit(text, power)) end = endOfDigits(text, power);
  }
  return end;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= ZERO && code <= NINE;
}

function endOfDigits(text: string, start: number): number {
  let at = start;
  while (isDigit(text, at)) at++;
  return at;
}

function readString(cursor: Cursor): string {
  const { text } = cursor;
  let pieces: Pieces | undefined;
  let mayBeLone = false;
  let start = ++cursor.at;
  for (;;) {
    const code = text.charCodeAt(cursor.at);
    if (code === QUOTE) break;
    if (code === BACKSLASH) {
      pieces ??= createPieces();
      pieces.add(text.slice(start, cursor.at));
      const unit = parseEscape(cursor);
      mayBeLone ||= unit >= 0xd800 && unit <= 0xdfff;
      pieces.add(String.fromCharCode(unit));
      start = cursor.at;
    } else if (code >= SPACE) cursor.at++;
    // A control character, or NaN: the text ends here.
    else throw unexpected(cursor, "a character of a string, or its closing quote");
  }
  const last = text.slice(start, cursor.at++);
  const whole = pieces === undefined ? last : pieces.join(last);
  // Decoded UTF-8 holds no surrogate alone, so only an escape can bring one in.
  if (mayBeLone && hasLoneSurrogate(whole))
    throw refusal(cursor, "json-lone-surrogate", "a string holds half of a surrogate pair", {
      want: "Unicode scalar values only (RFC 7493, Section 2.1)",
    });
  return whole;
}

/** A string that comes in pieces. Each piece costs an object until it is joined, so that is done as they come. */
interface Pieces {
  add(piece: string): void;
  join(last: string): string;
}

function createPieces(): Pieces {
  let [whole, pieces]: [string[], string[]] = [[], []];
  return {
    add(piece) {
      pieces.push(piece);
      if (pieces.length < PIECES) return;
      whole.push(pieces.join(""));
      pieces = [];
      if (whole.length === PIECES) whole = [whole.join("")];
    },
    join: (last) => [...whole, ...pieces, last].join(""),
  };
}

const PIECES = 1024;

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

/**
 * Tells whether a text has a surrogate without its pair: with the flag `u` a pair is one character, so a surrogate
 * that matches stands alone.
 */
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
const [LOWER_E, LOWER_F, LOWER_N, LOWER_T, UPPER_E] = [0x65, 0x66, 0x6e, 0x74, 0x45] as const;
const [PLUS, MINUS, POINT, ZERO, NINE] = [0x2b, 0x2d, 0x2e, 0x30, 0x39] as const;
const ESCAPES = new Map(
  Object.entries({ '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }).map(
    ([letter, character]) => [letter, character.charCodeAt(0)],
  ),
);
