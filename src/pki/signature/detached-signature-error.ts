/** Why a certificate's signature does not verify, by a closed code. docs/evidence-format.md, section 9.2. */
import type { ErrorDetail } from "../../core/errors.js";
import type { CertificateSignatureCode } from "../../core/verify/report.js";
import { MalformedError } from "../der/der.js";
import type { TimestampError } from "../der/timestamp-error.js";
import { type X509Code, X509Error } from "../der/x509-error.js";

export class DetachedSignatureError extends Error {
  override readonly name = "DetachedSignatureError";
  readonly code: CertificateSignatureCode;
  readonly detail: ErrorDetail;

  constructor(code: CertificateSignatureCode, message: string, detail: ErrorDetail = {}) {
    super(message);
    this.code = code;
    this.detail = detail;
  }
}

const CODES: Readonly<Record<X509Code, CertificateSignatureCode>> = {
  "chain-invalid": "certificate-chain-invalid",
  "certificate-time": "certificate-signer-time",
  unsupported: "certificate-signature-unsupported",
};

/** Gives what is wrong with DER, certificates and algorithms the name that it has in a certificate's signature. */
export function named<T>(judge: () => T): T {
  try {
    return judge();
  } catch (error) {
    if (error instanceof MalformedError)
      throw new DetachedSignatureError("certificate-signature-malformed", error.message);
    if (!(error instanceof X509Error)) throw error;
    throw new DetachedSignatureError(CODES[error.code], error.message, error.detail);
  }
}

/**
 * Gives the error of a token in a signature. One without its signer's certificate is of no authority that could be
 * told.
 */
export function ofToken({ code, message, detail }: TimestampError): DetachedSignatureError {
  const name =
    code === "timestamp-unsupported"
      ? "certificate-signature-unsupported"
      : code === "timestamp-certificate-missing"
        ? "certificate-timestamp-unknown"
        : "certificate-timestamp-invalid";
  return new DetachedSignatureError(name, `the time-stamp token: ${message}`, detail);
}
