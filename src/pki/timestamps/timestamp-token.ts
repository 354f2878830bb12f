/**
 * One RFC 3161 token: read whoever made it, then judged for an authority that the verifier trusts. A token of no such
 * authority is shown and not judged: who trusts nobody in it learns nothing from its signature.
 */
import { equalBytes, hex } from "../../core/bytes.js";
import {
  DIGESTS,
  digestOf,
  IMPRINT_DIGESTS,
  imprintDigestOf,
  isSigned,
  signatureOf,
  type VerifyX509Signature,
} from "../der/algorithms.js";
import { MalformedError, TAG } from "../der/der.js";
import { objectIdentifier } from "../der/fields.js";
import { anchorsByName, type PathQuestion, verifyPath } from "../x509/path.js";
import { ATTRIBUTE } from "../cms/signed-data.js";
import {
  isSigner,
  isSigningCertificate,
  parseSigningCertificates,
  type SigningCertificateId,
} from "../cms/signing-certificate.js";
import { named, TimestampError } from "../der/timestamp-error.js";
import { checkPurpose, ID_KP_TIME_STAMPING } from "../x509/timestamp-purpose.js";
import { ID_TST_INFO, namedSigners, parseTokenEnvelope, type TokenEnvelope } from "./token-envelope.js";
import { parseTstInfo, type TstInfo } from "./tst-info.js";
import type { X509Certificate } from "../x509/x509-certificate.js";

export interface TimestampToken {
  readonly envelope: TokenEnvelope;
  readonly info: TstInfo;
  readonly messageDigest: Uint8Array;
  readonly signingCertificates: readonly SigningCertificateId[];
  /** The signer's certificate is the one that the token names, and with it what a report shows. */
  readonly signer: X509Certificate;
}

/**
 * Reads a token. Throws `MalformedError`, or `TimestampError` where a well-formed token lacks its signing
 * certificate.
 */
export function parseTimestampToken(bytes: Uint8Array): TimestampToken {
  return named(() => parseToken(bytes));
}

function parseToken(bytes: Uint8Array): TimestampToken {
  const envelope = parseTokenEnvelope(bytes);
  const { signedAttributes, certificates } = envelope;
  const info = parseTstInfo(envelope.content);
  // RFC 5652, section 11.1: "the value MUST match the eContentType"; both attributes are required (section 5.3).
  const contentType = signedAttributes.get(ATTRIBUTE.contentType);
  if (contentType?.tag !== TAG.objectIdentifier || objectIdentifier(contentType) !== ID_TST_INFO)
    throw new MalformedError("the signed content type is not TSTInfo");
  const messageDigest = signedAttributes.get(ATTRIBUTE.messageDigest);
  if (messageDigest?.tag !== TAG.octetString) throw new MalformedError("no signed message digest");
  const signingCertificates = parseSigningCertificates(signedAttributes);
  const candidates = certificates.filter((one) => isSigner(one, envelope));
  // One key may have several certificates: the signed identifier tells them apart.
  const isSigning = (one: X509Certificate) => isSigningCertificate(one, signingCertificates);
  const signer = candidates.length > 1 ? (candidates.find(isSigning) ?? candidates[0]) : candidates[0];
  if (signer === undefined)
    throw new TimestampError("timestamp-certificate-missing", "the token lacks its signing certificate", {
      field: "certificates",
      got: String(certificates.length),
      want: "the signer's among them",
    });
  return { envelope, info, messageDigest: messageDigest.content, signingCertificates, signer };
}

/**
 * Finds whom a token that can't be read names as its signer, where it names anybody, and whether an anchor vouches
 * for that name.
 */
export function unreadableSigner(
  bytes: Uint8Array,
  anchors: readonly X509Certificate[],
): { readonly signer?: X509Certificate; readonly isOfAnchor: boolean } {
  const { signers, certificates: others } = namedSigners(bytes, isSigner);
  const isOfAnchor = signers.some((signer) => anchorsByName({ signer, others, anchors }).length > 0);
  const [signer] = signers;
  return { ...(signer && { signer }), isOfAnchor };
}

export interface TokenQuestion {
  readonly token: TimestampToken;
  /** These are the bytes that are claimed to have existed. */
  readonly message: Uint8Array;
  readonly anchors: readonly X509Certificate[];
  /** These are the trust file's authorities of document signers. */
  readonly apartFrom: readonly X509Certificate[];
  readonly verify: VerifyX509Signature;
}

/** Finds the trusted authorities that the token claims to be of; where there is none, it is not judged. */
export const claimedAuthorities = (question: TokenQuestion) => anchorsByName(pathOf(question));

function pathOf({ token, anchors, apartFrom, verify }: TokenQuestion): PathQuestion {
  const { signer, info } = token;
  const others = token.envelope.certificates;
  return {
    signer,
    others,
    anchors,
    apartFrom,
    atMs: info.genTimeMs,
    purposes: [ID_KP_TIME_STAMPING],
    verify,
  };
}

/**
 * Verifies a token: gives the authority for whom it speaks, and throws `TimestampError` with the reason why it speaks
 * for none.
 */
export function verifyTimestampToken(question: TokenQuestion): X509Certificate {
  return tokenPath(question).at(-1) as X509Certificate;
}

/** Gives the path from the token's signer to its authority. */
export function tokenPath(question: TokenQuestion): readonly X509Certificate[] {
  return named(() => verifyToken(question));
}

function verifyToken(question: TokenQuestion): readonly X509Certificate[] {
  const { token, message, verify } = question;
  const { info, signer } = token;
  if (info.criticalExtensions.length > 0)
    throw new TimestampError(
      "timestamp-unsupported",
      `critical extensions that this program does not know: ${info.criticalExtensions.join(", ")}`,
    );
  verifySigner(token, verify);
  checkPurpose(signer);
  const path = verifyPath(pathOf(question));
  checkImprint(info, message);
  return path;
}

/** RFC 5652, sections 5.4 and 5.6; RFC 5816, section 2.2.1. */
function verifySigner(token: TimestampToken, verify: VerifyX509Signature): void {
  const { envelope, signer, messageDigest, signingCertificates } = token;
  if (!isSigningCertificate(signer, signingCertificates))
    throw new TimestampError(
      "timestamp-certificate-mismatch",
      "the token was not signed under the certificate that it carries",
    );
  const digest = digestOf(envelope.digestAlgorithm);
  const isContentSigned = equalBytes(DIGESTS[digest](envelope.content), messageDigest);
  const { signedBytes, sentBytes, signature } = envelope;
  const question = {
    publicKey: signer.publicKey,
    ...signatureOf(envelope.signatureAlgorithm, digest),
    signature,
  };
  const isValid =
    isContentSigned &&
    (isSigned(verify, { ...question, message: signedBytes }) ||
      (!equalBytes(signedBytes, sentBytes) && isSigned(verify, { ...question, message: sentBytes })));
  if (!isValid)
    throw new TimestampError(
      "timestamp-signature-invalid",
      isContentSigned
        ? "the token's signature does not verify"
        : "the token's content is not what was signed",
    );
}

/** RFC 3161, section 2.4.2: the imprint is of the bytes that were stamped. */
function checkImprint({ imprint }: TstInfo, message: Uint8Array): void {
  const name = imprintDigestOf(imprint.algorithm);
  const want = IMPRINT_DIGESTS[name](message);
  if (!equalBytes(imprint.digest, want))
    throw new TimestampError("timestamp-imprint-mismatch", "the token is of other bytes", {
      field: `imprint (${name})`,
      got: hex(imprint.digest),
      want: hex(want),
    });
}
