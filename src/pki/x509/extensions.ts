/**
 * Extensions of X.509 certificates as paths and purposes need them. RFC 5280, section 4.2; RFC 9608. Values of all others are
 * not looked at: whether they are critical is all that is known of them.
 */
import { type Element, isElement, MalformedError, parseDer, TAG } from "../der/der.js";
import { fieldsOf, objectIdentifier, onlyChild } from "../der/fields.js";

export interface ReadExtensions {
  /** This is undefined where there is no basicConstraints, as are the next two where theirs are absent. */
  readonly isAuthority: boolean | undefined;
  readonly pathLength: number | undefined;
  /** The key usage is made of the bits in `KEY_USAGE`. */
  readonly keyUsage: number | undefined;
  readonly extendedKeyUsage:
    { readonly isCritical: boolean; readonly purposes: readonly string[] } | undefined;
  readonly subjectKeyIdentifier: Uint8Array | undefined;
  /** By this its issuer says that it will never be revoked (RFC 9608). */
  readonly noRevocation: boolean;
  /** These are the object identifiers of the critical ones, those that are read included. */
  readonly criticalExtensions: readonly string[];
}

/**
 * These are the bits of a key usage. RFC 5280, section 4.2.1.3: bit 0 of the BIT STRING, which is the first, is 1
 * here, bit 1 is 2, and so on to bit 8. All that stand behind those that have a name are the one bit `unnamed`.
 */
export const KEY_USAGE = {
  digitalSignature: 1 << 0,
  contentCommitment: 1 << 1,
  keyCertSign: 1 << 5,
  unnamed: 1 << 9,
} as const;

const BASIC_CONSTRAINTS = "2.5.29.19";
const KEY_USAGE_EXTENSION = "2.5.29.15";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
export const NO_REVOCATION_AVAILABLE = "2.5.29.56";

/** An extension that is read has at most so many bytes. Those in use have some tens. */
const MAX_VALUE_BYTES = 2_048;

/** Reads a certificate's extensions; `wrapper` is its `[3]`, undefined where it has none. Throws `MalformedError`. */
export function readExtensions(wrapper: Element | undefined): ReadExtensions {
  const extensions = listExtensions(wrapper);
  const read = (oid: string): Element | undefined => {
    const value = extensions.get(oid)?.value;
    if (value !== undefined && value.length > MAX_VALUE_BYTES)
      throw new MalformedError(`extension ${oid} is too long`);
    return value && parseDer(value);
  };
  const constraints = basicConstraints(read(BASIC_CONSTRAINTS));
  const purposes = purposesOf(read(EXTENDED_KEY_USAGE));
  const noRevocation = extensions.get(NO_REVOCATION_AVAILABLE);
  if (noRevocation !== undefined && !isElement(parseDer(noRevocation.value), TAG.null, new Uint8Array(0)))
    throw new MalformedError("noRevAvail with a value");
  const usage = ofType(TAG.bitString, read(KEY_USAGE_EXTENSION), "KeyUsage");
  const keyIdentifier = ofType(TAG.octetString, read(SUBJECT_KEY_IDENTIFIER), "SubjectKeyIdentifier");
  return {
    isAuthority: constraints?.isAuthority,
    pathLength: constraints?.pathLength,
    keyUsage: usage && keyUsageOf(usage),
    extendedKeyUsage: purposes && {
      isCritical: extensions.get(EXTENDED_KEY_USAGE)?.isCritical ?? false,
      purposes,
    },
    subjectKeyIdentifier: keyIdentifier && Uint8Array.from(keyIdentifier.content),
    noRevocation: noRevocation !== undefined,
    criticalExtensions: [...extensions].flatMap(([oid, { isCritical }]) => (isCritical ? [oid] : [])),
  };
}

interface Extension {
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

/** Section 4.1: SEQUENCE SIZE (1..MAX) OF SEQUENCE { extnID, critical DEFAULT FALSE, extnValue }, by their identifiers. */
function listExtensions(wrapper: Element | undefined): ReadonlyMap<string, Extension> {
  const extensions = new Map<string, Extension>();
  const list = wrapper && onlyChild(wrapper, "Extensions");
  if (list !== undefined && (list.tag !== TAG.sequence || list.children.length === 0))
    throw new MalformedError("extensions without any");
  for (const element of list?.children ?? []) {
    const fields = fieldsOf(element, "Extension");
    const oid = objectIdentifier(fields.take(TAG.objectIdentifier));
    const isCritical = fields.takeIf(TAG.boolean)?.content[0] === 0xff;
    const value = fields.take(TAG.octetString).content;
    fields.end();
    // RFC 5280, section 4.2: "A certificate MUST NOT include more than one instance of a particular extension."
    if (extensions.has(oid)) throw new MalformedError(`extension ${oid} twice`);
    extensions.set(oid, { isCritical, value });
  }
  return extensions;
}

/**
 * Section 4.2.1.9: SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL }. Some write the default
 * out, and some a length where cA is FALSE, which says nothing.
 */
function basicConstraints(element: Element | undefined): BasicConstraints | undefined {
  if (element === undefined) return undefined;
  const fields = fieldsOf(element, "BasicConstraints");
  const isAuthority = fields.takeIf(TAG.boolean)?.content[0] === 0xff;
  const length = fields.takeIf(TAG.integer)?.content;
  fields.end();
  if (length === undefined) return { isAuthority };
  if ((length[0] ?? 0) >= 0x80) throw new MalformedError("BasicConstraints: a negative length");
  return { isAuthority, pathLength: length.reduce((value, octet) => value * 256 + octet, 0) };
}

interface BasicConstraints {
  readonly isAuthority: boolean;
  readonly pathLength?: number;
}

/** Section 4.2.1.3: a BIT STRING, behind whose last bit some write zeros. */
function keyUsageOf({ content }: Element): number {
  let usage = 0;
  for (const [i, octet] of content.subarray(1).entries())
    for (let bit = 0; bit < 8; bit++)
      if ((octet & (0x80 >> bit)) !== 0) usage |= Math.min(2 ** (8 * i + bit), KEY_USAGE.unnamed);
  return usage;
}

/** Section 4.2.1.12: SEQUENCE SIZE (1..MAX) OF OBJECT IDENTIFIER. */
function purposesOf(element: Element | undefined): readonly string[] | undefined {
  const purposes = ofType(TAG.sequence, element, "ExtendedKeyUsage")?.children;
  if (purposes?.length === 0) throw new MalformedError("ExtendedKeyUsage without any");
  return purposes?.map((purpose) => {
    if (purpose.tag !== TAG.objectIdentifier)
      throw new MalformedError("ExtendedKeyUsage: another type than the format's");
    return objectIdentifier(purpose);
  });
}

function ofType(tag: number, element: Element | undefined, what: string): Element | undefined {
  if (element !== undefined && element.tag !== tag)
    throw new MalformedError(`${what}: another type than the format's`);
  return element;
}
