/**
 * The envelope of a time-stamp token: CMS SignedData (RFC 5652, section 5) of one signer, with signed attributes. It is
 * whatever authorities write in the field: BER, other certificates than X.509 and other revocation values than lists beside,
 * sets with nothing in them. None of that is signed, and none of it changes what the token says; what is signed comes out
 * of here as DER.
 */
import { parseBer, toDer } from "../der/ber.js";
import { context, type Element, MalformedError, parseDer, TAG } from "../der/der.js";
import { fieldsOf, objectIdentifier, onlyChild, smallInteger } from "../der/fields.js";
import { type AlgorithmIdentifier, parseAlgorithm } from "../der/algorithms.js";
import { readX509Certificate } from "../x509/known-certificates.js";
import {
  ID_SIGNED_DATA,
  MAX_CERTIFICATES,
  parseAttributes,
  parseSignerIdentifier,
  type SignerIdentifier,
} from "../cms/signed-data.js";
import type { X509Certificate } from "../x509/x509-certificate.js";

/** RFC 3161, section 2.4.2: "eContentType ... id-ct-TSTInfo". */
export const ID_TST_INFO = "1.2.840.113549.1.9.16.1.4";

/** A token with a chain of certificates has some 8 KB. */
const MAX_TOKEN_BYTES = 65_536;

export interface TokenEnvelope {
  /** The content is that of the OCTET STRING that is signed, put together. */
  readonly content: Uint8Array;
  /** These are the certificates that can be read: another is of no use to anybody, and of no harm. */
  readonly certificates: readonly X509Certificate[];
  readonly signerVersion: number;
  readonly signer: SignerIdentifier;
  readonly digestAlgorithm: AlgorithmIdentifier;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  /** These bytes are what the signature covers: the DER of the attributes as a SET OF (RFC 5652, section 5.4). */
  readonly signedBytes: Uint8Array;
  /** These are the same as they came, for authorities that sign them so although they are out of order. */
  readonly sentBytes: Uint8Array;
  readonly signedAttributes: ReadonlyMap<string, Element>;
  readonly signature: Uint8Array;
  /** This is the DER of the parts of SignerInfo that nobody signed. */
  readonly parts: Readonly<Record<"signer" | "digestAlgorithm" | "signatureAlgorithm", Uint8Array>>;
}

/** Reads a token's envelope. Throws `MalformedError`. */
export function parseTokenEnvelope(bytes: Uint8Array): TokenEnvelope {
  const fields = fieldsOf(signedDataOf(bytes), "SignedData");
  if (!VERSIONS.has(smallInteger(fields.take(TAG.integer)) ?? 0))
    throw new MalformedError("SignedData of a version that RFC 5652 does not have");
  const digestAlgorithms = fields.take(TAG.set).children.map(parseAlgorithm);
  const content = parseContent(fields.take(TAG.sequence));
  const certificates = fields.takeIf(context(0));
  const revocations = fields.takeIf(context(1));
  const signers = fields.take(TAG.set);
  fields.end();
  if (certificates !== undefined) checkSet(certificates, CERTIFICATE_CHOICES, "certificates");
  if (revocations !== undefined) checkSet(revocations, REVOCATION_CHOICES, "revocation values");
  const x509 = x509Of(certificates);
  if (x509.length > MAX_CERTIFICATES) throw new MalformedError(`more than ${MAX_CERTIFICATES} certificates`);
  const signer = parseSigner(onlyChild(signers, "SignerInfos"));
  const isNamed = ({ oid }: AlgorithmIdentifier) => oid === signer.digestAlgorithm.oid;
  if (digestAlgorithms.length > 0 && !digestAlgorithms.some(isNamed))
    throw new MalformedError("the signer's digest algorithm is not among those of the SignedData");
  return { content, certificates: x509.flatMap(readable), ...signer };
}

/** RFC 5652, section 5.1; 1 is of those who follow PKCS #7. */
const VERSIONS: ReadonlySet<number> = new Set([1, 3, 4, 5]);
/** RFC 5652, section 10.2.2: X.509 certificates, and what else may stand beside them. */
const CERTIFICATE_CHOICES = [TAG.sequence, context(0), context(1), context(2), context(3)];
/** Section 10.2.1: revocation lists, and for example OCSP responses (RFC 5940). */
const REVOCATION_CHOICES = [TAG.sequence, context(1)];

function signedDataOf(bytes: Uint8Array): Element {
  if (bytes.length > MAX_TOKEN_BYTES)
    throw new MalformedError(`a token of more than ${MAX_TOKEN_BYTES} bytes`);
  const contentInfo = fieldsOf(parseBer(bytes), "ContentInfo");
  if (objectIdentifier(contentInfo.take(TAG.objectIdentifier)) !== ID_SIGNED_DATA)
    throw new MalformedError("not CMS SignedData");
  const explicit = contentInfo.take(context(0));
  contentInfo.end();
  return onlyChild(explicit, "ContentInfo");
}

function checkSet({ children }: Element, tags: readonly number[], what: string): void {
  if (!children.every(({ tag }) => tags.includes(tag))) throw new MalformedError(`${what} of another kind`);
}

/** RFC 5652, section 5.2. */
function parseContent(element: Element): Uint8Array {
  const fields = fieldsOf(element, "EncapsulatedContentInfo");
  if (objectIdentifier(fields.take(TAG.objectIdentifier)) !== ID_TST_INFO)
    throw new MalformedError("the content is of another type");
  const content = onlyChild(fields.take(context(0)), "EncapsulatedContentInfo");
  fields.end();
  if (content.tag !== TAG.octetString) throw new MalformedError("the content is not an OCTET STRING");
  return content.content;
}

const x509Of = (certificates: Element | undefined): readonly Element[] =>
  (certificates?.children ?? []).filter(({ tag }) => tag === TAG.sequence);

function readable({ bytes }: Element): X509Certificate[] {
  try {
    return [readX509Certificate(bytes)];
  } catch (error) {
    if (error instanceof MalformedError) return [];
    throw error;
  }
}

/** RFC 5652, section 5.3. */
function parseSigner(element: Element): Omit<TokenEnvelope, "content" | "certificates"> {
  const fields = fieldsOf(element, "SignerInfo");
  const signerVersion = smallInteger(fields.take(TAG.integer));
  const identifier = parseDer(toDer(fields.take(TAG.sequence, context(0, "primitive"))));
  if (signerVersion !== (identifier.tag === TAG.sequence ? 1 : 3))
    throw new MalformedError("SignerInfo of a version that does not fit its signer");
  const digestAlgorithm = parseDer(toDer(fields.take(TAG.sequence)));
  const attributes = fields.take(context(0));
  const signatureAlgorithm = parseDer(toDer(fields.take(TAG.sequence)));
  const signature = fields.take(TAG.octetString).content;
  const unsigned = fields.takeIf(context(1));
  fields.end();
  for (const attribute of unsigned?.children ?? []) checkUnsigned(attribute);
  // "A separate encoding of the signedAttrs field is performed": the EXPLICIT SET OF tag in place of [0], in DER.
  const signedBytes = toDer(attributes, TAG.set);
  // A copy, also of a Node Buffer, whose `slice` is none.
  const sentBytes = Uint8Array.from(attributes.bytes);
  sentBytes[0] = TAG.set;
  return {
    signerVersion,
    signer: parseSignerIdentifier(identifier),
    digestAlgorithm: parseAlgorithm(digestAlgorithm),
    signatureAlgorithm: parseAlgorithm(signatureAlgorithm),
    signedBytes,
    sentBytes,
    signedAttributes: parseAttributes(parseDer(signedBytes)),
    signature,
    parts: {
      signer: identifier.bytes,
      digestAlgorithm: digestAlgorithm.bytes,
      signatureAlgorithm: signatureAlgorithm.bytes,
    },
  };
}

/** What it holds is nobody's word: only that it is an attribute is looked at. */
function checkUnsigned(element: Element): void {
  const fields = fieldsOf(element, "Attribute");
  fields.take(TAG.objectIdentifier);
  fields.take(TAG.set);
  fields.end();
}

export interface NamedSigners {
  /** These are the certificates of whom the token says that he has signed it: perhaps several of one name. */
  readonly signers: readonly X509Certificate[];
  readonly certificates: readonly X509Certificate[];
}

/** Finds whose a token claims to be that can't be read to its end; nobody's where not even that can be told. */
export function namedSigners(
  bytes: Uint8Array,
  isSigner: (one: X509Certificate, of: { readonly signer: SignerIdentifier }) => boolean,
): NamedSigners {
  try {
    const { children } = signedDataOf(bytes);
    const set = children.find(({ tag }) => tag === context(0));
    const signers = children.at(-1);
    const [, identifier] = signers?.children[0]?.children ?? [];
    if (set === undefined || identifier === undefined) return NOBODY;
    const certificates = x509Of(set).slice(0, MAX_CERTIFICATES).flatMap(readable);
    const signer = parseSignerIdentifier(parseDer(toDer(identifier)));
    return { signers: certificates.filter((one) => isSigner(one, { signer })), certificates };
  } catch (error) {
    if (error instanceof MalformedError) return NOBODY;
    throw error;
  }
}

const NOBODY: NamedSigners = { signers: [], certificates: [] };
