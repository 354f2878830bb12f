/** The evidence within a PDF, as `verifyCertificate` takes it: where the file was touched in transit, what can be taken out of it. */
import { CertificateError } from "../pdf/certificate-error.js";
import { PdfReader } from "../pdf/pdf-reader.js";
import { readSignature } from "../pdf/signature-object.js";
import { readAttachments } from "./read-certificate.js";
import { readTouched } from "./touched-certificate.js";

/** Finds the evidence within a PDF; undefined where there is none, or two. Nothing of it is believed. */
export function evidenceWithin(pdf: Uint8Array): Uint8Array | undefined {
  let evidence: Uint8Array | undefined;
  try {
    const reader = new PdfReader(pdf);
    evidence = readAttachments(reader).evidence;
    readSignature(reader);
    return evidence;
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    const isUnread = evidence === undefined;
    if (!isUnread && error.code !== "certificate-signature-range") return evidence;
    const found = readTouched(pdf, error);
    return isUnread || found.issued !== undefined ? found.evidence : evidence;
  }
}
