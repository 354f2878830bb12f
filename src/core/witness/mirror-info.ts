/**
 * Where a mirror stands, told to a log whose upload it could not take as it was, or not yet whole: the body of its 409
 * and 202 answers. C2SP tlog-mirror (2026-07-09), "Processing".
 */
import { abbreviate, base64, bytesFromBase64, decimal, textFromUtf8 } from "../bytes.js";
import { ParseError } from "../errors.js";

/** SPEC: "the response body MUST have a `Content-Type` of `text/x.tlog.mirror-info`". */
export const MIRROR_INFO_TYPE = "text/x.tlog.mirror-info";

export interface MirrorInfo {
  /** This is the size of a checkpoint that the mirror knows: what an upload may end at. */
  readonly treeSize: number;
  /** This is the first entry that the mirror does not have: what an upload should start at. */
  readonly nextEntry: number;
  /** The ticket is to be sent with the next upload, unread. */
  readonly ticket: Uint8Array;
}

/** SPEC: "three lines, each followed by a newline (U+000A)". */
export function encodeMirrorInfo({ treeSize, nextEntry, ticket }: MirrorInfo): string {
  return `${treeSize}\n${nextEntry}\n${base64(ticket)}\n`;
}

/** Reads a mirror's answer. Throws `utf8-invalid`, `request-malformed`. */
export function parseMirrorInfo(body: Uint8Array): MirrorInfo {
  const text = textFromUtf8(body);
  const [size, next, ticket, rest, ...more] = text.split("\n");
  const [treeSize, nextEntry] = [size, next].map((line) => (line === undefined ? line : decimal(line)));
  if (
    treeSize === undefined ||
    nextEntry === undefined ||
    ticket === undefined ||
    rest !== "" ||
    more[0] !== undefined
  )
    throw malformed(text);
  try {
    return { treeSize, nextEntry, ticket: bytesFromBase64(ticket) };
  } catch {
    throw malformed(text);
  }
}

function malformed(text: string): ParseError {
  return new ParseError("request-malformed", "not what a mirror says of itself", {
    got: abbreviate(text),
    want: "a tree size, the next entry and a ticket in base64, each on a line",
  });
}
