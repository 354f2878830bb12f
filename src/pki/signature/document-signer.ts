/** A certificate that may sign documents: what check 11 demands of it, and a service of its own key when it starts. */
import type { ErrorDetail } from "../../core/errors.js";
import { DetachedSignatureError, named } from "./detached-signature-error.js";
import { parseDocumentKey } from "../x509/document-key.js";
import { KEY_USAGE } from "../x509/extensions.js";
import { readX509Certificate } from "../x509/known-certificates.js";
import { ANY_PURPOSE } from "../x509/path.js";
import { ID_KP_TIME_STAMPING } from "../x509/timestamp-purpose.js";
import type { X509Certificate } from "../x509/x509-certificate.js";

export const ID_KP_DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36";
export const ID_KP_EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";
/** Any one of these purposes will do, and an authority on the path may be restricted to any. */
export const DOCUMENT_PURPOSES: readonly string[] = [
  ID_KP_DOCUMENT_SIGNING, // RFC 9336
  ID_KP_EMAIL_PROTECTION, // Which authorities gave before there was the one above.
  "1.2.840.113583.1.1.5", // Adobe's "authentic documents trust"
  "1.3.6.1.4.1.311.10.3.12", // Microsoft's document signing
  ANY_PURPOSE,
];
const SIGNING = KEY_USAGE.digitalSignature | KEY_USAGE.contentCommitment;

/** Checks that a certificate may sign documents. Throws `certificate-signer-purpose`. */
export function checkDocumentPurpose(certificate: X509Certificate): void {
  const { commonName, isAuthority, keyUsage = 0, extendedKeyUsage } = certificate;
  const refuse = (why: string, detail: ErrorDetail) =>
    new DetachedSignatureError(
      "certificate-signer-purpose",
      `${commonName} may not sign documents: ${why}`,
      detail,
    );
  if (isAuthority || (keyUsage & KEY_USAGE.keyCertSign) !== 0)
    throw refuse("it is an authority's", { field: "basicConstraints", got: "an authority", want: "none" });
  if (extendedKeyUsage?.purposes.includes(ID_KP_TIME_STAMPING))
    throw refuse("it is a time-stamping signer's", {
      field: "extendedKeyUsage",
      got: extendedKeyUsage.purposes.join(" "),
      want: `none of ${ID_KP_TIME_STAMPING}`,
    });
  if ((keyUsage & SIGNING) === 0)
    throw refuse("its key is not for signatures", {
      field: "keyUsage",
      got: `bits ${keyUsage}`,
      want: "digitalSignature or contentCommitment",
    });
  const purposes = extendedKeyUsage?.purposes;
  if (purposes !== undefined && !purposes.some((purpose) => DOCUMENT_PURPOSES.includes(purpose)))
    throw refuse("it is for other purposes", {
      field: "extendedKeyUsage",
      got: purposes.join(" "),
      want: `absent, or one of ${DOCUMENT_PURPOSES.join(" ")}`,
    });
}

export interface SignerFacts {
  /** Every certificate of the chain is valid from `notBeforeMs` to `notAfterMs`. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/**
 * Reads how long a signer's chain is valid. Throws `DetachedSignatureError`, with the certificate's name, for a chain
 * that no verifier would accept at any time.
 */
export function signerFacts(certificates: readonly Uint8Array[]): SignerFacts {
  return named(() => {
    const chain = certificates.map(readX509Certificate);
    const [signer] = chain;
    if (signer === undefined) throw new Error("internal: a chain of no certificates");
    parseDocumentKey(signer.publicKey);
    checkDocumentPurpose(signer);
    const notBeforeMs = Math.max(...chain.map((one) => one.notBeforeMs));
    const notAfterMs = Math.min(...chain.map((one) => one.notAfterMs));
    return { notBeforeMs, notAfterMs };
  });
}
