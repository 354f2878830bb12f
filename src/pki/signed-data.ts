/**
 * The envelope of a token: CMS SignedData (RFC 5652, section 5) as RFC 3161, section 2.4.2 narrows it: one signer, signed
 * attributes, a TSTInfo inside. Only the attributes and the content they digest are signed, so everything around them is
 * held to one spelling here, and what is left free (unsigned attributes, revocation lists, further certificates) is
 * read by nobody.
 */
import { checkOrder, context, type Element, MalformedError, parseDer, TAG } from "./der.js";
import { fieldsOf, objectIdentifier, smallInteger } from "./fields.js";
import { type AlgorithmIdentifier, parseAlgorithm } from "./algorithms.js";

export const ID_SIGNED_DATA = "1.2.840.113549.1.7.2";
export const ID_CT_TST_INFO = "1.2.840.113549.1.9.16.1.4";
export const ATTRIBUTE = {
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingCertificate: "1.2.840.113549.1.9.16.2.12",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
} as const;

export type SignerIdentifier =
  | { readonly issuer: Uint8Array; readonly serialNumber: Uint8Array }
  | { readonly subjectKeyIdentifier: Uint8Array };

export interface SignedData {
  /** The content, a TSTInfo. */
  readonly content: Uint8Array;
  /** DER of each X.509 certificate. */
  readonly certificates: readonly Uint8Array[];
  readonly signer: SignerIdentifier;
  readonly digestAlgorithm: AlgorithmIdentifier;
  /** What the signature covers: the attributes as a SET OF (RFC 5652, section 5.4). */
  readonly signedBytes: Uint8Array;
  /** The one value of each signed attribute, by its type. */
  readonly signedAttributes: ReadonlyMap<string, Element>;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
}

/** A path of X.509 certificates is short: more than this are no help to a verifier, only work. */
const MAX_CERTIFICATES = 16;

/** Throws `MalformedError` for bytes that are not a TimeStampToken in DER. */
export function parseSignedData(token: Uint8Array): SignedData {
  const contentInfo = fieldsOf(parseDer(token), "ContentInfo");
  if (objectIdentifier(contentInfo.take(TAG.objectIdentifier)) !== ID_SIGNED_DATA)
    throw new MalformedError("not CMS SignedData");
  const explicit = contentInfo.take(context(0));
  contentInfo.end();

  const fields = fieldsOf(onlyChild(explicit, "ContentInfo"), "SignedData");
  // RFC 5652, section 5.1: 3 where the content is not plain data and every certificate is X.509.
  if (smallInteger(fields.take(TAG.integer)) !== 3)
    throw new MalformedError("SignedData of another version than 3");
  const digestAlgorithms = fields.take(TAG.set).children.map(parseAlgorithm);
  const content = parseContent(fields.take(TAG.sequence));
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
  const signer = parseSigner(onlyChild(signers, "SignerInfos"));
  if (!digestAlgorithms.some(({ oid }) => oid === signer.digestAlgorithm.oid))
    throw new MalformedError("the signer's digest algorithm is not among those of the SignedData");
  return { content, certificates: (certificates?.children ?? []).map(({ bytes }) => bytes), ...signer };
}

/** RFC 5652, section 5.2; RFC 3161, section 2.4.2: "eContentType ... id-ct-TSTInfo". */
function parseContent(element: Element): Uint8Array {
  const fields = fieldsOf(element, "EncapsulatedContentInfo");
  if (objectIdentifier(fields.take(TAG.objectIdentifier)) !== ID_CT_TST_INFO)
    throw new MalformedError("the content is not a TSTInfo");
  const content = onlyChild(fields.take(context(0)), "EncapsulatedContentInfo");
  fields.end();
  if (content.tag !== TAG.octetString) throw new MalformedError("the content is not an OCTET STRING");
  return content.content;
}

/** RFC 5652, section 5.3. */
function parseSigner(element: Element): Omit<SignedData, "content" | "certificates"> {
  const fields = fieldsOf(element, "SignerInfo");
  const version = smallInteger(fields.take(TAG.integer));
  const identifier = fields.take(TAG.sequence, context(0, "primitive"));
  if (version !== (identifier.tag === TAG.sequence ? 1 : 3))
    throw new MalformedError("SignerInfo of a version that does not fit its signer");
  const digestAlgorithm = parseAlgorithm(fields.take(TAG.sequence));
  const attributes = fields.take(context(0));
  const signatureAlgorithm = parseAlgorithm(fields.take(TAG.sequence));
  const signature = fields.take(TAG.octetString).content;
  const unsigned = fields.takeIf(context(1));
  fields.end();
  checkOrder(attributes.children);
  const signedAttributes = parseAttributes(attributes);
  if (unsigned !== undefined) parseAttributes(unsigned);
  // "A separate encoding of the signedAttrs field is performed": the EXPLICIT SET OF tag in place of [0].
  const signedBytes = attributes.bytes.slice();
  signedBytes[0] = TAG.set;
  return {
    signer: parseSignerIdentifier(identifier),
    digestAlgorithm,
    signedBytes,
    signedAttributes,
    signatureAlgorithm,
    signature,
  };
}

function parseSignerIdentifier(element: Element): SignerIdentifier {
  if (element.tag !== TAG.sequence) return { subjectKeyIdentifier: element.content };
  const fields = fieldsOf(element, "IssuerAndSerialNumber");
  const issuer = fields.take(TAG.sequence).bytes;
  const serialNumber = fields.take(TAG.integer).content;
  fields.end();
  return { issuer, serialNumber };
}

/** Each type once; those that are read here with one value (RFC 5652, sections 11.1 and 11.2; RFC 5035, section 3). */
function parseAttributes(set: Element): ReadonlyMap<string, Element> {
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

export function onlyChild({ children }: Element, what: string): Element {
  const [child] = children;
  if (child === undefined || children.length > 1) throw new MalformedError(`${what}: one value is wanted`);
  return child;
}
