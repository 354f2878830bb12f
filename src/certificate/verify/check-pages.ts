/**
 * Check 11, its second half: the unsigned file is made again from the evidence and the certificate.json inside it, and
 * must come out the same to the last byte. So the pages say what the evidence says, and nothing in the file is out of
 * reach of the proof. docs/evidence-format.md, section 9.3.
 */
import { base64 } from "../../core/bytes.js";
import { sha256 } from "../../core/digest/sha256.js";
import { parseTime } from "../../core/record/time.js";
import { CLOCK_TOLERANCE_MS } from "../../core/verify/checks.js";
import { type Check, failed, notRun, passed, type Report } from "../../core/verify/report.js";
import type { CertificateRecord } from "../content/certificate-record.js";
import { drawUnsigned, NotCertifiableError } from "../template/draw-certificate.js";
import type { Hole } from "../drawings/1/pdf/pdf-signature.js";
import { withoutSignature } from "../pdf/signature-object.js";
import type { Template } from "../template/template.js";
import { openTrust, type Trust } from "../content/trust.js";

export interface PagesQuestion {
  readonly pdf: Uint8Array;
  readonly hole: Hole;
  readonly evidence: Uint8Array;
  readonly record: CertificateRecord;
  /** The report is that of `verifyEvidence` on this evidence, with no record and no parties. */
  readonly report: Report;
  /** This is the verifier's trust file, byte for byte. */
  readonly consortium: Uint8Array;
  readonly template: Template;
}

const name = "certificate";

export function comparePages({ pdf, hole, evidence, record, report, ...question }: PagesQuestion): Check {
  const { consortium, template } = question;
  const trust = openTrust(consortium);
  const { issuedAt, language, verifyUrl, issuer, consortium: issuedUnder } = record;
  let again: Uint8Array;
  try {
    const input = { evidence, consortium, issuedUnder, issuedAt, language, verifyUrl, issuer, template };
    again = drawUnsigned(input, report).bytes;
  } catch (error) {
    if (!(error instanceof NotCertifiableError)) throw error;
    if (record.consortium !== trust.digest) return issuedUnderAnother(record, trust);
    return failed(name, "certificate-altered", "no certificate is made of evidence that does not verify");
  }
  const unsigned = withoutSignature(pdf, hole);
  const offset = firstDifference(unsigned, again);
  if (offset === undefined)
    return passed(name, "its pages, made again from its evidence, are the same to the last byte", [
      { what: "sha-256 before signing", got: base64(sha256(unsigned)), want: base64(sha256(again)) },
    ]);
  if (record.consortium !== trust.digest) return issuedUnderAnother(record, trust);
  return failed(name, "certificate-altered", `byte ${offset} is not what its evidence makes`, [
    { what: "offset", got: String(offset), want: "none" },
    { what: "size", got: String(unsigned.length), want: String(again.length) },
    { what: "byte", got: spelled(unsigned[offset]), want: spelled(again[offset]) },
  ]);
}

/** Tells what certificate.json cannot truthfully say, with whatever signature. */
export function impossibleClaim(
  { issuedAt, verifyUrl }: CertificateRecord,
  { subject, times, certificate }: Report,
  signedAtMs: number | undefined,
): string | undefined {
  const issuedMs = parseTime(issuedAt);
  if (signedAtMs !== undefined && Math.floor(issuedMs / 1000) * 1000 !== signedAtMs)
    return `issued at ${issuedAt}, and its signature claims another time`;
  if (times?.finalAt !== undefined && issuedMs < parseTime(times.finalAt) - CLOCK_TOLERANCE_MS)
    return `issued at ${issuedAt}, before the deposit was final at ${times.finalAt}`;
  if (certificate?.judgedBy === "token" && issuedMs > parseTime(certificate.judgedAt) + CLOCK_TOLERANCE_MS)
    return `issued at ${issuedAt}, after its signature was time-stamped at ${certificate.judgedAt}`;
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
    name,
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
