/**
 * BER (ITU-T X.690, section 8), for what stands around a signature and is not covered by it: authorities write lengths of
 * the indefinite form, octet strings in pieces and sets in any order there. Only the structure is read; what a value says
 * is for whoever asks for it. What was signed is DER, and der.ts reads that.
 */
import { type Element, MalformedError, MAX_ELEMENTS, TAG } from "./der.js";
import * as der from "./der-writer.js";

const CONSTRUCTED = 0x20;
const CONSTRUCTED_OCTETS = TAG.octetString | CONSTRUCTED;
const MAX_DEPTH = 32;

/** Reads one value, with nothing after it. An octet string in pieces comes out whole. */
export function parseBer(bytes: Uint8Array): Element {
  const element = readBer(bytes, { start: 0, limit: bytes.length, depth: 0 });
  if (element.end !== bytes.length) throw new MalformedError("bytes follow the BER value");
  return element;
}

interface Within {
  readonly start: number;
  readonly limit: number;
  readonly depth: number;
}

/**
 * A value, of which a stranger may send tens of thousands: only where it lies is kept. Its bytes are cut out and its
 * children read when asked for, so that what nobody looks at (revocation lists) costs nothing.
 */
class BerElement implements Element {
  readonly tag: number;
  readonly end: number;
  readonly #source: Uint8Array;
  readonly #start: number;
  readonly #depth: number;
  readonly #place: Place;
  readonly #whole: Uint8Array | undefined;
  #children: readonly BerElement[] | undefined;

  /** `whole` is the content of an octet string that came in pieces. */
  constructor(source: Uint8Array, { start, depth }: Within, place: Place, whole?: Uint8Array) {
    this.tag = whole === undefined ? place.tag : TAG.octetString;
    this.end = place.end;
    this.#source = source;
    this.#start = start;
    this.#depth = depth;
    this.#place = place;
    this.#whole = whole;
  }
  get bytes(): Uint8Array {
    return this.#source.subarray(this.#start, this.end);
  }
  get content(): Uint8Array {
    return this.#whole ?? this.#source.subarray(this.#place.contentStart, this.#place.contentEnd);
  }
  get children(): readonly BerElement[] {
    if ((this.tag & CONSTRUCTED) === 0) return NO_CHILDREN;
    return (this.#children ??= childrenOf(this.#source, this.#place, this.#depth));
  }
}

const NO_CHILDREN: readonly BerElement[] = [];

function readBer(bytes: Uint8Array, within: Within): BerElement {
  const place = placeOf(bytes, within.start, within.limit, within.depth);
  if (place.tag !== CONSTRUCTED_OCTETS) return new BerElement(bytes, within, place);
  return new BerElement(bytes, within, place, joined(childrenOf(bytes, place, within.depth)));
}

function childrenOf(
  bytes: Uint8Array,
  { contentStart, contentEnd: limit }: Place,
  depth: number,
): BerElement[] {
  const children: BerElement[] = [];
  for (let start = contentStart; start < limit;) {
    const child = readBer(bytes, { start, limit, depth: depth + 1 });
    children.push(child);
    start = child.end;
  }
  return children;
}

/** Joins pieces one after the other and not as arguments of one call, of which there may not be so many. */
function joined(pieces: readonly BerElement[]): Uint8Array {
  if (pieces.some(({ tag }) => tag !== TAG.octetString))
    throw new MalformedError("an octet string of other pieces");
  const contents = pieces.map(({ content }) => content);
  const whole = new Uint8Array(contents.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const content of contents) {
    whole.set(content, offset);
    offset += content.length;
  }
  return whole;
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

/**
 * Writes the value's DER: definite lengths, whole octet strings, sets in order, and `tag` in place of its own. Throws
 * where `parseDer` would not read it, for its many values, before any of them is written.
 */
export function toDer(element: Element, tag: number = element.tag): Uint8Array {
  checkCount(element);
  return writeDer(element, tag);
}

function checkCount(element: Element): void {
  const found = [element];
  for (const { children } of found) {
    if (found.length + children.length > MAX_ELEMENTS)
      throw new MalformedError(`more than ${MAX_ELEMENTS} DER values in one`);
    found.push(...children);
  }
}

function writeDer({ content, children }: Element, tag: number): Uint8Array {
  if ((tag & CONSTRUCTED) === 0) {
    const isTrue = tag === TAG.boolean && content.length === 1 && content[0] !== 0;
    return isTrue ? der.boolean(true) : der.tlv(tag, content);
  }
  const parts = children.map((child) => writeDer(child, child.tag));
  return tag === TAG.set ? der.setOf(...parts) : der.tlv(tag, ...parts);
}
