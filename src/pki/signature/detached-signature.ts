/** A certificate's signature made, read back to its parts, and time-stamped. docs/evidence-format.md, section 9.2. */
import { sha256 } from "@noble/hashes/sha2.js";
import { equalBytes, hex } from "../../core/bytes.js";
import { ID_SHA256 } from "../der/algorithms.js";
import { compareBytes, MalformedError, TAG } from "../der/der.js";
import { type DetachedCms, encodeDetachedCms, signedBytes, signingCertificateV2 } from "./detached-cms.js";
import { DetachedSignatureError, named, ofToken } from "./detached-signature-error.js";
import { type DocumentKey, parseDocumentKey } from "../x509/document-key.js";
import { withLowS } from "../der/ecdsa-value.js";
import { readX509Certificate } from "../x509/known-certificates.js";
import { ATTRIBUTE, parseSignedData, type SignedData } from "../cms/signed-data.js";
import { isSigner } from "../cms/signing-certificate.js";
import { TimestampError } from "../der/timestamp-error.js";
import { parseTimestampToken, type TimestampToken } from "../timestamps/timestamp-token.js";
import type { X509Certificate } from "../x509/x509-certificate.js";

export interface SignatureRequest {
  /** The message digest is the SHA-256 of the bytes that are signed. */
  readonly messageDigest: Uint8Array;
  /** The certificates are in DER, the signer's first, each followed by its issuer's. The root may be left out. */
  readonly certificates: readonly Uint8Array[];
  /** Signs with SHA-256, by the key of the first certificate; of ECDSA it gives the DER of r and s. */
  sign(bytes: Uint8Array): Uint8Array;
}

const DIGEST_BYTES = 32;

/**
 * Makes the CMS of a signature, in DER; by RSA it is the same one every time. Throws `DetachedSignatureError` for
 * certificates that are no chain.
 */
export function encodeDetachedSignature({ messageDigest, certificates, sign }: SignatureRequest): Uint8Array {
  return named(() => {
    const chain = chainOf(certificates.map(readX509Certificate));
    const key = parseDocumentKey(chain[0].publicKey);
    if (messageDigest.length !== DIGEST_BYTES)
      throw new MalformedError("a message digest that is no SHA-256");
    const signature = onlySpelling(sign(signedBytes({ messageDigest, chain })), key);
    return encodeDetachedCms({ messageDigest, chain, algorithm: key.algorithm, signature });
  });
}

/** Gives the bytes that a time-stamp token is asked over. */
export const signatureValueOf = (cms: Uint8Array): Uint8Array => parseDetachedCms(cms).signature;

/** Makes the same signature with a token. Throws where it has one already, and for a token of other bytes. */
export function withSignatureTimestamp(cms: Uint8Array, token: Uint8Array): Uint8Array {
  const parsed = parseDetachedCms(cms);
  if (parsed.token !== undefined)
    throw new DetachedSignatureError("certificate-timestamp-invalid", "the signature has a token already");
  checkTokenImprint(parseSignatureToken(token), parsed.signature);
  return encodeDetachedCms({ ...parsed, token });
}

/**
 * Reads a signature's token. Throws `certificate-timestamp-invalid` for bytes that are no token, -unknown for one
 * without its certificate.
 */
export function parseSignatureToken(bytes: Uint8Array): TimestampToken {
  try {
    return parseTimestampToken(bytes);
  } catch (error) {
    if (error instanceof MalformedError)
      throw new DetachedSignatureError("certificate-timestamp-invalid", error.message);
    throw error instanceof TimestampError ? ofToken(error) : error;
  }
}

/**
 * Checks that the token is over this signature. RFC 5126, section 6.1.1: the imprint is "a hash of the value of the
 * signature field within SignerInfo".
 */
export function checkTokenImprint({ info: { imprint } }: TimestampToken, signature: Uint8Array): void {
  const want = sha256(signature);
  if (imprint.algorithm.oid === ID_SHA256 && equalBytes(imprint.digest, want)) return;
  throw new DetachedSignatureError("certificate-timestamp-invalid", "the token is not of this signature", {
    field: "imprint (sha-256)",
    got: hex(imprint.digest),
    want: hex(want),
  });
}

/** These parts can be judged without the signer's key. */
export type Keyless = Pick<DetachedCms, "messageDigest" | "token">;

/**
 * Reads what `encodeDetachedSignature` writes, and nothing that differs in a bit: the key fixes the names of the algorithms
 * too. Throws `DetachedSignatureError`, and what `judge` throws before it says that a key is of an unknown kind.
 */
export function parseDetachedCms(
  bytes: Uint8Array,
  judge: (read: Keyless) => void = () => undefined,
): DetachedCms {
  return named(() => {
    if (bytes.length > MAX_CMS_BYTES) throw new MalformedError(`more than ${MAX_CMS_BYTES} bytes`);
    const signedData = parseSignedData(bytes);
    const chain = signersChain(signedData);
    const messageDigest = messageDigestOf(signedData);
    const token = signedData.unsignedAttributes.get(ATTRIBUTE.signatureTimestamp)?.bytes;
    judge({ messageDigest, token });
    const key = parseDocumentKey(chain[0].publicKey);
    const signature = onlySpelling(signedData.signature, key);
    const cms = { messageDigest, chain, algorithm: key.algorithm, signature, token };
    const written = encodeDetachedCms(cms);
    if (!equalBytes(written, bytes)) {
      const offset = written.findIndex((byte, i) => byte !== bytes[i]);
      throw new MalformedError(`another spelling than the format's, from byte ${offset} on`);
    }
    return cms;
  });
}

const MAX_CMS_BYTES = 65_536;

/** RFC 5652, section 5.3 (sid), and what the signed attributes say of the certificates. */
function signersChain(signedData: SignedData): DetachedCms["chain"] {
  const mismatch = (message: string) => new DetachedSignatureError("certificate-signer-mismatch", message);
  const certificates = signedData.certificates.map(readX509Certificate);
  const signer = certificates.find((one) => isSigner(one, signedData));
  if (signer === undefined) throw mismatch("the signature lacks its signer's X.509 certificate");
  const chain = chainOf([signer, ...certificates.filter((one) => one !== signer)]);
  const claimed = signedData.signedAttributes.get(ATTRIBUTE.signingCertificateV2);
  if (claimed === undefined) throw new MalformedError("it does not say which certificate signed it");
  if (!equalBytes(claimed.bytes, signingCertificateV2(chain)))
    throw mismatch("it was not signed under the X.509 certificates that it carries");
  return chain;
}

/** The first, its issuer by name, and so on; all of them are of it. */
function chainOf([signer, ...others]: readonly X509Certificate[]): DetachedCms["chain"] {
  if (signer === undefined) throw new MalformedError("no X.509 certificate");
  const chain: [X509Certificate, ...X509Certificate[]] = [signer];
  const left = new Set(others);
  for (let last = signer; left.size > 0; chain.push(last)) {
    const issuer = [...left].find(({ subject }) => subject === last.issuer);
    if (issuer === undefined) throw new MalformedError("X.509 certificates that are no chain");
    left.delete(issuer);
    last = issuer;
  }
  return chain;
}

function messageDigestOf({ signedAttributes }: SignedData): Uint8Array {
  const value = signedAttributes.get(ATTRIBUTE.messageDigest);
  if (value?.tag !== TAG.octetString || value.content.length !== DIGEST_BYTES)
    throw new MalformedError("no signed SHA-256 message digest");
  return value.content;
}

/** Throws where it is another spelling of a signature: of RSA a number of other length, of ECDSA the higher s. */
function onlySpelling(signature: Uint8Array, key: DocumentKey): Uint8Array {
  if (key.algorithm === "ECDSA") return withLowS(signature, key.curve);
  if (signature.length !== key.modulus.length || compareBytes(signature, key.modulus) >= 0)
    throw new MalformedError("an RSA signature out of range");
  return signature;
}
