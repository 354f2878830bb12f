/**
 * The certificate: a bilingual PDF/A-3b made from evidence and nothing else, with that evidence inside. The same
 * evidence, trust file, template and `certificate.json` give the same bytes everywhere, so that a verifier can
 * make it again and compare. docs/evidence-format.md, section 9.
 */
import { utf8 } from "../../core/bytes.js";
import { parseEvidence, EVIDENCE_MEDIA_TYPE } from "../../core/evidence/evidence.js";
import type { Verifiers } from "../../core/ledger/verifiers.js";
import { parseTime } from "../../core/record/time.js";
import type { Report } from "../../core/verify/report.js";
import { EVIDENCE_ATTACHMENT, RECORD_ATTACHMENT } from "../pdf/attachments.js";
import { type CertificateRecord, encodeCertificateRecord } from "../content/certificate-record.js";
import { CertificateContent } from "./1/content/content.js";
import { drawPages } from "./1/page/draw.js";
import { issuerOf } from "./1/page/issuer.js";
import { PdfDocument } from "./1/pdf/pdf-document.js";
import type { UnsignedCertificate } from "./1/pdf/pdf-signature.js";
import { platesOf } from "./1/page/plates.js";
import type { Template } from "../template/template.js";
import { reportOn, type ReportQuestion } from "../content/report-on.js";
import { openTrust } from "../content/trust.js";
import { fill, type Language } from "./1/template/words.js";

/** Whoever asks with no record and no parties: what one verifier asked must not be printed for all. */
export interface CertificateInput extends Omit<ReportQuestion, "record" | "parties"> {
  readonly evidence: Uint8Array;
  /** The issuer's trust file: it names the cosigners and sets the quorum that the page prints. */
  readonly consortium: Uint8Array;
  /** The digest of the trust file that the page names (base64), where a verifier has the same trust in another file. */
  readonly issuedUnder?: string;
  /** RFC 3339 UTC with milliseconds. */
  readonly issuedAt: string;
  readonly language: Language;
  /** What the code on the page leads to. */
  readonly verifyUrl: string;
  readonly template: Template;
}

/** The evidence does not verify under the trust file: no certificate is made of it. */
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

/** Throws `NotCertifiableError` unless the evidence verifies, and `ParseError` for a malformed address. */
export const drawPdf = (input: CertificateInput): UnsignedCertificate =>
  drawUnsigned(input, reportFor(input));

/** The report to whoever asks with no record and no parties. */
export const reportFor = (input: CertificateInput): Report => reportOn(input.evidence, input);

/**
 * The same from a report that the caller has: that of `verifyEvidence` on this evidence and trust file, with no record
 * and no parties named, since what one verifier asked must not be printed for all.
 */
export function drawUnsigned(
  input: Omit<CertificateInput, keyof Verifiers | "createDigester" | "verifyX509Signature">,
  report: Report,
): UnsignedCertificate {
  const { template, language, issuedAt, verifyUrl } = input;
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
  };
  const recordBytes = encodeCertificateRecord(record);
  const evidence = parseEvidence(input.evidence);
  const subject = {
    evidence,
    report,
    consortium: trust.consortium,
    issuedAt,
    language,
    templateDigest: template.digest,
    consortiumDigest: record.consortium,
  };
  const { page, seal, signature } = template.layout;
  const plates = platesOf(template, language);
  const document = new PdfDocument({
    title: fill(template.wording.documentTitle[language], { id: evidence.statement.id }),
    language,
    createdAtMs: parseTime(issuedAt),
    size: [page.width, page.height],
  });
  const content = new CertificateContent(subject, template);
  const service = content.service();
  const issuer = issuerOf(plates, { onSeal: service.zh, belowSeal: service[language] });
  const casts = [plates.cast, issuer.cast];
  for (const cast of casts) document.reserve(cast);
  // First in the file, right after the header: whoever opens it as text meets the evidence before anything else.
  document.attach({
    name: EVIDENCE_ATTACHMENT,
    mediaType: EVIDENCE_MEDIA_TYPE,
    description: "cunzheng/evidence@v1",
    relationship: "Source",
    content: input.evidence,
  });
  document.attach({
    name: RECORD_ATTACHMENT,
    mediaType: "application/json",
    description: "cunzheng/certificate@v1",
    relationship: "Data",
    content: recordBytes,
  });
  for (const cast of casts) document.place(cast);
  const typesetter = plates.texts.typesetter(issuer.bold);
  const drawn = drawPages({ content, plates, typesetter, verifyUrl });
  const { regular, mono } = typesetter.loose;
  const fonts = document.ref({
    ...issuer.fonts,
    ...(regular.isUsed && { [regular.name]: regular.finish(document) }),
    ...(mono.isUsed && { [mono.name]: mono.finish(document) }),
  });
  fonts.end();
  const resources = { Font: fonts, XObject: plates.forms };
  for (const { operators } of drawn.pages) document.drawPage(utf8(operators), resources);
  const foot = page.height - drawn.seal.y - seal.side;
  document.sign({
    appearance: issuer.seal,
    box: [drawn.seal.x, foot, drawn.seal.x + seal.side, foot + seal.side],
    reservedBytes: signature.reservedBytes,
  });
  return document.finish(plates.outputIntents);
}
