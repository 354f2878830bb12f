/** Names of X.509 certificates (RFC 5280, section 4.1.2.4): their form, and what a reader is shown of one. */
import { hex, textFromUtf8 } from "../../core/bytes.js";
import { ParseError } from "../../core/errors.js";
import { type Element, MalformedError, TAG } from "../der/der.js";
import { fieldsOf, objectIdentifier } from "../der/fields.js";

/** Those in use have some hundreds. */
const MAX_NAME_BYTES = 2_048;

/**
 * Checks a name, and gives it back. Throws `MalformedError` unless `element` is a SEQUENCE of SETs, each of SEQUENCE
 * { type, value }.
 */
export function checkName(element: Element): Element {
  if (element.bytes.length > MAX_NAME_BYTES) throw new MalformedError("a name that is too long");
  for (const set of element.children) {
    if (set.tag !== TAG.set || set.children.length === 0) throw new MalformedError("a name of another form");
    for (const attribute of set.children) {
      const fields = fieldsOf(attribute, "AttributeTypeAndValue");
      fields.take(TAG.objectIdentifier);
      if (attribute.children.length !== 2) throw new MalformedError("AttributeTypeAndValue: not two fields");
    }
  }
  return element;
}

const COMMON_NAME = "2.5.4.3";

/**
 * Gives the last common name of a name that `checkName` has seen; without one its last attribute of any kind, or
 * nothing. A value that is not the text that its type says is shown as its DER, in hexadecimal.
 */
export function commonNameOf(name: Element): string {
  const attributes = name.children.flatMap(({ children }) => children);
  const isCommonName = ({ children: [type] }: Element) =>
    type !== undefined && objectIdentifier(type) === COMMON_NAME;
  const value = (attributes.findLast(isCommonName) ?? attributes.at(-1))?.children[1];
  return value === undefined ? "" : (textOf(value) ?? hex(value.bytes));
}

/** X.680, section 41: the string types in which names are written, and how each is read; undefined where it can't be. */
const STRINGS: Readonly<Record<number, (content: Uint8Array) => string | undefined>> = {
  0x0c: utf8String,
  0x13: latin1, // PrintableString
  0x14: latin1, // TeletexString, in which authorities write Latin-1
  0x16: latin1, // IA5String
  0x1c: (content) => ofCodePoints(content, 4), // UniversalString
  0x1e: (content) => ofCodePoints(content, 2), // BMPString
};

const textOf = ({ tag, content }: Element): string | undefined => STRINGS[tag]?.(content);

function utf8String(content: Uint8Array): string | undefined {
  try {
    return textFromUtf8(content);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

function latin1(content: Uint8Array): string {
  return String.fromCharCode(...content);
}

/** Big-endian, each of `size` bytes; two surrogates are one character, and one alone is none. */
function ofCodePoints(content: Uint8Array, size: 2 | 4): string | undefined {
  if (content.length % size !== 0) return undefined;
  const points: number[] = [];
  for (let i = 0; i < content.length; i += size)
    points.push(content.subarray(i, i + size).reduce((point, octet) => point * 256 + octet, 0));
  if (points.some((point) => point > 0x10ffff)) return undefined;
  const text = String.fromCodePoint(...points);
  return /\p{Surrogate}/u.test(text) ? undefined : text;
}
