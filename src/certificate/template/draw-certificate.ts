/**
 * The certificate: a bilingual PDF/A-3b made from evidence and nothing else, with that evidence inside. The same
 * evidence, trust file, template and `certificate.json` give the same bytes everywhere, so that a verifier can
 * make it again and compare. docs/evidence-format.md, section 9.
 */
import { parseEvidence } from "../../core/evidence/evidence.js";
import type { Verifiers } from "../../core/ledger/verifiers.js";
import type { Report } from "../../core/verify/report.js";
import {
  type CertificateRecord,
  encodeCertificateRecord,
  type IssuerStatement,
  type Language,
} from "../content/certificate-record.js";
import { reportOn, type ReportQuestion } from "../content/report-on.js";
import { openTrust } from "../content/trust.js";
import type { Template } from "./template.js";
import type { UnsignedCertificate } from "../drawings/registry.js";

/**
 * A certificate is drawn for whoever asks with no record and no parties: what one verifier asked must not be printed
 * for all.
 */
export interface CertificateInput extends Omit<ReportQuestion, "record" | "parties"> {
  readonly evidence: Uint8Array;
  /** This is the issuer's trust file: it names the cosigners and sets the quorum that the page prints. */
  readonly consortium: Uint8Array;
  /**
   * This is the digest (base64) of the trust file that the page names, where a verifier has the same trust in another
   * file.
   */
  readonly issuedUnder?: string;
  /** The time is RFC 3339 UTC with milliseconds. */
  readonly issuedAt: string;
  readonly language: Language;
  /** The code on the page leads to this address. */
  readonly verifyUrl: string;
  readonly issuer?: IssuerStatement | undefined;
  readonly template: Template;
}

/**
 * A `NotCertifiableError` says that the evidence does not verify under the trust file: no certificate is made of it.
 */
export class NotCertifiableError extends Error {
  override readonly name = "NotCertifiableError";
  readonly report: Report;

  constructor(report: Report) {
    const check = report.checks.find(({ result }) => result === "failed");
    super(
      `the evidence is ${report.verdict}: ${check?.message ?? report.trustProblem?.message ?? "not final"}`,
    );
    this.report = report;
  }
}

/**
 * Draws a certificate, unsigned. Throws `NotCertifiableError` unless the evidence verifies, and `ParseError` for a
 * malformed address.
 */
export const drawPdf = (input: CertificateInput): UnsignedCertificate =>
  drawUnsigned(input, reportFor(input));

/** Makes the report to whoever asks with no record and no parties. */
export const reportFor = (input: CertificateInput): Report => reportOn(input.evidence, input);

/**
 * Draws the same from a report that the caller has: that of `verifyEvidence` on this evidence and trust file, with no
 * record and no parties named, since what one verifier asked must not be printed for all.
 */
export function drawUnsigned(
  input: Omit<CertificateInput, keyof Verifiers | "createDigester" | "verifyX509Signature">,
  report: Report,
): UnsignedCertificate {
  const { template, language, issuedAt, verifyUrl, issuer } = input;
  const trust = openTrust(input.consortium);
  const isFinal = report.verdict !== "refused" && report.times?.existedNotLaterThan !== undefined;
  if (!isFinal || trust.consortium === undefined) throw new NotCertifiableError(report);
  const record: CertificateRecord = {
    type: "cunzheng/certificate@v1",
    issuedAt,
    language,
    template: template.digest,
    consortium: input.issuedUnder ?? trust.digest,
    verifyUrl,
    ...(issuer && { issuer }),
  };
  return template.draw({
    evidence: parseEvidence(input.evidence),
    evidenceBytes: input.evidence,
    report,
    consortium: trust.consortium,
    record,
    recordBytes: encodeCertificateRecord(record),
  });
}
