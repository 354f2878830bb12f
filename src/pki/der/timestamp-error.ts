/** Why a token does not verify, by a closed code. That it is no token at all is `MalformedError` (der.ts). */
import type { ErrorDetail } from "../../core/errors.js";
import type { TimestampCode } from "../../core/verify/report.js";
import { type X509Code, X509Error } from "./x509-error.js";

export class TimestampError extends Error {
  override readonly name = "TimestampError";
  readonly code: TimestampCode;
  readonly detail: ErrorDetail;

  constructor(code: TimestampCode, message: string, detail: ErrorDetail = {}) {
    super(message);
    this.code = code;
    this.detail = detail;
  }
}

const CODES: Readonly<Record<X509Code, TimestampCode>> = {
  "chain-invalid": "timestamp-chain-invalid",
  "certificate-time": "timestamp-certificate-time",
  unsupported: "timestamp-unsupported",
};

/** Gives what is wrong with certificates and algorithms the name that it has in tokens. */
export function named<T>(judge: () => T): T {
  try {
    return judge();
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    const { code, message, detail } = error;
    throw new TimestampError(CODES[code], message, {
      ...detail,
      ...(code === "certificate-time" && { field: "genTime" }),
    });
  }
}
