/**
 * Why an X.509 certificate or a signature does not hold. Tokens and certificates' signatures each have codes of their own
 * for it: whoever asked gives this one its name.
 */
import type { ErrorDetail } from "../../core/errors.js";

export type X509Code =
  /** There is no path of certificates to an authority, or one that does not hold. */
  | "chain-invalid"
  /** A certificate of the path was not valid at the time. */
  | "certificate-time"
  /** The algorithm is one that this program does not know: the signature is neither true nor false. */
  | "unsupported";

export class X509Error extends Error {
  override readonly name = "X509Error";
  readonly code: X509Code;
  readonly detail: ErrorDetail;

  constructor(code: X509Code, message: string, detail: ErrorDetail = {}) {
    super(message);
    this.code = code;
    this.detail = detail;
  }
}
