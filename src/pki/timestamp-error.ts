/** Why a token does not verify, by a closed code. That it is no token at all is `MalformedError` (der.ts). */
import { type ErrorDetail } from "../core/errors.js";
import { type TimestampCode } from "../core/verify/report.js";

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
