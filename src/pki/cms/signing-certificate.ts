/**
 * Which certificate a token was signed under: ESSCertIDv2 (RFC 5035, section 4), or ESSCertID by SHA-1 (RFC 2634, section
 * 5.4), as RFC 3161 demands and RFC 5816 widens. Signed, unlike the certificates beside it: so nobody can put another
 * certificate of the same key in the signer's place, with another name or another validity.
 */
import { sha1 } from "@noble/hashes/legacy.js";
import { equalBytes, hex } from "../../core/bytes.js";
import { type AlgorithmIdentifier, DIGESTS, digestOf, ID_SHA256, parseAlgorithm } from "../der/algorithms.js";
import { type Element, MalformedError, TAG } from "../der/der.js";
import { fieldsOf } from "../der/fields.js";
import { ATTRIBUTE, type SignerIdentifier } from "./signed-data.js";
import type { X509Certificate } from "../x509/x509-certificate.js";

export interface SigningCertificateId {
  /**
   * The algorithm is undefined for SHA-1, which only names a certificate here: that its authority signed it is
   * checked apart.
   */
  readonly algorithm: AlgorithmIdentifier | undefined;
  readonly digest: Uint8Array;
  readonly serialNumber: Uint8Array | undefined;
}

const SHA256: AlgorithmIdentifier = { oid: ID_SHA256, parameters: undefined };

/**
 * Reads the first identifier of each attribute: "The first certificate identified ... MUST be the certificate used to
 * verify".
 */
export function parseSigningCertificates(
  attributes: ReadonlyMap<string, Element>,
): readonly SigningCertificateId[] {
  const { signingCertificate, signingCertificateV2 } = ATTRIBUTE;
  const ids = [signingCertificate, signingCertificateV2].flatMap((type) => {
    const value = attributes.get(type);
    return value === undefined ? [] : [parseFirst(value, type === signingCertificateV2)];
  });
  // RFC 3161, section 2.4.2: the identifier "MUST be included as a signerInfo attribute".
  if (ids.length === 0) throw new MalformedError("the token does not say which certificate signed it");
  return ids;
}

function parseFirst(value: Element, isV2: boolean): SigningCertificateId {
  const signing = fieldsOf(value, "SigningCertificate");
  const ids = signing.take(TAG.sequence).children.map((id) => parseId(id, isV2));
  signing.takeIf(TAG.sequence);
  signing.end();
  const [first] = ids;
  if (first === undefined) throw new MalformedError("SigningCertificate: no certificate");
  return first;
}

function parseId(element: Element, isV2: boolean): SigningCertificateId {
  const fields = fieldsOf(element, "ESSCertID");
  const named = isV2 ? fields.takeIf(TAG.sequence) : undefined;
  const digest = fields.take(TAG.octetString).content;
  const issuerSerial = fields.takeIf(TAG.sequence);
  fields.end();
  const algorithm = named === undefined ? SHA256 : parseAlgorithm(named);
  const serialNumber = issuerSerial?.children[1];
  if (issuerSerial !== undefined && serialNumber?.tag !== TAG.integer)
    throw new MalformedError("ESSCertID: no serial number");
  return { algorithm: isV2 ? algorithm : undefined, digest, serialNumber: serialNumber?.content };
}

/** Tells whether the SignerInfo names this certificate (RFC 5652, section 5.3); anybody could have written that. */
export function isSigner(
  certificate: X509Certificate,
  { signer }: { readonly signer: SignerIdentifier },
): boolean {
  if ("subjectKeyIdentifier" in signer) {
    const { subjectKeyIdentifier } = certificate;
    return (
      subjectKeyIdentifier !== undefined && equalBytes(subjectKeyIdentifier, signer.subjectKeyIdentifier)
    );
  }
  return (
    certificate.issuer === hex(signer.issuer) && equalBytes(certificate.serialNumber, signer.serialNumber)
  );
}

/**
 * Tells whether every identifier names this certificate. Throws `timestamp-unsupported` for a digest that is not
 * known.
 */
export function isSigningCertificate(
  { bytes, serialNumber: serial }: X509Certificate,
  ids: readonly SigningCertificateId[],
): boolean {
  const hashes = ids.map(({ algorithm }) => (algorithm === undefined ? sha1 : DIGESTS[digestOf(algorithm)]));
  return ids.every(
    ({ digest, serialNumber }, i) =>
      equalBytes(hashes[i]?.(bytes) ?? NONE, digest) &&
      (serialNumber === undefined || equalBytes(serialNumber, serial)),
  );
}

const NONE = new Uint8Array(0);
