/**
 * The one spelling of a certificate's signature: a detached CMS SignedData (RFC 5652) as PAdES wants it (ETSI EN 319 142-1,
 * section 6.3). Given the message digest, the chain, the signature value and the token, no byte of it is free: a verifier
 * writes it again and compares. No signing time: PAdES has that in the PDF's signature dictionary.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesFromHex } from "../../core/bytes.js";
import { ID_SHA256 } from "../der/algorithms.js";
import * as der from "../der/der-writer.js";
import type { DocumentAlgorithm } from "../x509/document-key.js";
import { ATTRIBUTE, ID_SIGNED_DATA, PLAIN_DATA } from "../cms/signed-data.js";
import type { X509Certificate } from "../x509/x509-certificate.js";

/** RFC 5754, section 2: "implementations SHOULD generate ... with absent parameters". */
const SHA256 = der.sequence(der.oid(ID_SHA256));
/** Of RSA the key's own identifier (RFC 5754, section 3.2): the oldest readers of PDF files know no other. */
const SIGNATURE_ALGORITHMS: Readonly<Record<DocumentAlgorithm, Uint8Array>> = {
  "RSASSA-PKCS1-v1_5": der.sequence(der.oid("1.2.840.113549.1.1.1"), der.nothing()),
  ECDSA: der.sequence(der.oid("1.2.840.10045.4.3.2")),
};
const SIGNED_DATA = der.oid(ID_SIGNED_DATA);
const DATA = der.oid(PLAIN_DATA.contentType);

export interface DetachedCms {
  /** The message digest is the SHA-256 of the bytes that are signed. */
  readonly messageDigest: Uint8Array;
  /** The signer's certificate comes first, each followed by its issuer's. */
  readonly chain: readonly [X509Certificate, ...X509Certificate[]];
  readonly algorithm: DocumentAlgorithm;
  readonly signature: Uint8Array;
  /** The token is an RFC 3161 TimeStampToken over the signature. */
  readonly token?: Uint8Array | undefined;
}

const attribute = (type: string, value: Uint8Array): Uint8Array =>
  der.sequence(der.oid(type), der.setOf(value));

/**
 * Writes the attribute that names certificates. RFC 5035, section 3: the first names the signer's certificate, those
 * that follow "limit the set of certificates that are used". Each certificate of the CMS is named: so none of them
 * can be another, down to the last bit.
 */
export const signingCertificateV2 = (chain: readonly X509Certificate[]): Uint8Array =>
  der.sequence(der.sequence(...chain.map(essCertIdV2)));

/** The same few X.509 certificates come with every signature. */
const essCertIds = new WeakMap<X509Certificate, Uint8Array>();

function essCertIdV2(certificate: X509Certificate): Uint8Array {
  let id = essCertIds.get(certificate);
  if (id === undefined) essCertIds.set(certificate, (id = encodeEssCertIdV2(certificate)));
  return id;
}

function encodeEssCertIdV2({ bytes, issuer, serialNumber }: X509Certificate): Uint8Array {
  const directoryName = der.context(4, bytesFromHex(issuer));
  const issuerSerial = der.sequence(der.sequence(directoryName), der.tlv(0x02, serialNumber));
  return der.sequence(der.octets(sha256(bytes)), issuerSerial);
}

/** Gives the bytes that the signature is made over: the attributes as a SET OF (RFC 5652, section 5.4). */
export function signedBytes({
  messageDigest,
  chain,
}: Pick<DetachedCms, "messageDigest" | "chain">): Uint8Array {
  return der.setOf(
    attribute(ATTRIBUTE.contentType, DATA),
    attribute(ATTRIBUTE.messageDigest, der.octets(messageDigest)),
    attribute(ATTRIBUTE.signingCertificateV2, signingCertificateV2(chain)),
  );
}

export function encodeDetachedCms(cms: DetachedCms): Uint8Array {
  const { chain, algorithm, signature, token } = cms;
  const [{ issuer, serialNumber }] = chain;
  const attributes = signedBytes(cms).slice();
  attributes[0] = 0xa0; // [0] IMPLICIT
  const signerInfo = der.sequence(
    der.integer(1),
    der.sequence(bytesFromHex(issuer), der.tlv(0x02, serialNumber)),
    SHA256,
    attributes,
    SIGNATURE_ALGORITHMS[algorithm],
    der.octets(signature),
    ...(token === undefined ? [] : [der.context(1, attribute(ATTRIBUTE.signatureTimestamp, token))]),
  );
  const signedData = der.sequence(
    der.integer(PLAIN_DATA.version),
    der.setOf(SHA256),
    der.sequence(DATA),
    der.taggedSetOf(0xa0, ...chain.map(({ bytes }) => bytes)),
    der.setOf(signerInfo),
  );
  return der.sequence(SIGNED_DATA, der.context(0, signedData));
}
