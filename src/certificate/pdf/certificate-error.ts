/** How a PDF can fail to be a certificate; the codes are those of check 11. */
import type { CertificateCode } from "../../core/verify/report.js";

export class CertificateError extends Error {
  override readonly name = "CertificateError";
  readonly code: CertificateCode;
  /** The offset says where in the file, in bytes. */
  readonly offset: number | undefined;

  constructor(code: CertificateCode, message: string, offset?: number) {
    super(message);
    this.code = code;
    this.offset = offset;
  }
}
