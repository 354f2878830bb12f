/**
 * Check 11's signature part: a CMS over a certificate's bytes, under the authorities of the trust file, at a time that is
 * proved by a token or else claimed. docs/evidence-format.md, section 9.2. Synchronous, without network and clock.
 */
import { equalBytes, hex } from "../../core/bytes.js";
import { UNDECIDED_SIGNATURES } from "../../core/verify/report.js";
import { isSigned, type VerifyX509Signature } from "../der/algorithms.js";
import { MalformedError } from "../der/der.js";
import { type DetachedCms, signedBytes } from "./detached-cms.js";
import {
  checkTokenImprint,
  type Keyless,
  parseDetachedCms,
  parseSignatureToken,
} from "./detached-signature.js";
import { DetachedSignatureError, named, ofToken } from "./detached-signature-error.js";
import { checkDocumentPurpose, DOCUMENT_PURPOSES } from "./document-signer.js";
import { anchorsByName, verifyPath } from "../x509/path.js";
import { verifyTightToken } from "../timestamps/tight-token.js";
import { TimestampError } from "../der/timestamp-error.js";
import { claimedAuthorities } from "../timestamps/timestamp-token.js";
import type { X509Certificate } from "../x509/x509-certificate.js";

export interface SignatureQuestion {
  readonly cms: Uint8Array;
  /** The message digest is the SHA-256 of the bytes that the signature is said to be over. */
  readonly messageDigest: Uint8Array;
  /** This time is when it was made, by its maker's word. */
  readonly claimedAtMs: number;
  readonly certificateAuthorities: readonly X509Certificate[];
  readonly timestampAuthorities: readonly X509Certificate[];
  readonly verify: VerifyX509Signature;
}

export interface SignatureVerdict {
  readonly signer: X509Certificate;
  readonly authority: X509Certificate;
  /** The signer's path is valid at this time. */
  readonly judgedAtMs: number;
  readonly judgedBy: "token" | "claimed-time";
  readonly timestamp?: SignatureTimestamp;
}

export interface SignatureTimestamp {
  readonly authority: X509Certificate;
  readonly genTimeMs: number;
  /** The serial number is hexadecimal. */
  readonly serialNumber: string;
}

/**
 * Verifies a certificate's signature. Throws `DetachedSignatureError`. What is wrong comes before what could not be
 * judged: a code of `UNDECIDED_SIGNATURES` says that nothing else was found amiss.
 */
export function verifyDetachedSignature(question: SignatureQuestion): SignatureVerdict {
  const cms = parseDetachedCms(question.cms, (read) => judgeKeyless(read, question));
  const { chain, token } = cms;
  const [signer] = chain;
  checkValue(cms, question.verify);
  checkDocumentPurpose(signer);
  const undecided: DetachedSignatureError[] = [];
  const timestamp = token && decided(() => verifyToken(token, cms, question), undecided);
  const judgedAtMs = timestamp?.genTimeMs ?? question.claimedAtMs;
  const authority = decided(() => verifyChain(chain, judgedAtMs, question), undecided);
  const [first] = undecided;
  if (first !== undefined) throw first;
  return {
    signer,
    authority: authority as X509Certificate,
    judgedAtMs,
    judgedBy: timestamp === undefined ? "claimed-time" : "token",
    ...(timestamp && { timestamp }),
  };
}

function judgeKeyless({ messageDigest, token }: Keyless, question: SignatureQuestion): void {
  if (!equalBytes(messageDigest, question.messageDigest))
    throw new DetachedSignatureError("certificate-signature-invalid", "other bytes than these were signed", {
      field: "messageDigest",
      got: hex(question.messageDigest),
      want: hex(messageDigest),
    });
  if (token !== undefined) decided(() => parseSignatureToken(token), []);
}

/** Tells whether the signer's chain leads to one of these by name: whose it claims to be, and no more than that. */
export function isSignedUnder(cms: Uint8Array, anchors: readonly X509Certificate[]): boolean {
  const [signer, ...others] = parseDetachedCms(cms).chain;
  return anchorsByName({ signer, others, anchors }).length > 0;
}

/** RFC 5652, section 5.6. */
function checkValue(cms: DetachedCms, verify: VerifyX509Signature): void {
  const { chain, algorithm, signature } = cms;
  const { publicKey } = chain[0];
  const message = signedBytes(cms);
  if (!named(() => isSigned(verify, { publicKey, algorithm, digest: "sha-256", message, signature })))
    throw new DetachedSignatureError("certificate-signature-invalid", "the signature does not verify");
}

function verifyChain(
  [signer, ...others]: DetachedCms["chain"],
  atMs: number,
  { certificateAuthorities: anchors, timestampAuthorities: apartFrom, verify }: SignatureQuestion,
): X509Certificate {
  if (anchors.length === 0)
    throw new DetachedSignatureError(
      "certificate-authorities-none",
      "the trust file names no certification authority",
    );
  const path = { signer, others, anchors, apartFrom, atMs, purposes: DOCUMENT_PURPOSES, verify };
  if (anchorsByName(path).length === 0)
    throw new DetachedSignatureError(
      "certificate-authority-unknown",
      `${signer.commonName} is of no authority that the trust file names`,
    );
  return named(() => verifyPath(path)).at(-1) as X509Certificate;
}

function verifyToken(
  bytes: Uint8Array,
  { signature }: DetachedCms,
  question: SignatureQuestion,
): SignatureTimestamp {
  const { timestampAuthorities: anchors, certificateAuthorities: apartFrom, verify } = question;
  const token = parseSignatureToken(bytes);
  checkTokenImprint(token, signature);
  const { genTimeMs, serialNumber } = token.info;
  const asked = { token, message: signature, anchors, apartFrom, verify };
  if (claimedAuthorities(asked).length === 0)
    throw new DetachedSignatureError(
      "certificate-timestamp-unknown",
      `the time-stamp token of ${token.signer.commonName} is of no authority that the trust file names`,
    );
  try {
    return { authority: verifyTightToken(bytes, asked), genTimeMs, serialNumber };
  } catch (error) {
    if (error instanceof MalformedError)
      throw new DetachedSignatureError("certificate-timestamp-invalid", error.message);
    throw error instanceof TimestampError ? ofToken(error) : error;
  }
}

/** What can't be judged is put aside, since something else may be wrong. */
function decided<T>(judge: () => T, undecided: DetachedSignatureError[]): T | undefined {
  try {
    return judge();
  } catch (error) {
    if (!(error instanceof DetachedSignatureError) || !UNDECIDED_SIGNATURES.has(error.code)) throw error;
    undecided.push(error);
    return undefined;
  }
}
