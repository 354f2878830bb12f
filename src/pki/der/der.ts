/**
 * Strict DER: bytes have one reading, and a value has one spelling. ITU-T X.690, sections 8 and 10 to 11. BER's other
 * forms (indefinite or padded lengths, strings in pieces, sets out of order, integers with leading zeros) and bytes
 * after the value are refused, because no signature covers the envelope of a token: two spellings would be two tokens.
 */
import { equalBytes } from "../../core/bytes.js";

/**
 * A `MalformedError` says that the bytes are not what a format demands: of tokens and X.509 certificates, whatever
 * their claims.
 */
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
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;
/** Gives a context-specific tag, constructed unless it stands for a primitive type (X.690, section 8.14). */
export const context = (number: number, form: "constructed" | "primitive" = "constructed"): number =>
  (form === "constructed" ? 0xa0 : 0x80) | number;

export interface Element {
  /** The tag is the identifier octet: class, form and number. */
  readonly tag: number;
  /** These are the whole encoding, and what of it is the content. */
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
  /** A constructed element has children; a primitive one has none. */
  readonly children: readonly Element[];
}

const MAX_DEPTH = 32;
/**
 * One encoding has at most so many elements, which is far more than tokens and certificates have: each costs memory,
 * and whoever sends them is a stranger.
 */
export const MAX_ELEMENTS = 4096;
export const MAX_IDENTIFIER_BYTES = 64;
const CONSTRUCTED = 0x20;

/** Reads one element, with nothing after it. Throws `MalformedError`. */
export function parseDer(bytes: Uint8Array): Element {
  const element = readElement({ bytes, elements: MAX_ELEMENTS }, 0, { end: bytes.length, depth: 0 });
  if (element.end !== bytes.length) throw new MalformedError("bytes follow the DER value");
  return element;
}

interface Source {
  readonly bytes: Uint8Array;
  /** So many more elements may be read. */
  elements: number;
}

/** Few of its parts are ever looked at: they are cut out then. */
class ReadElement implements Element {
  readonly tag: number;
  readonly end: number;
  readonly children: readonly ReadElement[];
  readonly #source: Uint8Array;
  readonly #start: number;
  readonly #contentStart: number;

  constructor(
    tag: number,
    place: { source: Uint8Array; start: number; contentStart: number; end: number },
    children: readonly ReadElement[],
  ) {
    this.tag = tag;
    this.end = place.end;
    this.children = children;
    this.#source = place.source;
    this.#start = place.start;
    this.#contentStart = place.contentStart;
  }
  get bytes(): Uint8Array {
    return this.#source.subarray(this.#start, this.end);
  }
  get content(): Uint8Array {
    return this.#source.subarray(this.#contentStart, this.end);
  }
}

const NO_CHILDREN: readonly ReadElement[] = [];

/** The element at `start`, within what ends at `end`. */
function readElement(source: Source, start: number, within: { end: number; depth: number }): ReadElement {
  const { bytes } = source;
  if (source.elements-- === 0) throw new MalformedError(`more than ${MAX_ELEMENTS} DER values in one`);
  if (within.depth > MAX_DEPTH) throw new MalformedError(`DER nested deeper than ${MAX_DEPTH}`);
  const tag = at(bytes, start, within.end);
  if ((tag & 0x1f) === 0x1f) throw new MalformedError("a tag number that no format here uses");
  const { length, contentStart } = readLength(bytes, start + 1, within.end);
  const end = contentStart + length;
  if (end > within.end) throw new MalformedError("the DER value ends too early");
  const place = { source: bytes, start, contentStart, end };
  if ((tag & CONSTRUCTED) === 0) {
    if (tag < 0x40) checkPrimitive(tag, bytes, contentStart, end);
    return new ReadElement(tag, place, NO_CHILDREN);
  }
  // X.690, sections 10.2 and 8.9 to 8.12: of the universal types only SEQUENCE and SET are constructed.
  if (tag < 0x40 && tag !== TAG.sequence && tag !== TAG.set)
    throw new MalformedError(`a value of type ${tag & 0x1f} in pieces`);
  const children: ReadElement[] = [];
  const inside = { end, depth: within.depth + 1 };
  for (let offset = contentStart; offset < end;) {
    const child = readElement(source, offset, inside);
    children.push(child);
    offset = child.end;
  }
  if (tag === TAG.set) checkOrder(children);
  return new ReadElement(tag, place, children);
}

/** X.690, section 10.1: "The definite form of length encoding shall be used, encoded in the minimum number of octets." */
function readLength(bytes: Uint8Array, start: number, end: number): { length: number; contentStart: number } {
  const first = at(bytes, start, end);
  if (first < 0x80) return { length: first, contentStart: start + 1 };
  const octets = first & 0x7f;
  if (octets === 0) throw new MalformedError("a length of the indefinite form");
  if (octets > 4) throw new MalformedError("a length of more than four bytes");
  let length = 0;
  for (let i = 1; i <= octets; i++) length = length * 256 + at(bytes, start + i, end);
  if (length < 0x80 || length < 256 ** (octets - 1)) throw new MalformedError("a length longer than need be");
  return { length, contentStart: start + 1 + octets };
}

function checkPrimitive(tag: number, bytes: Uint8Array, start: number, end: number): void {
  const refuse = (what: string) => new MalformedError(`${what}, not as DER writes it`);
  const length = end - start;
  const [first = 0, second = 0, last = 0] = [bytes[start], bytes[start + 1], bytes[end - 1]];
  switch (tag) {
    case TAG.boolean: // X.690, section 11.1
      if (length !== 1 || (first !== 0x00 && first !== 0xff)) throw refuse("a boolean");
      return;
    case TAG.integer: // section 8.3.2: the first nine bits are neither all ones nor all zero
    case 0x0a: // ENUMERATED
      if (length === 0) throw refuse("an integer");
      if (length > 1 && (first === 0x00 || first === 0xff) && first >> 7 === second >> 7)
        throw refuse("an integer");
      return;
    case TAG.bitString: // section 11.2.1: unused bits are zero
      if (length === 0 || first > 7 || (length === 1 && first > 0)) throw refuse("a bit string");
      if (length > 1 && (last & ((1 << first) - 1)) !== 0) throw refuse("a bit string");
      return;
    case TAG.null:
      if (length !== 0) throw refuse("a null");
      return;
    case TAG.objectIdentifier: // section 8.19.2: the fewest octets
      if (length === 0 || last >= 0x80) throw refuse("an object identifier");
      if (length > MAX_IDENTIFIER_BYTES) throw new MalformedError("an object identifier too long");
      for (let i = start; i < end; i++)
        if (bytes[i] === 0x80 && (i === start || (bytes[i - 1] ?? 0) < 0x80))
          throw refuse("an object identifier");
      return;
    case 0x00:
    case TAG.sequence - CONSTRUCTED:
    case TAG.set - CONSTRUCTED:
      throw new MalformedError(`a primitive value of type ${tag}`);
  }
}

/**
 * Checks a value under an implicit tag (X.690, section 8.14): throws unless its content is one of the primitive type
 * `tag`.
 */
export function checkImplicit({ content }: Element, tag: number): void {
  checkPrimitive(tag, content, 0, content.length);
}

/**
 * Checks the order of a set. X.690, section 11.6: "The encodings of the component values of a set-of value shall
 * appear in ascending order".
 */
export function checkOrder(elements: readonly Element[]): void {
  elements.forEach(({ bytes }, i) => {
    const before = elements[i - 1];
    if (before !== undefined && compareBytes(before.bytes, bytes) > 0)
      throw new MalformedError("a set that is not in the order of DER");
  });
}

/** Compares bytes, below, at or above zero: this is the order of a set in DER. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    // The shorter is padded with zeros (section 11.6).
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function at(bytes: Uint8Array, index: number, end: number): number {
  if (index >= end) throw new MalformedError("the DER value ends too early");
  return bytes[index] as number;
}

export const isElement = (element: Element, tag: number, content: Uint8Array): boolean =>
  element.tag === tag && equalBytes(element.content, content);
