/**
 * The verifier's one entrance for every door: an evidence file or a certificate PDF, told apart by their first bytes.
 */
import { type Report } from "../core/verify/report.js";
import { verifyEvidence, type VerifyInput } from "../core/verify/verify-evidence.js";
import { isPdf } from "./read-certificate.js";
import { type Template } from "./template.js";

export interface VerifyFileInput extends Omit<VerifyInput, "evidence" | "consortium"> {
  readonly consortium: Uint8Array;
  readonly file: Uint8Array;
  /** Every template this verifier has; asked for only when a certificate comes. */
  readonly templates: () => Promise<readonly Template[]>;
}

/** Throws as `verifyEvidence` does; everything else is in the report. */
export async function verifyFile({ file, templates, ...input }: VerifyFileInput): Promise<Report> {
  if (!isPdf(file)) return verifyEvidence({ ...input, evidence: file });
  // Drawing is much code: whoever verifies an evidence file should not wait for it.
  const { verifyCertificate } = await import("./verify-certificate.js");
  return verifyCertificate({ ...input, pdf: file, templates: await templates() });
}
