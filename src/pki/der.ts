/**
 * Strict DER: bytes have one reading, and a value has one spelling. ITU-T X.690, sections 8 and 10 to 11. BER's other
 * forms (indefinite or padded lengths, strings in pieces, sets out of order, integers with leading zeros) and bytes
 * after the value are refused, because no signature covers the envelope of a token: two spellings would be two tokens.
 */
import { equalBytes } from "../core/bytes.js";

/** The bytes are not what a format demands: of tokens and X.509 certificates, whatever their claims. */
export class MalformedError extends Error {
  override readonly name = "MalformedError";
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;
/** A context-specific tag, constructed unless it stands for a primitive type (X.690, section 8.14). */
export const context = (number: number, form: "constructed" | "primitive" = "constructed"): number =>
  (form === "constructed" ? 0xa0 : 0x80) | number;

export interface Element {
  /** The identifier octet: class, form and number. */
  readonly tag: number;
  /** The whole encoding, and what of it is the content. */
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
  /** Of a constructed element; empty for a primitive one. */
  readonly children: readonly Element[];
}

const MAX_DEPTH = 32;
/** Far more than tokens and certificates have: each costs memory, and whoever sends them is a stranger. */
const MAX_ELEMENTS = 4096;
const MAX_IDENTIFIER_BYTES = 64;
const CONSTRUCTED = 0x20;

/** One element, and nothing after it. */
export function parseDer(bytes: Uint8Array): Element {
  const element = readElement(bytes, 0, { elements: MAX_ELEMENTS });
  if (element.bytes.length !== bytes.length) throw new MalformedError("bytes follow the DER value");
  return element;
}

function readElement(bytes: Uint8Array, depth: number, left: { elements: number }): Element {
  if (left.elements-- === 0) throw new MalformedError(`more than ${MAX_ELEMENTS} DER values in one`);
  if (depth > MAX_DEPTH) throw new MalformedError(`DER nested deeper than ${MAX_DEPTH}`);
  const tag = at(bytes, 0);
  if ((tag & 0x1f) === 0x1f) throw new MalformedError("a tag number that no format here uses");
  const { length, start } = readLength(bytes);
  if (start + length > bytes.length) throw new MalformedError("the DER value ends too early");
  const content = bytes.subarray(start, start + length);
  const element = { tag, bytes: bytes.subarray(0, start + length), content };
  if ((tag & CONSTRUCTED) === 0) {
    if (tag < 0x40) checkPrimitive(tag, content);
    return { ...element, children: [] };
  }
  // X.690, sections 10.2 and 8.9 to 8.12: of the universal types only SEQUENCE and SET are constructed.
  if (tag < 0x40 && tag !== TAG.sequence && tag !== TAG.set)
    throw new MalformedError(`a value of type ${tag & 0x1f} in pieces`);
  const children: Element[] = [];
  for (let offset = 0; offset < content.length; offset += children.at(-1)?.bytes.length ?? 0)
    children.push(readElement(content.subarray(offset), depth + 1, left));
  if (tag === TAG.set) checkOrder(children);
  return { ...element, children };
}

/** X.690, section 10.1: "The definite form of length encoding shall be used, encoded in the minimum number of octets." */
function readLength(bytes: Uint8Array): { length: number; start: number } {
  const first = at(bytes, 1);
  if (first < 0x80) return { length: first, start: 2 };
  const octets = first & 0x7f;
  if (octets === 0) throw new MalformedError("a length of the indefinite form");
  if (octets > 4) throw new MalformedError("a length of more than four bytes");
  let length = 0;
  for (let i = 0; i < octets; i++) length = length * 256 + at(bytes, 2 + i);
  if (length < 0x80 || length < 256 ** (octets - 1)) throw new MalformedError("a length longer than need be");
  return { length, start: 2 + octets };
}

function checkPrimitive(tag: number, content: Uint8Array): void {
  const refuse = (what: string) => new MalformedError(`${what}, not as DER writes it`);
  const [first, second] = content;
  const last = content.at(-1);
  switch (tag) {
    case TAG.boolean: // X.690, section 11.1
      if (content.length !== 1 || (first !== 0x00 && first !== 0xff)) throw refuse("a boolean");
      return;
    case TAG.integer: // section 8.3.2: the first nine bits are neither all ones nor all zero
    case 0x0a: // ENUMERATED
      if (first === undefined) throw refuse("an integer");
      if (second !== undefined && (first === 0x00 || first === 0xff) && first >> 7 === second >> 7)
        throw refuse("an integer");
      return;
    case TAG.bitString: // section 11.2.1: unused bits are zero
      if (first === undefined || first > 7 || (content.length === 1 && first > 0))
        throw refuse("a bit string");
      if (content.length > 1 && ((last ?? 0) & ((1 << first) - 1)) !== 0) throw refuse("a bit string");
      return;
    case TAG.null:
      if (first !== undefined) throw refuse("a null");
      return;
    case TAG.objectIdentifier: // section 8.19.2: the fewest octets
      if (last === undefined || last >= 0x80) throw refuse("an object identifier");
      if (content.length > MAX_IDENTIFIER_BYTES) throw new MalformedError("an object identifier too long");
      content.forEach((octet, i) => {
        if (octet === 0x80 && (i === 0 || (content[i - 1] ?? 0) < 0x80)) throw refuse("an object identifier");
      });
      return;
    case 0x00:
    case TAG.sequence - CONSTRUCTED:
    case TAG.set - CONSTRUCTED:
      throw new MalformedError(`a primitive value of type ${tag}`);
  }
}

/** X.690, section 11.6: "The encodings of the component values of a set-of value shall appear in ascending order". */
export function checkOrder(elements: readonly Element[]): void {
  elements.forEach(({ bytes }, i) => {
    const before = elements[i - 1];
    if (before !== undefined && compareBytes(before.bytes, bytes) > 0)
      throw new MalformedError("a set that is not in the order of DER");
  });
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    // The shorter is padded with zeros (section 11.6).
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function at(bytes: Uint8Array, index: number): number {
  const byte = bytes[index];
  if (byte === undefined) throw new MalformedError("the DER value ends too early");
  return byte;
}

export const isElement = (element: Element, tag: number, content: Uint8Array): boolean =>
  element.tag === tag && equalBytes(element.content, content);
