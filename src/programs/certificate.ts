/** `cunzheng certificate`: with this machine's templates, from files to a file. */
import { createTemplateFinder } from "../adapters/certificate-worker/template-files.js";
import { type CertificateRecord, parseCertificateRecord } from "../certificate/content/certificate-record.js";
import { CertificateError } from "../certificate/pdf/certificate-error.js";
import { MAX_PDF_BYTES, PdfReader } from "../certificate/pdf/pdf-reader.js";
import { isPdf, readAttachments } from "../certificate/verify/read-certificate.js";
import { readTouched } from "../certificate/verify/touched-certificate.js";
import { drawPdf } from "../certificate/template/draw-certificate.js";
import { readSignature, withoutSignature } from "../certificate/pdf/signature-object.js";
import { openTrust } from "../certificate/content/trust.js";
import type { CertificateArguments, RemadeCertificate } from "../commands/evidence/certificate.js";
import { UsageError } from "../commands/model/errors.js";
import { bytesFromBase64, equalBytes, hex } from "../core/bytes.js";
import { sha256 } from "../core/digest/sha256.js";
import { createDigester } from "../platform/keys/ed25519.js";
import { readAtMost } from "../platform/files/read-at-most.js";
import { FORMAT_BOUNDS } from "../core/record/json.js";
import { writeFileDurably } from "../platform/files/files.js";
import { VERIFIERS } from "../platform/keys/verifiers.js";
import { verifyX509Signature } from "../platform/keys/x509-signature.js";

interface Given {
  readonly evidence: Uint8Array;
  readonly record: CertificateRecord;
  /** The certificate that was given, its signature taken out. */
  readonly unsigned?: Uint8Array;
}

/** Throws where the evidence does not verify, its template is not here, or a file can't be read. */
export async function makeCertificate({
  evidence: file,
  consortium: consortiumFile,
  with: recordFile,
  templates,
  out,
}: Omit<CertificateArguments, "templates"> & {
  readonly templates: readonly string[];
}): Promise<RemadeCertificate> {
  const consortium = await readAtMost(consortiumFile, FORMAT_BOUNDS.bytes);
  const { evidence, record, unsigned } = await read(file, recordFile);
  const template = createTemplateFinder(templates)(record.template);
  if (template === undefined)
    throw new Error(
      `the certificate is of template ${hexOf(record.template)}, which is not in ${templates.join(" or ")}`,
    );
  const { issuedAt, language, verifyUrl, issuer, consortium: issuedUnder } = record;
  const pages = { issuedAt, language, verifyUrl, issuer, issuedUnder, template };
  const host = { ...VERIFIERS, createDigester, verifyX509Signature };
  const { bytes } = drawPdf({ evidence, consortium, ...pages, ...host });
  await writeFileDurably(out, bytes);
  return {
    sha256: hex(sha256(bytes)),
    ...(unsigned && { isSame: equalBytes(bytes, unsigned) }),
    ...(openTrust(consortium).digest !== issuedUnder && { issuedUnder: hexOf(issuedUnder) }),
  };
}

async function read(file: string, recordFile: string | undefined): Promise<Given> {
  const bytes = await readAtMost(file, MAX_PDF_BYTES);
  if (!isPdf(bytes)) {
    if (recordFile === undefined)
      throw new UsageError("--with: the certificate.json that goes with this evidence");
    return {
      evidence: bytes,
      record: parseCertificateRecord(await readAtMost(recordFile, FORMAT_BOUNDS.bytes)),
    };
  }
  if (recordFile !== undefined) throw new UsageError("--with: a certificate brings its own certificate.json");
  try {
    const reader = new PdfReader(bytes);
    const { evidence, certificate } = readAttachments(reader);
    const unsigned = withoutSignature(bytes, readSignature(reader).hole);
    return { evidence, record: parseCertificateRecord(certificate), unsigned };
  } catch (error) {
    throw error instanceof CertificateError ? touched(file, bytes, error) : error;
  }
}

/** What happened to the file on its way, as the verifier tells it. */
function touched(file: string, bytes: Uint8Array, error: CertificateError): Error {
  const { code, message } = readTouched(bytes, error);
  return new Error(
    `${file} is not as it was issued (${code}): ${message}. Ask for it again, or give its evidence with its certificate.json (--with)`,
    { cause: error },
  );
}

const hexOf = (digest: string): string => hex(bytesFromBase64(digest));
