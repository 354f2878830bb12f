/**
 * Check 11: a certificate is made again from the evidence and the certificate.json inside it, and must come out the
 * same to the last byte. So the pages say what the evidence says, nothing was added, and nothing in the file is out
 * of reach of the proof. docs/evidence-format.md, section 9.
 */
import { base64 } from "../core/bytes.js";
import { sha256 } from "../core/digest/sha256.js";
import { ParseError } from "../core/errors.js";
import { parseTime } from "../core/record/time.js";
import { CLOCK_TOLERANCE_MS } from "../core/verify/checks.js";
import { type Check, failed, notRun, passed, type Report, withCheck } from "../core/verify/report.js";
import { verifyEvidence, type VerifyInput } from "../core/verify/verify-evidence.js";
import { type VerifyX509Signature } from "../pki/algorithms.js";
import { timestampAuthorities } from "../pki/check-timestamps.js";
import { CertificateError } from "./certificate-error.js";
import { type CertificateRecord, parseCertificateRecord } from "./certificate-record.js";
import { type CertificateAttachments, readCertificate } from "./read-certificate.js";
import { drawReported, NotCertifiableError } from "./render.js";
import { type Template } from "./template.js";
import { openTrust, type Trust } from "./trust.js";

export interface VerifyCertificateInput extends Omit<
  VerifyInput,
  "evidence" | "consortium" | "openTimestampAuthorities"
> {
  /** Its bytes: the certificate names their digest. */
  readonly consortium: Uint8Array;
  readonly pdf: Uint8Array;
  /** Every template this verifier has: a certificate of another one is `not-run`, never refused for it. */
  readonly templates: readonly Template[];
  readonly verifyX509Signature?: VerifyX509Signature;
}

/**
 * The report on the evidence inside, with check 11 in its place. Throws `ParseError` with code
 * `organisation-unknown` as `verifyEvidence` does; everything else is in the report.
 */
export async function verifyCertificate(input: VerifyCertificateInput): Promise<Report> {
  let attachments: CertificateAttachments;
  try {
    attachments = readCertificate(input.pdf);
  } catch (error) {
    if (error instanceof CertificateError) return unread(error, input);
    throw error;
  }
  const consortium = openTrust(input.consortium).consortium ?? input.consortium;
  const report = verifyEvidence({
    ...input,
    consortium,
    evidence: attachments.evidence,
    openTimestampAuthorities: timestampAuthorities(input.verifyX509Signature),
  });
  return {
    ...withCheck(report, checkCertificate(input, attachments, report)),
    notices: [
      ...report.notices,
      {
        code: "certificate-unsigned",
        message: "the time of issue and the address on the pages are nobody's signed word",
      },
    ],
  };
}

function checkCertificate(
  input: VerifyCertificateInput,
  { evidence, certificate }: CertificateAttachments,
  report: Report,
): Check {
  const name = "certificate";
  const { pdf, consortium, templates, verifyEd25519, verifyMlDsa44, createDigester } = input;
  if (report.trustProblem !== undefined)
    return notRun(name, "earlier-check-failed", "the trust file is broken");
  let record: CertificateRecord;
  try {
    record = parseCertificateRecord(certificate);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const field = error.detail.field ? ` at ${error.detail.field}` : "";
    return failed(name, "certificate-malformed", `certificate.json${field}: ${error.message}`);
  }
  const template = templates.find(({ digest }) => digest === record.template);
  if (template === undefined) {
    return notRun(
      name,
      "certificate-template-unknown",
      `the certificate is of template ${record.template}, which this program does not have: its evidence was checked, its pages were not`,
    );
  }
  const trust = openTrust(consortium);
  // The pages were drawn for everybody: without this verifier's record and parties.
  const issued =
    input.record === undefined && report.parties.length === 0
      ? report
      : verifyEvidence({
          evidence,
          consortium: trust.consortium ?? consortium,
          ...(verifyEd25519 && { verifyEd25519 }),
          ...(verifyMlDsa44 && { verifyMlDsa44 }),
          ...(createDigester && { createDigester }),
          openTimestampAuthorities: timestampAuthorities(input.verifyX509Signature),
        });
  const impossible = impossibleClaim(record, issued);
  if (impossible !== undefined) return failed(name, "certificate-altered", impossible);
  let again: Uint8Array;
  try {
    const { issuedAt, language, verifyUrl, consortium: issuedUnder } = record;
    again = drawReported(
      { evidence, consortium, issuedUnder, issuedAt, language, verifyUrl, template },
      issued,
    );
  } catch (error) {
    if (!(error instanceof NotCertifiableError)) throw error;
    if (record.consortium !== trust.digest) return issuedUnderAnother(record, trust);
    return failed(name, "certificate-altered", "no certificate is made of evidence that does not verify");
  }
  const offset = firstDifference(pdf, again);
  if (offset !== undefined && record.consortium !== trust.digest) return issuedUnderAnother(record, trust);
  if (offset === undefined) {
    const digest = base64(sha256(pdf));
    return passed(name, "the certificate, made again from its evidence, is the same to the last byte", [
      { what: "sha-256", got: digest, want: base64(sha256(again)) },
    ]);
  }
  return failed(name, "certificate-altered", `byte ${offset} is not what its evidence makes`, [
    { what: "offset", got: String(offset), want: "none" },
    { what: "size", got: String(pdf.length), want: String(again.length) },
    { what: "byte", got: spelled(pdf[offset]), want: spelled(again[offset]) },
  ]);
}

/** What certificate.json says is nobody's signed word; of what it cannot truthfully say the verifier says so. */
function impossibleClaim({ issuedAt, verifyUrl }: CertificateRecord, report: Report): string | undefined {
  const { subject, times } = report;
  if (times?.finalAt !== undefined && parseTime(issuedAt) < parseTime(times.finalAt) - CLOCK_TOLERANCE_MS)
    return `issued at ${issuedAt}, before the deposit was final at ${times.finalAt}`;
  if (subject !== undefined && !verifyUrl.endsWith(`/d/${subject.id}`))
    return "its address is not that of this deposit";
  return undefined;
}

/**
 * Under another trust file whose members the pages show (the verifier's own copy, written otherwise, say) the certificate
 * comes out the same. Where it does not, the pages may be altered or only name others: that can't be told.
 */
function issuedUnderAnother(record: CertificateRecord, { digest }: Trust): Check {
  return notRun(
    "certificate",
    "certificate-consortium-differs",
    `the certificate was issued under trust file ${record.consortium}, and under the one given (${digest}) its pages would say something else: its evidence was checked, its pages were not`,
  );
}

/** The first offset at which two files differ, the shorter one's end included; undefined where they are equal. */
function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  const length = Math.max(a.length, b.length);
  for (let offset = 0; offset < length; offset++) if (a[offset] !== b[offset]) return offset;
  return undefined;
}

const spelled = (byte: number | undefined): string =>
  byte === undefined ? "the end" : `0x${byte.toString(16).padStart(2, "0")}`;

/** A report on a file without readable evidence: check 11 failed, nothing else could be looked at. */
function unread(error: CertificateError, input: VerifyCertificateInput): Report {
  const report = verifyEvidence({
    ...input,
    evidence: new Uint8Array(0),
    openTimestampAuthorities: timestampAuthorities(input.verifyX509Signature),
  });
  if (report.trustProblem !== undefined) return report;
  const format = notRun("evidence-format", "earlier-check-failed", "no evidence could be read from the file");
  const compared =
    error.offset === undefined
      ? undefined
      : [{ what: "offset", got: String(error.offset), want: "as this program writes it" }];
  return withCheck(withCheck(report, format), failed("certificate", error.code, error.message, compared));
}
