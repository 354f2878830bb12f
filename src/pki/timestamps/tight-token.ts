/**
 * Tokens where every byte has to be accounted for: within a certificate's signature. Authorities write into theirs what
 * nobody signed and no verifier needs; it is cut off before the token goes in, and refused afterwards.
 */
import { equalBytes, hex } from "../../core/bytes.js";
import { hasNoParameters } from "../der/algorithms.js";
import { compareBytes, MalformedError } from "../der/der.js";
import * as der from "../der/der-writer.js";
import { ID_SIGNED_DATA } from "../cms/signed-data.js";
import {
  parseTimestampToken,
  type TimestampToken,
  tokenPath,
  type TokenQuestion,
} from "./timestamp-token.js";
import { ID_TST_INFO } from "./token-envelope.js";
import type { X509Certificate } from "../x509/x509-certificate.js";

/**
 * Verifies as `verifyTimestampToken` does a token that stands where every byte has to be accounted for: `bytes`, of
 * which the question's token was read, are the one DER of what is signed, with certificates of the path or of the
 * trust file alone.
 */
export function verifyTightToken(bytes: Uint8Array, question: TokenQuestion): X509Certificate {
  const { envelope } = question.token;
  const { certificates } = envelope;
  const path = tokenPath(question);
  const used = new Set([...path, ...question.anchors].map((one) => hex(one.bytes)));
  const isTight =
    hasNoParameters(envelope.digestAlgorithm) &&
    // Each once: what is taken out of `used` was there.
    certificates.every((one) => used.delete(hex(one.bytes))) &&
    equalBytes(encodeToken(question.token, certificates), bytes);
  if (!isTight) throw new MalformedError("the token carries what nobody signed");
  return path.at(-1) as X509Certificate;
}

/**
 * Makes the same token with the certificates of its path alone. The anchors are those under which it is to be judged;
 * throws `MalformedError` or `TimestampError` where it does not verify under them.
 */
export function tightToken(bytes: Uint8Array, question: Omit<TokenQuestion, "token">): Uint8Array {
  const token = parseTimestampToken(bytes);
  const path = new Set(tokenPath({ token, ...question }).map((one) => hex(one.bytes)));
  const certificates = token.envelope.certificates.filter((one) => path.delete(hex(one.bytes)));
  const sorted = [...certificates].sort((a, b) => compareBytes(a.bytes, b.bytes));
  const encoded = encodeToken(token, sorted);
  // Some authorities sign their attributes out of order: in the order of DER nothing is signed then.
  if (!equalBytes(token.envelope.signedBytes, token.envelope.sentBytes))
    tokenPath({ token: parseTimestampToken(encoded), ...question });
  return encoded;
}

/**
 * Writes a token in DER but for the order of the certificates, with no digest algorithm but the signer's, no
 * revocation values and no unsigned attributes.
 */
function encodeToken({ envelope }: TimestampToken, certificates: readonly X509Certificate[]): Uint8Array {
  const { content, parts, signedBytes, signature, signerVersion } = envelope;
  const attributes = Uint8Array.from(signedBytes);
  attributes[0] = 0xa0; // [0] IMPLICIT
  const signerInfo = der.sequence(
    der.integer(signerVersion),
    parts.signer,
    parts.digestAlgorithm,
    attributes,
    parts.signatureAlgorithm,
    der.octets(signature),
  );
  const signedData = der.sequence(
    der.integer(3),
    der.setOf(parts.digestAlgorithm),
    der.sequence(der.oid(ID_TST_INFO), der.context(0, der.octets(content))),
    der.context(0, ...certificates.map((one) => one.bytes)),
    der.setOf(signerInfo),
  );
  return der.sequence(der.oid(ID_SIGNED_DATA), der.context(0, signedData));
}
