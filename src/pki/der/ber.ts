/**
 * BER (ITU-T X.690, section 8), for what stands around a signature and is not covered by it: authorities write lengths of
 * the indefinite form, octet strings in pieces and sets in any order there. Only the structure is read; what a value says
 * is for whoever asks for it. What was signed is DER, and der.ts reads that.
 */
import { concatBytes } from "../../core/bytes.js";
import { type Element, MalformedError, TAG } from "./der.js";
import * as der from "./der-writer.js";

const CONSTRUCTED = 0x20;
const CONSTRUCTED_OCTETS = TAG.octetString | CONSTRUCTED;
const MAX_DEPTH = 32;

/** One value, and nothing after it. An octet string in pieces comes out whole. */
export function parseBer(bytes: Uint8Array): Element {
  const element = readBer(bytes, 0, bytes.length, 0);
  if (element.bytes.length !== bytes.length) throw new MalformedError("bytes follow the BER value");
  return element;
}

function readBer(bytes: Uint8Array, start: number, limit: number, depth: number): Element {
  const { tag, contentStart, contentEnd, end } = placeOf(bytes, start, limit, depth);
  const children = (): Element[] => childrenOf(bytes, contentStart, contentEnd, depth + 1);
  const whole = bytes.subarray(start, end);
  if (tag === CONSTRUCTED_OCTETS) {
    const pieces = children().map((piece) => {
      if (piece.tag !== TAG.octetString) throw new MalformedError("an octet string of other pieces");
      return piece.content;
    });
    return { tag: TAG.octetString, bytes: whole, content: concatBytes(...pieces), children: [] };
  }
  let read: readonly Element[] | undefined = (tag & CONSTRUCTED) === 0 ? [] : undefined;
  return {
    tag,
    bytes: whole,
    content: bytes.subarray(contentStart, contentEnd),
    // Read when asked for: what nobody looks at (revocation lists) costs nothing.
    get children() {
      return (read ??= children());
    },
  };
}

function childrenOf(bytes: Uint8Array, start: number, end: number, depth: number): Element[] {
  const children: Element[] = [];
  for (let offset = start; offset < end;) {
    const child = readBer(bytes, offset, end, depth);
    children.push(child);
    offset += child.bytes.length;
  }
  return children;
}

interface Place {
  readonly tag: number;
  readonly contentStart: number;
  readonly contentEnd: number;
  readonly end: number;
}

function placeOf(bytes: Uint8Array, start: number, limit: number, depth: number): Place {
  if (depth > MAX_DEPTH) throw new MalformedError(`BER nested deeper than ${MAX_DEPTH}`);
  const [tag, first] = [at(bytes, start, limit), at(bytes, start + 1, limit)];
  if ((tag & 0x1f) === 0x1f) throw new MalformedError("a tag number that no format here uses");
  if (tag === 0) throw new MalformedError("an end of contents where nothing ends");
  if (first === 0x80) return indefinite(bytes, start, limit, depth);
  const octets = first < 0x80 ? 0 : first & 0x7f;
  if (octets > 4) throw new MalformedError("a length of more than four bytes");
  let length = octets === 0 ? first : 0;
  for (let i = 2; i < 2 + octets; i++) length = length * 256 + at(bytes, start + i, limit);
  const contentStart = start + 2 + octets;
  const end = contentStart + length;
  if (end > limit) throw new MalformedError("the BER value ends too early");
  return { tag, contentStart, contentEnd: end, end };
}

/** X.690, section 8.1.3.6: up to the two zero octets behind the last value inside. */
function indefinite(bytes: Uint8Array, start: number, limit: number, depth: number): Place {
  const tag = bytes[start] as number;
  if ((tag & CONSTRUCTED) === 0) throw new MalformedError("a primitive value of indefinite length");
  const contentStart = start + 2;
  let offset = contentStart;
  while (at(bytes, offset, limit) !== 0 || at(bytes, offset + 1, limit) !== 0)
    offset = placeOf(bytes, offset, limit, depth + 1).end;
  return { tag, contentStart, contentEnd: offset, end: offset + 2 };
}

function at(bytes: Uint8Array, index: number, limit: number): number {
  if (index >= limit) throw new MalformedError("the BER value ends too early");
  return bytes[index] as number;
}

/** The value's DER: definite lengths, whole octet strings, sets in order; `tag` in place of its own. */
export function toDer(element: Element, tag: number = element.tag): Uint8Array {
  const { content, children } = element;
  if ((tag & CONSTRUCTED) === 0) {
    const isTrue = tag === TAG.boolean && content.length === 1 && content[0] !== 0;
    return isTrue ? der.boolean(true) : der.tlv(tag, content);
  }
  const parts = children.map((child) => toDer(child));
  return tag === TAG.set ? der.setOf(...parts) : der.tlv(tag, ...parts);
}
