/**
 * A certificate, verified: checks 1 to 10 on the evidence inside it, and check 11 on the file: it is read strictly, its
 * signature covers all of it and leads to an authority of the trust file, and its pages are what its evidence makes.
 * docs/evidence-format.md, section 9.
 */
import { equalBytes } from "../../core/bytes.js";
import { ParseError } from "../../core/errors.js";
import { type Check, failed, notRun, passed, type Report, withCheck } from "../../core/verify/report.js";
import { CertificateError } from "../pdf/certificate-error.js";
import { type CertificateRecord, parseCertificateRecord } from "../content/certificate-record.js";
import { comparePages, impossibleClaim } from "./check-pages.js";
import { judgeSignature, type JudgedSignature } from "./check-signature.js";
import { PdfReader } from "../pdf/pdf-reader.js";
import { type CertificateAttachments, readAttachments } from "./read-certificate.js";
import { type FindTemplate, type Template, UnknownDrawingError } from "../template/template.js";
import { reportOn, type ReportQuestion } from "../content/report-on.js";
import { readTouched, type TouchedCertificate } from "./touched-certificate.js";
import { openTrust } from "../content/trust.js";

export interface VerifyCertificateInput extends SignedCertificateInput {
  /**
   * Finds a template among those that this verifier has: a certificate of another one is `not-run`, never refused for
   * it.
   */
  readonly findTemplate: FindTemplate;
}

export interface SignedCertificateInput extends ReportQuestion {
  readonly pdf: Uint8Array;
}

/** A signed certificate is one as far as its pages need not be drawn for it. */
export interface SignedCertificate {
  /** The report has checks 1 to 10, and who signed. Check 11 stands in it only where it has failed already. */
  readonly report: Report;
  /** This is the certificate as it was issued, where it lies whole within a file to which something was added. */
  readonly issued?: Uint8Array;
  /** This is absent where check 11 has failed already. */
  readonly unread?: {
    readonly attachments: CertificateAttachments;
    readonly record: CertificateRecord;
    readonly judged: JudgedSignature;
    /**
     * This report is on its evidence without this verifier's record and parties, as the pages were drawn for
     * everybody.
     */
    readonly issued: Report;
  };
}

const name = "certificate";

/** Verifies a certificate: gives the report on the evidence inside, with check 11 in its place. */
export function verifyCertificate(input: VerifyCertificateInput): Report {
  const { report, unread, issued: part } = verifySigned(input);
  if (part !== undefined) return withIssued(report, verifyCertificate({ ...input, pdf: part }));
  if (unread === undefined) return report;
  const { attachments, record, judged, issued } = unread;
  const template = findTemplate(input, record);
  const hole = judged.signature?.hole;
  if (template instanceof UnknownDrawingError)
    return withCheck(report, judged.check ?? unknownDrawing(record, template));
  if (template === undefined || hole === undefined)
    return withCheck(report, judged.check ?? unknownTemplate(record));
  const { evidence } = attachments;
  const { pdf, consortium } = input;
  const pages = comparePages({ pdf, hole, evidence, record, report: issued, consortium, template });
  return withCheck(report, pages.result === "failed" ? pages : (judged.check ?? signed(pages, report)));
}

/**
 * A known report is one that the caller has, of `verifyEvidence` under the same trust file, with no record and no
 * parties.
 */
export interface KnownReport {
  readonly evidence: Uint8Array;
  readonly report: Report;
}

/**
 * Verifies everything but the pages, for whoever has just drawn them. `known` is used where the file holds that very
 * evidence, byte for byte.
 */
export function verifySigned(input: SignedCertificateInput, known?: KnownReport): SignedCertificate {
  let reader: PdfReader;
  let attachments: CertificateAttachments;
  try {
    reader = new PdfReader(input.pdf);
    attachments = readAttachments(reader);
  } catch (error) {
    if (error instanceof CertificateError) return touched(readTouched(input.pdf, error), input);
    throw error;
  }
  const isKnown = known !== undefined && equalBytes(attachments.evidence, known.evidence);
  const report = isKnown ? known.report : reportOn(attachments.evidence, input);
  const { consortium } = openTrust(input.consortium);
  if (report.trustProblem !== undefined || consortium === undefined)
    return { report: withCheck(report, notRun(name, "earlier-check-failed", "the trust file is broken")) };
  let record: CertificateRecord;
  try {
    record = parseCertificateRecord(attachments.certificate);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const field = error.detail.field ? ` at ${error.detail.field}` : "";
    const message = `certificate.json${field}: ${error.message}`;
    return { report: withCheck(report, failed(name, "certificate-malformed", message)) };
  }
  const judged = judgeSignature(reader, consortium, input);
  if (judged.check?.code === "certificate-signature-range") {
    // A revision in our own spelling: what was signed may lie whole before it.
    const error = new CertificateError("certificate-signature-range", judged.check.message);
    const found = readTouched(input.pdf, error);
    if (found.issued !== undefined) return touched(found, input);
  }
  if (judged.check?.result === "failed") return { report: withCheck(report, judged.check) };
  const told = judged.check === undefined ? withSigner(report, judged) : report;
  // What it claims it claimed of the deposit as it was issued: whom a verifier names as a party later changes none of it.
  const issued = isForAll(input) ? report : reportOn(attachments.evidence, withoutQuestions(input));
  const claimed = { ...issued, ...(told.certificate && { certificate: told.certificate }) };
  const impossible = impossibleClaim(record, claimed, judged.signature?.claimedAtMs);
  if (impossible !== undefined)
    return { report: withCheck(told, failed(name, "certificate-altered", impossible)) };
  return { report: told, unread: { attachments, record, judged, issued } };
}

function withSigner(report: Report, { signedBy }: JudgedSignature & { readonly check?: undefined }): Report {
  if (signedBy.judgedBy === "token") return { ...report, certificate: signedBy };
  const message = `no token says when it was signed: ${signedBy.signedAt} is the signer's word, and its X.509 certificates were judged at that time`;
  const notices = [...report.notices, { code: "certificate-time-claimed" as const, message }];
  return { ...report, certificate: signedBy, notices };
}

/** The one check's outcome: both halves of it. */
function signed(pages: Check, { certificate }: Report): Check {
  if (pages.result !== "passed") return pages;
  const by = `signed by ${certificate?.signer} under ${certificate?.authority}, over the whole file`;
  return passed(name, `${by}; ${pages.message}`, pages.compared);
}

const unknownTemplate = ({ template }: CertificateRecord): Check =>
  notRun(
    name,
    "certificate-template-unknown",
    `its signature covers the whole file and verifies, and it is of template ${template}, which this program does not have: its pages were not compared with its evidence`,
  );

const unknownDrawing = ({ template }: CertificateRecord, { drawing }: UnknownDrawingError): Check =>
  notRun(
    name,
    "certificate-drawing-unknown",
    `its signature covers the whole file and verifies, and its template ${template} is of drawing ${drawing}, which this program does not have: its pages were not compared with its evidence`,
  );

function findTemplate(
  { findTemplate: find }: VerifyCertificateInput,
  { template }: CertificateRecord,
): Template | UnknownDrawingError | undefined {
  try {
    return find(template);
  } catch (error) {
    if (error instanceof UnknownDrawingError) return error;
    throw error;
  }
}

const isForAll = ({ record, parties = [] }: SignedCertificateInput): boolean =>
  record === undefined && parties.length === 0;

function withoutQuestions({ record: _, ...input }: SignedCertificateInput): SignedCertificateInput {
  return { ...input, parties: [] };
}

/** Check 11 has failed; the other checks are of the evidence that could be taken out of the file, if any could. */
function touched(found: TouchedCertificate, input: SignedCertificateInput): SignedCertificate {
  const { code, message, offset, evidence, issued } = found;
  const report = reportOn(evidence ?? new Uint8Array(0), input);
  if (report.trustProblem !== undefined) return { report };
  const compared =
    offset === undefined
      ? undefined
      : [{ what: "offset", got: String(offset), want: "as this program writes it" }];
  const check = failed(name, code, message, compared);
  if (evidence === undefined) {
    const format = notRun(
      "evidence-format",
      "earlier-check-failed",
      "no evidence could be read from the file",
    );
    return { report: withCheck(withCheck(report, format), check) };
  }
  const notices = [
    ...report.notices,
    { code: "certificate-evidence-alone" as const, message: EVIDENCE_ALONE },
  ];
  return { report: withCheck({ ...report, notices }, check), ...(issued && { issued }) };
}

const EVIDENCE_ALONE =
  "checks 1 to 10 are of the evidence that was taken out of this file; its pages prove nothing and have to be made anew from that evidence";

/** What check 11 says of the part that was issued goes with what was added to it. */
function withIssued(report: Report, issued: Report): Report {
  const [whole, part] = [report, issued].map(({ checks }) => checks.find((check) => check.name === name));
  if (whole?.code === undefined || part === undefined) return report;
  const said = `${whole.message}; without what was added, check 11 ${part.result === "passed" ? "passes" : `says ${part.code}`}: ${part.message}`;
  return withCheck(report, failed(name, whole.code, said));
}
