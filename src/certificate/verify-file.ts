/**
 * The verifier's one entrance for every door: an evidence file or a certificate PDF, told apart by their first bytes.
 */
import { parseEvidence } from "../core/evidence/evidence.js";
import { ParseError } from "../core/errors.js";
import { type Report } from "../core/verify/report.js";
import { verifyEvidence, type VerifyInput } from "../core/verify/verify-evidence.js";
import { type VerifyX509Signature } from "../pki/algorithms.js";
import { isPdf } from "./read-certificate.js";
import { type Template } from "./template.js";
import { openTrust } from "./trust.js";

export interface VerifyFileInput extends Omit<
  VerifyInput,
  "evidence" | "consortium" | "openTimestampAuthorities"
> {
  readonly consortium: Uint8Array;
  readonly file: Uint8Array;
  /** Every template this verifier has; asked for only when a certificate comes. */
  readonly templates: () => Promise<readonly Template[]>;
  /** A faster implementation, where the host has one. */
  readonly verifyX509Signature?: VerifyX509Signature;
}

/** Throws as `verifyEvidence` does; everything else is in the report. */
export async function verifyFile({ file, templates, ...input }: VerifyFileInput): Promise<Report> {
  if (!isPdf(file)) return verifyEvidenceFile(file, input);
  // Drawing is much code: whoever verifies an evidence file should not wait for it.
  const { verifyCertificate } = await import("./verify-certificate.js");
  return verifyCertificate({ ...input, pdf: file, templates: await templates() });
}

async function verifyEvidenceFile(
  evidence: Uint8Array,
  { verifyX509Signature, ...given }: Omit<VerifyFileInput, "file" | "templates">,
): Promise<Report> {
  const trusted = openTrust(given.consortium).consortium;
  const input = { ...given, evidence, consortium: trusted ?? given.consortium };
  // Nor for X.509, where neither side has a certificate: then check 9 has nothing to say.
  const authorities = [...(trusted?.timestampAuthorities ?? []), ...(trusted?.certificateAuthorities ?? [])];
  if (authorities.length === 0 && !hasTokens(evidence)) return verifyEvidence(input);
  const { timestampAuthorities } = await import("../pki/check-timestamps.js");
  return verifyEvidence({ ...input, openTimestampAuthorities: timestampAuthorities(verifyX509Signature) });
}

function hasTokens(evidence: Uint8Array): boolean {
  try {
    return parseEvidence(evidence).timestamps.length > 0;
  } catch (error) {
    if (error instanceof ParseError) return false;
    throw error;
  }
}
