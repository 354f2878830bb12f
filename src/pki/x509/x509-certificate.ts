/**
 * X.509 certificates (RFC 5280, section 4.1) as paths need them. The frame is read strictly, field by field, since no
 * signature covers all of it, and so are lists; single strings, times and flags, which the issuer signed, by
 * @peculiar/asn1-x509: it takes some 10 µs for each value that it reads, and who sends them is a stranger.
 */
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AttributeValue,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectKeyIdentifier,
  KeyUsage,
  type Time,
  Validity,
} from "@peculiar/asn1-x509";
import { equalBytes, hex } from "../../core/bytes.js";
import { type AlgorithmIdentifier, parseAlgorithm } from "../der/algorithms.js";
import { context, type Element, isElement, MalformedError, parseDer, TAG } from "../der/der.js";
import { fieldsOf, objectIdentifier, onlyChild, smallInteger } from "../der/fields.js";

export interface X509Certificate {
  readonly bytes: Uint8Array;
  /** What its issuer signed. */
  readonly signedBytes: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  /** Names as hexadecimal DER: two are the same where their bytes are. */
  readonly issuer: string;
  readonly subject: string;
  readonly serialNumber: Uint8Array;
  /** The subject's common name; without one its last name of any kind, or nothing. */
  readonly commonName: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** Undefined where the extension is absent. */
  readonly isAuthority: boolean | undefined;
  readonly pathLength: number | undefined;
  /** Bits of KeyUsageFlags. */
  readonly keyUsage: number | undefined;
  readonly extendedKeyUsage:
    { readonly isCritical: boolean; readonly purposes: readonly string[] } | undefined;
  readonly subjectKeyIdentifier: Uint8Array | undefined;
  /** RFC 9608: its issuer says that it will never be revoked. */
  readonly noRevocation: boolean;
  readonly criticalExtensions: readonly string[];
}

/** Throws `MalformedError`. */
export function parseX509Certificate(bytes: Uint8Array): X509Certificate {
  const certificate = fieldsOf(parseDer(bytes), "Certificate");
  const tbs = certificate.take(TAG.sequence);
  const outerAlgorithm = certificate.take(TAG.sequence);
  const [unusedBits, ...signature] = certificate.take(TAG.bitString).content;
  certificate.end();
  if (unusedBits !== 0) throw new MalformedError("a signature that is not whole bytes");

  const fields = fieldsOf(tbs, "TBSCertificate");
  const version = fields.takeIf(context(0));
  const serialNumber = fields.take(TAG.integer).content;
  const algorithm = fields.take(TAG.sequence);
  // RFC 5280, section 4.1.1.2: "This field MUST contain the same algorithm identifier as the signature field".
  if (!equalBytes(algorithm.bytes, outerAlgorithm.bytes))
    throw new MalformedError("a certificate that names two signature algorithms");
  const issuer = nameOf(fields.take(TAG.sequence));
  const validity = validityOf(fields.take(TAG.sequence));
  const subject = nameOf(fields.take(TAG.sequence));
  const publicKey = fields.take(TAG.sequence);
  const key = fieldsOf(publicKey, "SubjectPublicKeyInfo");
  parseAlgorithm(key.take(TAG.sequence));
  key.take(TAG.bitString);
  key.end();
  fields.takeIf(context(1, "primitive"));
  fields.takeIf(context(2, "primitive"));
  const extensions = fields.takeIf(context(3));
  fields.end();
  if (extensions !== undefined && smallInteger(version?.children[0] ?? tbs) !== 2)
    throw new MalformedError("extensions in a certificate that is not of version 3");

  return {
    bytes,
    signedBytes: tbs.bytes,
    signatureAlgorithm: parseAlgorithm(outerAlgorithm),
    signature: Uint8Array.from(signature),
    issuer: hex(issuer.bytes),
    subject: hex(subject.bytes),
    serialNumber,
    commonName: commonName(subject),
    notBeforeMs: milliseconds(validity.notBefore),
    notAfterMs: milliseconds(validity.notAfter),
    publicKey: publicKey.bytes,
    ...readExtensions(extensions),
  };
}

/** Of a name, and of an extension that is read. Those in use have some hundreds. */
const MAX_PART_BYTES = 2_048;

/** RFC 5280, section 4.1.2.4: a SEQUENCE of SETs, each of SEQUENCE { type, value }. */
function nameOf(element: Element): Element {
  if (element.bytes.length > MAX_PART_BYTES) throw new MalformedError("a name that is too long");
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

function validityOf(element: Element): Validity {
  const fields = fieldsOf(element, "Validity");
  for (let i = 0; i < 2; i++) fields.take(TAG.utcTime, TAG.generalizedTime);
  fields.end();
  return library(element.bytes, Validity);
}

function milliseconds(time: Time): number {
  const value = time.getTime().getTime();
  if (!Number.isInteger(value)) throw new MalformedError("a time that does not exist");
  return value;
}

interface Extension {
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

function readExtensions(wrapper: Element | undefined) {
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
  const read = (oid: string): Element | undefined => {
    const value = extensions.get(oid)?.value;
    if (value !== undefined && value.length > MAX_PART_BYTES)
      throw new MalformedError(`extension ${oid} is too long`);
    return value && parseDer(value);
  };
  const constraints = basicConstraints(read(id_ce_basicConstraints));
  const purposes = purposesOf(read(id_ce_extKeyUsage));
  const noRevocation = extensions.get(NO_REVOCATION_AVAILABLE);
  if (noRevocation !== undefined && !isElement(parseDer(noRevocation.value), TAG.null, new Uint8Array(0)))
    throw new MalformedError("noRevAvail with a value");
  const usage = ofType(TAG.bitString, read(id_ce_keyUsage), "KeyUsage");
  const keyIdentifier = ofType(TAG.octetString, read(id_ce_subjectKeyIdentifier), "SubjectKeyIdentifier");
  return {
    isAuthority: constraints?.isAuthority,
    pathLength: constraints?.pathLength,
    keyUsage: usage && library(usage.bytes, KeyUsage).toNumber(),
    extendedKeyUsage: purposes && {
      isCritical: extensions.get(id_ce_extKeyUsage)?.isCritical ?? false,
      purposes,
    },
    subjectKeyIdentifier: keyIdentifier && Uint8Array.from(keyIdentifier.content),
    noRevocation: noRevocation !== undefined,
    criticalExtensions: [...extensions].flatMap(([oid, { isCritical }]) => (isCritical ? [oid] : [])),
  };
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

export const NO_REVOCATION_AVAILABLE = "2.5.29.56";
const COMMON_NAME = "2.5.4.3";
/** UTF8String, PrintableString, TeletexString, IA5String, UniversalString and BMPString. */
const STRINGS: ReadonlySet<number> = new Set([0x0c, 0x13, 0x14, 0x16, 0x1c, 0x1e]);

/** Of a name that `nameOf` has read. A value that is no string is shown as its DER. */
function commonName(subject: Element): string {
  const attributes = subject.children.flatMap(({ children }) => children);
  const isCommonName = ({ children: [type] }: Element) =>
    type !== undefined && objectIdentifier(type) === COMMON_NAME;
  const value = (attributes.findLast(isCommonName) ?? attributes.at(-1))?.children[1];
  return value === undefined ? "" : (textOf(value) ?? hex(value.bytes));
}

function textOf({ tag, bytes }: Element): string | undefined {
  if (!STRINGS.has(tag)) return undefined;
  try {
    return library(bytes, AttributeValue).toString();
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

/** The library's reading, in bytes that are DER already; it skips what it does not know, so never of a whole frame. */
function library<T>(bytes: Uint8Array, type: new () => T): T {
  try {
    return AsnConvert.parse(bytes, type);
  } catch (error) {
    throw new MalformedError(`not ${type.name}: ${(error as Error).message}`);
  }
}
