/**
 * A certificate that was touched in transit: what happened to the file, and the evidence inside it where it can be taken out
 * safely. Nothing of this makes a file a certificate: check 11 has failed, and what the evidence proves it proves by itself.
 * docs/evidence-format.md, section 9.4.
 */
import type { CertificateCode } from "../../core/verify/report.js";
import { CertificateError } from "../pdf/certificate-error.js";
import { EVIDENCE_ATTACHMENT } from "../pdf/attachments.js";
import { MAX_PDF_BYTES, PdfReader } from "../pdf/pdf-reader.js";
import { readSignature } from "../pdf/signature-object.js";
import { type LooseAttachments, looseAttachments } from "../pdf/touched/attachments.js";
import { indexOfText } from "../pdf/touched/find-text.js";
import { isAt, PdfValues } from "../pdf/pdf-values.js";
import { pdfOffset, readAttachments } from "./read-certificate.js";

export interface TouchedCertificate {
  readonly code: CertificateCode;
  readonly message: string;
  /** This says where the strict reader stopped, if there is no more to say. */
  readonly offset?: number;
  readonly evidence?: Uint8Array;
  /** This is the file as it was issued, where it lies whole in this one. */
  readonly issued?: Uint8Array;
}

/** Reads a file that the strict reader refused; `error` is what it said. */
export function readTouched(bytes: Uint8Array, error: CertificateError): TouchedCertificate {
  const start = pdfOffset(bytes);
  if (start === undefined || bytes.length > MAX_PDF_BYTES) return saidBy(error);
  const pdf = bytes.subarray(start);
  const issued = issuedWithin(pdf);
  if (issued !== undefined) return { ...aroundIssued(start, pdf, issued), issued };
  const attachments = looseAttachments(pdf);
  const [evidence, another] = attachments.named(EVIDENCE_ATTACHMENT);
  const what = whatHappened(pdf, { attachments, evidence, error });
  if (another !== undefined)
    return {
      code: "certificate-attachment-ambiguous",
      message: `${what.message}; it holds two different files ${EVIDENCE_ATTACHMENT}, and which was meant can't be told`,
    };
  return { ...what, ...(evidence && { evidence }) };
}

const saidBy = ({ code, message, offset }: CertificateError): TouchedCertificate => ({
  ...{ code, message },
  ...(offset !== undefined && { offset }),
});

const END = "%%EOF\n";
const MAX_ENDS = 32;

/** The part that ends where a revision does, reads as ours, and is covered by its signature to the last byte. */
function issuedWithin(pdf: Uint8Array): Uint8Array | undefined {
  const values = new PdfValues(pdf);
  let at = 0;
  for (let i = 0; i < MAX_ENDS; i++) {
    const end = indexOfText(pdf, END, at);
    if (end === undefined) return undefined;
    at = end + END.length;
    const part = pdf.subarray(0, at);
    if (isWhole(part, values)) return part;
  }
  return undefined;
}

function isWhole(part: Uint8Array, values: PdfValues): boolean {
  try {
    const reader = new PdfReader(part, values);
    readAttachments(reader);
    readSignature(reader);
    return true;
  } catch (error) {
    if (error instanceof CertificateError) return false;
    throw error;
  }
}

function aroundIssued(
  before: number,
  pdf: Uint8Array,
  issued: Uint8Array,
): Pick<TouchedCertificate, "code" | "message" | "evidence"> {
  const { evidence } = readAttachments(new PdfReader(issued));
  const behind = pdf.length - issued.length;
  const isRevision = indexOfText(pdf.subarray(issued.length), "startxref", 0) !== undefined;
  const code = isRevision
    ? "certificate-revision-added"
    : behind > 0
      ? "certificate-bytes-behind"
      : "certificate-bytes-before";
  const added = [
    ...(before > 0 ? [`${bytesSaid(before)} before the PDF`] : []),
    ...(behind > 0 ? [`${bytesSaid(behind)}${isRevision ? ", another revision," : ""} behind its end`] : []),
  ];
  return {
    code,
    evidence,
    message: `there are ${added.join(" and ")}: bytes ${before} to ${before + issued.length - 1} are a file as this program writes it`,
  };
}

const bytesSaid = (count: number): string => `${count} ${count === 1 ? "byte" : "bytes"}`;

interface Read {
  readonly attachments: LooseAttachments;
  readonly evidence: Uint8Array | undefined;
  readonly error: CertificateError;
}

function whatHappened(
  pdf: Uint8Array,
  { attachments, evidence, error }: Read,
): Omit<TouchedCertificate, "evidence" | "issued"> {
  if (!attachments.hasObjects) return saidBy(error);
  if (attachments.isEncrypted)
    return { code: "certificate-encrypted", message: "the file was encrypted by another program" };
  if (isAt(pdf, 0, OPENING.replaceAll("\n", "\r\n")))
    return {
      code: "certificate-line-ends",
      message: "the file was sent as text: its line ends are not those with which it was written",
    };
  if (isAt(pdf, 0, OPENING))
    return indexOfText(pdf, END, 0) === undefined
      ? { code: "certificate-cut-off", message: "the end of the file is missing" }
      : saidBy(error);
  if (evidence === undefined && attachments.named(EVIDENCE_ATTACHMENT).length === 0)
    return {
      code: "certificate-attachment-missing",
      message: `another program has written this PDF, and it has no attachment ${EVIDENCE_ATTACHMENT}`,
    };
  return {
    code: "certificate-rewritten",
    message: "another program has written this PDF again: the signature over the file is lost",
  };
}

/** How our files begin, and no other program's that we know of. */
const OPENING = "%PDF-1.7\n%\u00ff\u00ff\u00ff\u00ff\n";
