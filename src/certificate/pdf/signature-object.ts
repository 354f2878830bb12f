/**
 * The signature as it lies in the file: a dictionary in one exact spelling, whose /Contents is a hole that the signed
 * bytes leave out. It is found by following the file's structure and never by searching, so that no text can pose as
 * it. ISO 32000-1, sections 12.7.4.5 and 12.8; ETSI EN 319 142-1, section 4; docs/evidence-format.md, section 9.1.
 */
import { hex, utf8 } from "../../core/bytes.js";
import { ParseError } from "../../core/errors.js";
import { parseTime } from "../../core/record/time.js";
import type { CreateDigester } from "../../core/digest/digester.js";
import { coreDigester } from "../../core/digest/digests.js";
import { CertificateError } from "./certificate-error.js";
import type { PdfReader } from "./pdf-reader.js";
import { PdfName, type PdfValue, textAt } from "./pdf-values.js";
import { AFTER_HOLE, BEFORE_HOLE, type Hole, SIGNATURE_OPENING } from "../drawings/1/pdf/pdf-signature.js";

export interface SignatureInFile {
  readonly hole: Hole;
  /** The time is that of /M: RFC 3339 UTC, whole seconds. */
  readonly claimedAt: string;
  readonly claimedAtMs: number;
  /** The CMS is in DER: the hole without its padding. */
  readonly cms: Uint8Array;
}

/** Between the opening and what stands before the hole: the time, and what the signature covers. */
const TIME_AND_RANGE =
  /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z\)\n\/ByteRange \[0 ([1-9]\d{0,9}) ([1-9]\d{0,9}) ([1-9]\d{0,9})\] *$/;
/** More than the head ever has: the spaces behind ByteRange are few. */
const MAX_HEAD_BYTES = 300;

/**
 * Reads the signature in a file. Throws `CertificateError`: `certificate-signature-missing`,
 * `certificate-signature-range`, or as the reader does.
 */
export function readSignature(reader: PdfReader): SignatureInFile {
  const { bytes } = reader;
  const offset = reader.offsetOf(signaturePointer(reader));
  const open = bytes.indexOf(LESS, offset + 2);
  const head = textAt(bytes, offset, Math.min(open, offset + MAX_HEAD_BYTES));
  const isOurs = head.startsWith(SIGNATURE_OPENING) && head.endsWith(BEFORE_HOLE);
  const said = isOurs ? TIME_AND_RANGE.exec(head.slice(SIGNATURE_OPENING.length, -BEFORE_HOLE.length)) : null;
  if (said === null) throw range("the signature's dictionary is spelled otherwise", offset);
  const [, year, month, day, hour, minute, second, ...lengths] = said;
  const [start = 0, end = 0, rest = 0] = lengths.map(Number);
  // ETSI EN 319 142-1, section 5.4: the range covers "the entire document file, including the Signature Dictionary but
  // excluding the PDF Signature itself".
  if (start !== open || end + rest !== bytes.length)
    throw range("the signature does not cover the whole file", offset);
  const isHole = bytes[end - 1] === GREATER && textAt(bytes, end, end + AFTER_HOLE.length) === AFTER_HOLE;
  if (!isHole) throw range("the signature leaves out more than its own place", start);
  const claimedAt = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  return {
    hole: { start, end },
    claimedAt,
    claimedAtMs: millisecondsOf(claimedAt, offset),
    cms: contentOf(bytes, { start, end }),
  };
}

function millisecondsOf(claimedAt: string, offset: number): number {
  try {
    return parseTime(claimedAt.replace("Z", ".000Z"));
  } catch (error) {
    if (error instanceof ParseError) throw range(`no time of signing: ${claimedAt}`, offset);
    throw error;
  }
}

/** The catalog's form has one field, and that one is signed. */
function signaturePointer(reader: PdfReader): PdfValue | undefined {
  const catalog = reader.dictionary(reader.trailer.get("Root"));
  if (!catalog.has("AcroForm")) throw missing();
  const fields = reader.dictionary(catalog.get("AcroForm")).get("Fields");
  if (!Array.isArray(fields) || fields.length !== 1) throw missing();
  const field = reader.dictionary((fields as readonly PdfValue[])[0]);
  const type = field.get("FT");
  if (!(type instanceof PdfName) || type.name !== "Sig" || !field.has("V")) throw missing();
  return field.get("V");
}

/** Lower-case digits of one DER value, and zeros behind it: nothing else may hide where no signature reaches. */
function contentOf(bytes: Uint8Array, { start, end }: Hole): Uint8Array {
  const digits = end - start - 2;
  if (digits % 2 !== 0) throw range("half a byte in the signature", start);
  const place = bytes.subarray(start + 1, end - 1);
  const length = derLength(fromHexadecimal(place.subarray(0, DER_HEAD_DIGITS), start));
  if (length > digits / 2) throw range("a signature longer than its place", start);
  for (let i = 2 * length; i < place.length; i++)
    if (place[i] !== ZERO) throw range("bytes behind the signature", start + 1 + i);
  if (length === 0) throw missing();
  return fromHexadecimal(place.subarray(0, 2 * length), start);
}

function fromHexadecimal(digits: Uint8Array, start: number): Uint8Array {
  const content = new Uint8Array(digits.length / 2);
  for (let i = 0; i < content.length; i++) {
    const [high, low] = [digitOf(digits[2 * i]), digitOf(digits[2 * i + 1])];
    if (high < 0 || low < 0) throw range("the signature is not in lower-case hexadecimal", start + 1 + 2 * i);
    content[i] = 16 * high + low;
  }
  return content;
}

const DER_HEAD_DIGITS = 8;

/**
 * Gives the length of a SEQUENCE of two length bytes at most; 0 where zeros stand for it: what is in it is for the
 * reader of DER.
 */
function derLength(head: Uint8Array): number {
  const [tag, first = 0, second = 0, third = 0] = head;
  if (tag !== 0x30) return 0;
  if (first < 0x80) return 2 + first;
  if (first === 0x81) return 3 + second;
  return first === 0x82 ? 4 + 256 * second + third : 0;
}

/** Gives the SHA-256 of what the signature covers. */
export function signedDigest(
  pdf: Uint8Array,
  { start, end }: Hole,
  create: CreateDigester = coreDigester,
): Uint8Array {
  return create("sha-256").update(pdf.subarray(0, start)).update(pdf.subarray(end)).digest();
}

/** Writes the signature into its hole in the file. Throws where it does not fit: the template reserves too little. */
export function writeSignature(file: Uint8Array, { start, end }: Hole, cms: Uint8Array): void {
  const digits = utf8(hex(cms));
  const room = end - start - 2;
  if (digits.length > room)
    throw new Error(`a signature of ${cms.length} bytes, and the template reserves ${room / 2}`);
  file.fill(ZERO, start + 1, end - 1).set(digits, start + 1);
}

/** Makes a copy of the file with this signature in its hole. */
export function withSignature(pdf: Uint8Array, hole: Hole, cms: Uint8Array): Uint8Array {
  const signed = new Uint8Array(pdf); // A copy, also of a Buffer.
  writeSignature(signed, hole, cms);
  return signed;
}

/** Gives the file as it was before it was signed. */
export const withoutSignature = (pdf: Uint8Array, hole: Hole): Uint8Array =>
  withSignature(pdf, hole, new Uint8Array(0));

const [LESS, GREATER, ZERO] = [0x3c, 0x3e, 0x30];

const digitOf = (code = 0): number =>
  code >= 0x30 && code <= 0x39 ? code - 0x30 : code >= 0x61 && code <= 0x66 ? code - 0x57 : -1;

const missing = () =>
  new CertificateError("certificate-signature-missing", "the PDF carries no signature of ours");
const range = (message: string, offset: number) =>
  new CertificateError("certificate-signature-range", message, offset);
