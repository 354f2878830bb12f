/**
 * The two attachments of a certificate, taken out without believing anything else in the file. That the pages say
 * what the evidence says is another question: verify-certificate.ts answers it.
 */
import { CertificateError } from "../pdf/certificate-error.js";
import { asDictionary, PdfReader } from "../pdf/pdf-reader.js";
import { PdfName, type PdfValue } from "../pdf/pdf-values.js";
import { indexOfText } from "../pdf/touched/find-text.js";
import { EVIDENCE_ATTACHMENT, RECORD_ATTACHMENT } from "../pdf/attachments.js";

export interface CertificateAttachments {
  readonly evidence: Uint8Array;
  /** These are the bytes of `certificate.json`. */
  readonly certificate: Uint8Array;
}

/**
 * Tells whether these bytes are a PDF, or one with a few bytes before it: what else they are is for the reader to
 * say.
 */
export const isPdf = (bytes: Uint8Array): boolean => pdfOffset(bytes) !== undefined;

/** Tells where the PDF begins: within the first 1,024 bytes, as widespread readers have it, and never in JSON. */
export function pdfOffset(bytes: Uint8Array): number | undefined {
  const beginning = bytes.subarray(0, FIRST_BYTES);
  const first = beginning.find((byte) => !WHITE_SPACE.has(byte));
  return first === CURLY_BRACKET ? undefined : indexOfText(beginning, "%PDF-", 0);
}

const FIRST_BYTES = 1024;
const CURLY_BRACKET = 0x7b;
const WHITE_SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * Reads a certificate's attachments. Throws `CertificateError`: `certificate-malformed` or
 * `certificate-attachment-missing`. Its time is linear in the file.
 */
export const readCertificate = (pdf: Uint8Array): CertificateAttachments =>
  readAttachments(new PdfReader(pdf));

/** Ours have two. */
const MAX_ATTACHMENTS = 8;

/** Reads the same of a file that is open. */
export function readAttachments(reader: PdfReader): CertificateAttachments {
  const catalog = reader.dictionary(reader.trailer.get("Root"));
  const names = reader.dictionary(catalog.get("Names"));
  if (!names.has("EmbeddedFiles")) throw missing(EVIDENCE_ATTACHMENT);
  const list = asDictionary(names.get("EmbeddedFiles")).get("Names");
  const attachments = new Map<string, Uint8Array>();
  if (!Array.isArray(list)) throw missing(EVIDENCE_ATTACHMENT);
  if (list.length > 2 * MAX_ATTACHMENTS) throw malformed(`more than ${MAX_ATTACHMENTS} attachments`);
  for (let i = 0; i + 1 < list.length; i += 2) {
    const [name, specification] = [list[i] as PdfValue, list[i + 1] as PdfValue];
    if (typeof name !== "string" || attachments.has(name)) throw malformed("the names of its attachments");
    attachments.set(name, contentOf(reader, specification));
  }
  const attachment = (name: string): Uint8Array => {
    const content = attachments.get(name);
    if (content === undefined) throw missing(name);
    return content;
  };
  return { evidence: attachment(EVIDENCE_ATTACHMENT), certificate: attachment(RECORD_ATTACHMENT) };
}

function contentOf(reader: PdfReader, specification: PdfValue): Uint8Array {
  const files = asDictionary(reader.dictionary(specification).get("EF"));
  const { value, stream } = reader.object(files.get("F"));
  const dictionary = asDictionary(value);
  const type = dictionary.get("Type");
  // Ours are stored as they are: a filter would be somebody else's file, and a way to hide a flood of bytes.
  if (
    stream === undefined ||
    dictionary.has("Filter") ||
    !(type instanceof PdfName) ||
    type.name !== "EmbeddedFile"
  )
    throw malformed("an attachment is stored otherwise");
  return stream;
}

function malformed(message: string): CertificateError {
  return new CertificateError("certificate-malformed", `not a certificate of ours: ${message}`);
}

function missing(name: string): CertificateError {
  return new CertificateError("certificate-attachment-missing", `the PDF has no attachment ${name}`);
}
