/**
 * Signed notes: a text, an empty line, signature lines. Parsing believes none of it: `open-note.ts` verifies.
 * C2SP signed-note v1.0.0, "Format".
 */
import { abbreviate, base64, bytesFromBase64, concatBytes, textFromUtf8 } from "../bytes.js";
import { ParseError } from "../errors.js";
import { isKeyName, isTooLong, MAX_LINE_BYTES } from "./vkey.js";

export interface Note {
  /** The text is what is signed, with its final newline and without the empty line after it. */
  readonly text: string;
  /** The signatures stand in the note's order; a line that occurs twice is here twice. */
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: number;
  /** The signature is without the key id; its form depends on the key's type. */
  readonly signature: Uint8Array;
  /** The line is here as it stood in the note, without its newline. */
  readonly line: string;
}

/** SPEC: "MUST accept at least up to 16 signatures"; a hundred is what Go's note package takes. */
export const MAX_SIGNATURES = 100;
const KEY_ID_BYTES = 4;

/**
 * Reads a note. Throws `utf8-invalid`, `note-line-too-long`, `note-malformed`, `note-signature-malformed`,
 * `note-too-many-signatures`.
 */
export function parseNote(note: string | Uint8Array): Note {
  const whole = typeof note === "string" ? note : textFromUtf8(note);
  refuseLongLines(whole);
  checkCharacters(whole);
  if (!whole.endsWith("\n")) throw malformed("the last line does not end", "a newline at the end");
  // SPEC: "the text is separated from the signatures by the last empty line in the note."
  const divide = whole.lastIndexOf("\n\n");
  if (divide < 0) throw malformed("no empty line before the signatures", "text, empty line, signature lines");
  const text = whole.slice(0, divide + 1);
  const lines = whole.slice(divide + 2, -1).split("\n", MAX_SIGNATURES + 1);
  if (divide + 2 === whole.length) throw malformed("no signature line", "at least one signature line");
  if (lines.length > MAX_SIGNATURES) {
    throw tooManySignatures(`${lines.length} or more`);
  }
  return { text, signatures: lines.map(parseSignatureLine) };
}

/** Spells a note; `lines` are as `formatSignatureLine` makes them, each without its newline. */
export function encodeNote(text: string, lines: readonly string[]): string {
  return `${text}\n${lines.map((line) => `${line}\n`).join("")}`;
}

/** Reads one signature line, given without its newline. Throws `note-line-too-long`, `note-signature-malformed`. */
export function parseSignatureLine(line: string): NoteSignature {
  if (isTooLong(line)) throw lineTooLong(line);
  const [, name, encoded] = /^— ([^ ]+) ([^ ]+)$/u.exec(line) ?? [];
  if (name === undefined || encoded === undefined) throw badLine(line, "— NAME BASE64");
  if (!isKeyName(name)) throw badLine(line, "a key name without white space or +");
  const blob = blobFromBase64(line, encoded);
  if (blob.length <= KEY_ID_BYTES) throw badLine(line, "a key id of 4 bytes and a signature");
  const keyId = new DataView(blob.buffer, blob.byteOffset).getUint32(0);
  return { name, keyId, signature: blob.subarray(KEY_ID_BYTES), line };
}

/** Spells a signature line, without its newline. */
export function formatSignatureLine(name: string, keyId: number, signature: Uint8Array): string {
  const id = new Uint8Array(KEY_ID_BYTES);
  new DataView(id.buffer).setUint32(0, keyId);
  return `— ${name} ${base64(concatBytes(id, signature))}`;
}

/** First of all, so that nothing after it is about a line of a stranger's length. */
function refuseLongLines(whole: string): void {
  for (let start = 0, end: number; start < whole.length; start = end + 1) {
    end = whole.indexOf("\n", start);
    if (end < 0) end = whole.length;
    // Most lines are short, and need not be taken out to be measured.
    if (3 * (end - start) <= MAX_LINE_BYTES) continue;
    const line = whole.slice(start, end);
    if (isTooLong(line)) throw lineTooLong(line);
  }
}

export function tooManySignatures(got: string, field?: string): ParseError {
  return new ParseError("note-too-many-signatures", "too many signature lines", {
    ...(field !== undefined && { field }),
    got,
    want: `at most ${MAX_SIGNATURES}`,
  });
}

function lineTooLong(line: string): ParseError {
  return new ParseError("note-line-too-long", "a line of a note is too long", {
    got: abbreviate(line),
    want: `at most ${MAX_LINE_BYTES} bytes`,
  });
}

/** SPEC: "MUST be valid UTF-8 and MUST NOT contain any ASCII control characters (those below U+0020) other than newline." */
function checkCharacters(whole: string): void {
  const at = whole.search(/[\u0000-\u0009\u000b-\u001f\p{Surrogate}]/u); // eslint-disable-line no-control-regex
  if (at < 0) return;
  const code = whole.charCodeAt(at).toString(16).toUpperCase().padStart(4, "0");
  throw malformed(`U+${code} in line ${whole.slice(0, at).split("\n").length}`, "no control character");
}

function blobFromBase64(line: string, encoded: string): Uint8Array {
  try {
    return bytesFromBase64(encoded);
  } catch {
    throw badLine(line, "canonical base64");
  }
}

function malformed(got: string, want: string): ParseError {
  return new ParseError("note-malformed", `not a signed note: ${got}`, { got, want });
}

function badLine(line: string, want: string): ParseError {
  return new ParseError("note-signature-malformed", "not a signature line", { got: abbreviate(line), want });
}
