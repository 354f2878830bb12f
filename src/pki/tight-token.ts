/**
 * Tokens where every byte has to be accounted for: within a certificate's signature. Authorities write into theirs what
 * nobody signed and no verifier needs; it is cut off before the token goes in, and refused afterwards.
 */
import { hex } from "../core/bytes.js";
import { hasNoParameters } from "./algorithms.js";
import { context, type Element, MalformedError, parseDer } from "./der.js";
import * as der from "./der-writer.js";
import { onlyChild } from "./fields.js";
import { parseTimestampToken, tokenPath, type TokenQuestion } from "./timestamp-token.js";
import type { X509Certificate } from "./x509-certificate.js";

/**
 * As `verifyTimestampToken`, for a token that stands where every byte has to be accounted for: what nobody signed (unsigned
 * attributes, revocation lists, certificates that are neither of the path nor of the trust file) is refused.
 */
export function verifyTightToken(question: TokenQuestion): X509Certificate {
  const { signedData, certificates } = question.token;
  const path = tokenPath(question);
  const used = new Set([...path, ...question.anchors].map(({ bytes }) => hex(bytes)));
  const isTight =
    signedData.unsignedAttributes.size === 0 &&
    !signedData.hasRevocationLists &&
    signedData.digestAlgorithms.length === 1 &&
    signedData.digestAlgorithms.every(hasNoParameters) &&
    // Each once: what is taken out of `used` was there.
    certificates.every(({ bytes }) => used.delete(hex(bytes)));
  if (!isTight) throw new MalformedError("the token carries what nobody signed");
  return path.at(-1) as X509Certificate;
}

/**
 * The same token with the certificates of its path alone. The anchors are those under which it is to be judged; throws
 * `MalformedError` or `TimestampError` where it does not verify under them.
 */
export function tightToken(bytes: Uint8Array, question: Omit<TokenQuestion, "token">): Uint8Array {
  const token = parseTimestampToken(bytes);
  const path = new Set(tokenPath({ token, ...question }).map((one) => hex(one.bytes)));
  const certificates = token.certificates.map((one) => one.bytes).filter((one) => path.delete(hex(one)));
  const [type, explicit] = parseDer(bytes).children as [Element, Element];
  const [version, , content] = onlyChild(explicit, "ContentInfo").children as [Element, Element, Element];
  const signers = onlyChild(explicit, "ContentInfo").children.at(-1) as Element;
  const signer = onlyChild(signers, "SignerInfos").children.filter(({ tag }) => tag !== context(1));
  const digestAlgorithm = signer[2] as Element;
  const signedData = der.sequence(
    version.bytes,
    der.setOf(digestAlgorithm.bytes),
    content.bytes,
    der.taggedSetOf(context(0), ...certificates),
    der.setOf(der.sequence(...signer.map((field) => field.bytes))),
  );
  return der.sequence(type.bytes, der.context(0, signedData));
}
