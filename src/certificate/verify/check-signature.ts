/**
 * Check 11, its first half: who signed the whole file, and whether the trust file's certificate authorities vouch for
 * that name at the time of signing. docs/evidence-format.md, section 9.2.
 */
import type { CreateDigester } from "../../core/digest/digester.js";
import { formatTime } from "../../core/record/time.js";
import {
  type Check,
  failed,
  notRun,
  type ReportCertificate,
  UNDECIDED_SIGNATURES,
} from "../../core/verify/report.js";
import type { Consortium } from "../../core/trust/consortium.js";
import type { VerifyX509Signature } from "../../pki/der/algorithms.js";
import { DetachedSignatureError } from "../../pki/signature/detached-signature-error.js";
import { verifyX509Signature } from "../../pki/der/portable-signature.js";
import { openAuthorities } from "../../pki/x509/authorities.js";
import { verifyDetachedSignature } from "../../pki/signature/verify-detached-signature.js";
import { CertificateError } from "../pdf/certificate-error.js";
import type { PdfReader } from "../pdf/pdf-reader.js";
import { readSignature, signedDigest, type SignatureInFile } from "../pdf/signature-object.js";

/** The judgement says either who signed, or why that is not known: a check that failed or could not be made. */
export type JudgedSignature =
  | { readonly signature: SignatureInFile; readonly signedBy: ReportCertificate; readonly check?: undefined }
  | { readonly signature?: SignatureInFile; readonly check: Check };

const name = "certificate";

/** A host may have faster implementations of the same functions. */
export interface SignatureHost {
  readonly verifyX509Signature?: VerifyX509Signature;
  readonly createDigester?: CreateDigester;
}

export function judgeSignature(
  reader: PdfReader,
  consortium: Consortium,
  { verifyX509Signature: verify = verifyX509Signature, createDigester }: SignatureHost = {},
): JudgedSignature {
  let signature: SignatureInFile;
  try {
    signature = readSignature(reader);
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return { check: failed(name, error.code, error.message) };
  }
  try {
    const { signer, authority, judgedAtMs, judgedBy, timestamp } = verifyDetachedSignature({
      cms: signature.cms,
      messageDigest: signedDigest(reader.bytes, signature.hole, createDigester),
      claimedAtMs: signature.claimedAtMs,
      ...openAuthorities(consortium),
      verify,
    });
    const signedBy: ReportCertificate = {
      signer: signer.commonName,
      authority: authority.commonName,
      signedAt: signature.claimedAt,
      judgedAt: formatTime(judgedAtMs),
      judgedBy,
      ...(timestamp && { timestampAuthority: timestamp.authority.commonName }),
    };
    return { signature, signedBy };
  } catch (error) {
    if (!(error instanceof DetachedSignatureError)) throw error;
    const { code, message, detail } = error;
    const { field: what = "signature", got, want } = detail;
    const compared = got === undefined || want === undefined ? undefined : [{ what, got, want }];
    const check = UNDECIDED_SIGNATURES.has(code)
      ? notRun(name, code, message)
      : failed(name, code, message, compared);
    return { signature, check };
  }
}
