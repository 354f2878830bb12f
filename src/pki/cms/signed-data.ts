/**
 * The envelope of a certificate's signature: CMS SignedData (RFC 5652, section 5) of one signer, detached, with signed
 * attributes and X.509 certificates. Only the attributes and what they digest are signed, so everything around them is
 * held to one spelling here; what is left free (unsigned attributes, revocation lists, further certificates) is for the
 * caller to refuse. Tokens, which others write, have an envelope of their own (token-envelope.ts).
 */
import { checkOrder, context, type Element, MalformedError, parseDer, TAG } from "../der/der.js";
import { fieldsOf, objectIdentifier, onlyChild, smallInteger } from "../der/fields.js";
import { type AlgorithmIdentifier, parseAlgorithm } from "../der/algorithms.js";

export const ID_SIGNED_DATA = "1.2.840.113549.1.7.2";

/** This is the type of what is signed, and the version that follows from it (RFC 5652, section 5.1). */
export const PLAIN_DATA = { version: 1, contentType: "1.2.840.113549.1.7.1" } as const;

export const ATTRIBUTE = {
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingCertificate: "1.2.840.113549.1.9.16.2.12",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
  signatureTimestamp: "1.2.840.113549.1.9.16.2.14",
} as const;

export type SignerIdentifier =
  | { readonly issuer: Uint8Array; readonly serialNumber: Uint8Array }
  | { readonly subjectKeyIdentifier: Uint8Array };

export interface SignedData {
  /** These are the X.509 certificates, each in DER. */
  readonly certificates: readonly Uint8Array[];
  readonly signer: SignerIdentifier;
  /** The value of each attribute stands by its type: of the signed the only one, of the unsigned the first. */
  readonly signedAttributes: ReadonlyMap<string, Element>;
  readonly unsignedAttributes: ReadonlyMap<string, Element>;
  readonly signature: Uint8Array;
}

/** More certificates than this are no help to a verifier, only work: a path of them is short. */
export const MAX_CERTIFICATES = 16;

/** Reads SignedData. Throws `MalformedError` for bytes that are not SignedData over plain data in DER. */
export function parseSignedData(bytes: Uint8Array): SignedData {
  const { version, contentType } = PLAIN_DATA;
  const contentInfo = fieldsOf(parseDer(bytes), "ContentInfo");
  if (objectIdentifier(contentInfo.take(TAG.objectIdentifier)) !== ID_SIGNED_DATA)
    throw new MalformedError("not CMS SignedData");
  const explicit = contentInfo.take(context(0));
  contentInfo.end();

  const fields = fieldsOf(onlyChild(explicit, "ContentInfo"), "SignedData");
  if (smallInteger(fields.take(TAG.integer)) !== version)
    throw new MalformedError(`SignedData of another version than ${version}`);
  const digestAlgorithms = fields.take(TAG.set).children.map(parseAlgorithm);
  checkContent(fields.take(TAG.sequence), contentType);
  const certificates = fields.takeIf(context(0));
  const revocationLists = fields.takeIf(context(1));
  const signers = fields.take(TAG.set);
  fields.end();

  // Their order is free: OpenSSL, for one, writes them unsorted, and nothing hangs on it.
  for (const set of [certificates, revocationLists]) {
    if (set === undefined) continue;
    if (set.children.length === 0 || set.children.some(({ tag }) => tag !== TAG.sequence))
      throw new MalformedError("certificates or revocation lists of another kind than X.509");
  }
  if ((certificates?.children.length ?? 0) > MAX_CERTIFICATES)
    throw new MalformedError(`more than ${MAX_CERTIFICATES} certificates`);
  const { digestAlgorithm, ...signer } = parseSigner(onlyChild(signers, "SignerInfos"));
  if (!digestAlgorithms.some(({ oid }) => oid === digestAlgorithm.oid))
    throw new MalformedError("the signer's digest algorithm is not among those of the SignedData");
  return { certificates: (certificates?.children ?? []).map(({ bytes }) => bytes), ...signer };
}

/** RFC 5652, section 5.2: what is signed is named, and lies elsewhere. */
function checkContent(element: Element, contentType: string): void {
  const fields = fieldsOf(element, "EncapsulatedContentInfo");
  if (objectIdentifier(fields.take(TAG.objectIdentifier)) !== contentType)
    throw new MalformedError("the content is of another type");
  fields.takeIf(context(0));
  fields.end();
}

/** RFC 5652, section 5.3. */
function parseSigner(
  element: Element,
): Omit<SignedData, "certificates"> & { readonly digestAlgorithm: AlgorithmIdentifier } {
  const fields = fieldsOf(element, "SignerInfo");
  const version = smallInteger(fields.take(TAG.integer));
  const identifier = fields.take(TAG.sequence, context(0, "primitive"));
  if (version !== (identifier.tag === TAG.sequence ? 1 : 3))
    throw new MalformedError("SignerInfo of a version that does not fit its signer");
  const digestAlgorithm = parseAlgorithm(fields.take(TAG.sequence));
  const attributes = fields.take(context(0));
  parseAlgorithm(fields.take(TAG.sequence));
  const signature = fields.take(TAG.octetString).content;
  const unsigned = fields.takeIf(context(1));
  fields.end();
  checkOrder(attributes.children);
  return {
    signer: parseSignerIdentifier(identifier),
    digestAlgorithm,
    signedAttributes: parseAttributes(attributes),
    unsignedAttributes: unsigned === undefined ? new Map() : parseAttributes(unsigned),
    signature,
  };
}

export function parseSignerIdentifier(element: Element): SignerIdentifier {
  if (element.tag !== TAG.sequence) return { subjectKeyIdentifier: element.content };
  const fields = fieldsOf(element, "IssuerAndSerialNumber");
  const issuer = fields.take(TAG.sequence).bytes;
  const serialNumber = fields.take(TAG.integer).content;
  fields.end();
  return { issuer, serialNumber };
}

/**
 * Reads attributes: each type stands once, and those that are read here have one value (RFC 5652, sections 11.1 and
 * 11.2; RFC 5035, section 3).
 */
export function parseAttributes(set: Element): ReadonlyMap<string, Element> {
  const attributes = new Map<string, Element>();
  for (const element of set.children) {
    const fields = fieldsOf(element, "Attribute");
    const type = objectIdentifier(fields.take(TAG.objectIdentifier));
    const [value, ...more] = fields.take(TAG.set).children;
    fields.end();
    if (value === undefined || attributes.has(type) || (more.length > 0 && SINGLE_VALUED.has(type)))
      throw new MalformedError("an attribute twice, or not with one value");
    attributes.set(type, value);
  }
  if (attributes.size === 0) throw new MalformedError("a set of no attributes");
  return attributes;
}

const SINGLE_VALUED: ReadonlySet<string> = new Set(Object.values(ATTRIBUTE));
