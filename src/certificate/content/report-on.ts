/** What `verifyEvidence` says of evidence that a certificate is made of, or that lies in one. */
import type { Report } from "../../core/verify/report.js";
import { verifyEvidence, type VerifyInput } from "../../core/verify/verify-evidence.js";
import type { VerifyX509Signature } from "../../pki/der/algorithms.js";
import { timestampAuthorities } from "../../pki/timestamps/check-timestamps.js";
import { openTrust } from "./trust.js";

export interface ReportQuestion extends Omit<
  VerifyInput,
  "evidence" | "consortium" | "openTimestampAuthorities"
> {
  /** These are the trust file's bytes: certificates name their digest. */
  readonly consortium: Uint8Array;
  /** The host may have a faster implementation of the same function. */
  readonly verifyX509Signature?: VerifyX509Signature;
}

/** Verifies evidence as a certificate reports it. Throws as `verifyEvidence` does. */
export function reportOn(evidence: Uint8Array, question: ReportQuestion): Report {
  return verifyEvidence({
    ...question,
    evidence,
    consortium: openTrust(question.consortium).consortium ?? question.consortium,
    openTimestampAuthorities: timestampAuthorities(question.verifyX509Signature),
  });
}
