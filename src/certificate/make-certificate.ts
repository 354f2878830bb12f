/**
 * From evidence to a signed file, and to the same file again. Whatever is made here has passed the public verifier, but
 * for the pages: they have just been drawn. docs/evidence-format.md, section 9.
 */
import { encodeDetachedSignature, type SignatureRequest } from "../pki/signature/detached-signature.js";
import type { Report } from "../core/verify/report.js";
import { type CertificateInput, drawUnsigned, reportFor } from "./template/draw-certificate.js";
import { signedDigest, writeSignature } from "./pdf/signature-object.js";
import { verifySigned } from "./verify/verify-certificate.js";

export interface SignedFile {
  /** The signature is a CMS in DER, without a time-stamp. */
  readonly signature: Uint8Array;
  readonly pdf: Uint8Array;
}

/**
 * Draws a certificate and signs it. Throws as `drawPdf` does, and where the verifier would not accept what comes out.
 */
export function signCertificate(
  input: CertificateInput,
  signer: Omit<SignatureRequest, "messageDigest">,
): SignedFile {
  const report = reportFor(input);
  const { bytes, contents } = drawUnsigned(input, report);
  const messageDigest = signedDigest(bytes, contents, input.createDigester);
  const signature = encodeDetachedSignature({ messageDigest, ...signer });
  writeSignature(bytes, contents, signature);
  return { signature, pdf: checked(bytes, input, report) };
}

/** Makes the file of a certificate that was signed before again, with its time-stamp or without. */
export function remakeCertificate(input: CertificateInput, signature: Uint8Array): Uint8Array {
  const report = reportFor(input);
  const { bytes, contents } = drawUnsigned(input, report);
  writeSignature(bytes, contents, signature);
  return checked(bytes, input, report);
}

function checked(
  pdf: Uint8Array,
  { evidence, template: _, ...input }: CertificateInput,
  known: Report,
): Uint8Array {
  const { report, unread } = verifySigned({ ...input, pdf }, { evidence, report: known });
  const undecided = unread?.judged.check;
  if (report.verdict === "verified" && unread !== undefined && undecided === undefined) return pdf;
  const why = report.checks.find(({ result }) => result === "failed") ?? undecided ?? report.trustProblem;
  throw new Error(`our own certificate would not be accepted: ${why?.message ?? "not all could be checked"}`);
}
