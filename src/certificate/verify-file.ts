/**
 * The verifier's one entrance for every door: an evidence file or a certificate PDF, told apart by their first bytes.
 */
import { type Report } from "../core/verify/report.js";
import { verifyEvidence, type VerifyInput } from "../core/verify/verify-evidence.js";
import { isPdf } from "./read-certificate.js";
import { type Template } from "./template.js";
import { verifyCertificate } from "./verify-certificate.js";

export interface VerifyFileInput extends Omit<VerifyInput, "evidence"> {
  readonly file: Uint8Array;
  /** Every template this verifier has; asked for only when a certificate comes. */
  readonly templates: () => readonly Template[];
}

/** Throws as `verifyEvidence` does; everything else is in the report. */
export async function verifyFile({ file, templates, ...input }: VerifyFileInput): Promise<Report> {
  return isPdf(file)
    ? verifyCertificate({ ...input, pdf: file, templates: templates() })
    : verifyEvidence({ ...input, evidence: file });
}
