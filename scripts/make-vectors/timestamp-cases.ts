/** The cases of test/vectors/evidence/ about check 9: tokens of one authority of fixed keys, true and false ones. */
import { base64, utf8 } from "../../src/core/bytes.js";
import { sm3 } from "../../src/core/digest/sm3.js";
import { encodeEvidence } from "../../src/core/evidence/evidence.js";
import * as der from "../../src/pki/der/der-writer.js";
import { parseDer } from "../../src/pki/der/der.js";
import type { EvidenceCase } from "./evidence-cases.js";
import { consortium, cosigners, sampleEvidence } from "./sample-world.js";
import {
  basicConstraints,
  extendedKeyUsage,
  extension,
  keyUsage,
  makeCertificate,
  sampleAuthority,
  TIME_STAMPING,
} from "./timestamp-authority.js";
import { berOf, Envelope, octetsInPieces, type Otherwise } from "./token-frames.js";

const east = sampleAuthority("Example TSA East", 0x61);
const west = sampleAuthority("Example TSA West", 0x71);
/** Of the same name as east, and of other keys. */
const impostor = sampleAuthority("Example TSA East", 0x51);

const { evidence, checkpointText } = sampleEvidence();
const stampedWith = (...tokens: readonly Uint8Array[]): Uint8Array =>
  encodeEvidence({ ...evidence, timestamps: tokens.map((token) => ({ token: base64(token) })) });
const trusting = (...pems: readonly string[]) => ({ ...consortium(), timestampAuthorities: pems });
const token = east.stamp(checkpointText);
const twoCheckpoints = sampleEvidence({
  batch: { sealedAt: "2026-11-24T08:00:01.500Z" },
  cosigners: [cosigners.bankB],
});

const wrongCertificate = (extensions: readonly Uint8Array[], notAfter?: string) => {
  const x509Certificate = makeCertificate({
    subject: "Example TSA East unit 2",
    issuer: east.name,
    key: east.key,
    issuerKey: east.rootKey,
    serialNumber: 2,
    extensions,
    ...(notAfter !== undefined && { notAfter }),
  });
  return east.stamp(checkpointText, { x509Certificate, serialNumber: 2 });
};

interface Outcome {
  readonly verdict: EvidenceCase["verdict"];
  readonly timestamps: readonly string[];
  readonly failed?: string;
}
const one = (
  why: string,
  evidenceFile: Uint8Array,
  pems: readonly string[],
  outcome: Outcome,
): EvidenceCase => ({
  why,
  evidence: evidenceFile,
  consortium: trusting(...pems),
  verdict: outcome.verdict,
  timestamps: outcome.timestamps,
  ...(outcome.failed !== undefined && { failed: { timestamps: outcome.failed } }),
});
const fails = (why: string, token: Uint8Array, code: string): EvidenceCase =>
  one(why, stampedWith(token), [east.pem], { verdict: "refused", timestamps: [code], failed: code });
const brokenTrust = (why: string, pem: string, code: string): EvidenceCase => ({
  why,
  evidence: encodeEvidence(evidence),
  consortium: trusting(pem),
  verdict: "incomplete",
  trustProblem: code,
});
const counted = (...timestamps: readonly string[]): Outcome => ({ verdict: "verified", timestamps });

const unreadable = (why: string, bytes: Uint8Array): EvidenceCase =>
  one(why, stampedWith(bytes), [east.pem], { verdict: "incomplete", timestamps: ["timestamp-malformed"] });

const written = (otherwise: Partial<Otherwise>): Uint8Array => new Envelope(token).write(otherwise);

/** Attributes that are not sorted, signed as they stand. */
const signedOutOfOrder = ((): Uint8Array => {
  const attributes = [...new Envelope(token).attributes].reverse();
  return written({ attributes, signature: der.octets(east.key.sign(der.tlv(0x31, ...attributes))) });
})();

/** Under `unit <- west's key, signed by east <- east`. */
const throughSigners = ((): Uint8Array => {
  const crossSigned = makeCertificate({
    ...{ subject: west.name, issuer: east.name, key: west.rootKey, issuerKey: east.rootKey, serialNumber: 3 },
    extensions: [basicConstraints(true), keyUsage("certify")],
  });
  const certificates = [west.x509Certificate, crossSigned];
  const { x509Certificate, key } = west;
  return east.stamp(checkpointText, { x509Certificate, key, issuer: west.name, certificates });
})();

/** Bytes that begin as a token does and hold a time without end. */
const longTime = (token: Uint8Array): Uint8Array =>
  Uint8Array.of(0x30, 0x83, 0x01, 0x11, 0x74, ...token.subarray(4, 20), 0x18, 0x83, 0x01, 0x11, 0x5f, ...new Uint8Array(69_983).fill(0x30)); // prettier-ignore

export function timestampCases(): Readonly<Record<string, EvidenceCase>> {
  return {
    "timestamp-of-a-trusted-authority": one(
      "one token over the checkpoint's note text, of an authority that the trust file names",
      stampedWith(token),
      [east.pem, west.pem],
      counted("counted"),
    ),
    "timestamps-of-one-authority-count-once": one(
      "two tokens of one authority: both are shown, one counts",
      stampedWith(
        token,
        east.stamp(checkpointText, { genTime: "2026-11-24T09:00:00.000Z" }),
        west.stamp(checkpointText),
      ),
      [east.pem, west.pem],
      counted("counted", "authority-counted-already", "counted"),
    ),
    "timestamp-of-no-authority": one(
      "a well-formed token where the trust file names no authority: shown, and nothing was asked",
      stampedWith(token),
      [],
      counted("authority-unknown"),
    ),
    "timestamp-of-no-authority-but-asked_incomplete": one(
      "a well-formed token of another authority than those of the trust file",
      stampedWith(token),
      [west.pem],
      { verdict: "incomplete", timestamps: ["authority-unknown"] },
    ),
    "timestamp-of-a-stranger-beside-a-trusted-one": one(
      "the stranger's token is shown and hurts nobody",
      stampedWith(west.stamp(checkpointText), token),
      [east.pem],
      counted("authority-unknown", "counted"),
    ),
    "timestamps-asked-and-none-there": one(
      "the trust file names an authority, the evidence carries no token: nothing could not be checked",
      encodeEvidence(evidence),
      [east.pem],
      { verdict: "verified", timestamps: [] },
    ),
    "timestamp-malformed": one(
      "bytes that are no token, and name nobody, are shown, where the trust file names no authority",
      stampedWith(utf8("not a token")),
      [],
      counted("timestamp-malformed"),
    ),
    "timestamp-malformed-beside-a-trusted-one": one(
      "bytes that are no token, and name nobody, hurt nobody",
      stampedWith(utf8("not a token"), token),
      [east.pem],
      counted("timestamp-malformed", "counted"),
    ),
    "timestamp-empty_incomplete": unreadable("a token of no bytes", new Uint8Array(0)),
    "timestamp-trailing-byte_incomplete": unreadable("a byte after the value", Uint8Array.of(...token, 0)),
    "timestamp-too-long_incomplete": unreadable(
      "a token of more than 65,536 bytes, its time 70,000 of them",
      longTime(token),
    ),
    "timestamp-without-content_fail": fails(
      "of a trusted authority by the names that it carries, and its content is no TSTInfo",
      written({ content: der.octets(utf8("not TSTInfo")) }),
      "timestamp-malformed",
    ),
    "timestamp-without-content-of-a-stranger": one(
      "the same beside a token of a trusted authority, where nobody trusts the one that it names",
      stampedWith(written({ content: der.octets(utf8("not TSTInfo")) }), west.stamp(checkpointText)),
      [west.pem],
      counted("timestamp-malformed", "counted"),
    ),
    "timestamp-in-ber": one(
      "the same token in BER: lengths of the indefinite form, down to the signed attributes",
      stampedWith(berOf(parseDer(token), { form: "indefinite", isOutside: false })),
      [east.pem],
      counted("counted"),
    ),
    "timestamp-content-in-pieces": one(
      "the same token with its content as an OCTET STRING in pieces",
      stampedWith(written({ content: octetsInPieces(new Envelope(token).content, 9) })),
      [east.pem],
      counted("counted"),
    ),
    "timestamp-attributes-out-of-order": one(
      "the signed attributes as a SET out of order: they were signed in the order of DER",
      stampedWith(written({ attributes: [...new Envelope(token).attributes].reverse() })),
      [east.pem],
      counted("counted"),
    ),
    "timestamp-attributes-signed-out-of-order": one(
      "the signed attributes as a SET out of order, and signed so",
      stampedWith(signedOutOfOrder),
      [east.pem],
      counted("counted"),
    ),
    "timestamp-with-more-beside": one(
      "an attribute certificate, a certificate that is none, an OCSP response, no digest algorithms, no unsigned attributes",
      stampedWith(
        written({
          ...{ version: 5, digestAlgorithms: [], unsigned: [] },
          certificates: [
            ...new Envelope(token).certificates,
            der.context(2, der.sequence(der.integer(1))),
            der.sequence(der.integer(1)),
          ],
          revocations: [der.context(1, der.oid("1.3.6.1.5.5.7.16.2"), der.sequence(der.integer(0)))],
        }),
      ),
      [east.pem],
      counted("counted"),
    ),
    "timestamp-defaults-spelled-out": one(
      "TSTInfo with ordering FALSE, and an extension with critical FALSE",
      stampedWith(
        east.stamp(checkpointText, {
          moreInfo: [
            der.boolean(false),
            der.context(1, der.sequence(der.oid("1.2.3.4.5"), der.boolean(false), der.octets(der.nothing()))),
          ],
        }),
      ),
      [east.pem],
      counted("counted"),
    ),
    "timestamp-imprint-by-sm3": one(
      "the imprint is by SM3",
      stampedWith(
        east.stamp(checkpointText, {
          imprint: der.sequence(
            der.sequence(der.oid("1.2.156.10197.1.401")),
            der.octets(sm3(utf8(checkpointText))),
          ),
        }),
      ),
      [east.pem],
      counted("counted"),
    ),
    "timestamp-signer-is-an-authority_fail": fails(
      "the signer's certificate has cA TRUE",
      wrongCertificate([basicConstraints(true), extendedKeyUsage([TIME_STAMPING])]),
      "timestamp-certificate-purpose",
    ),
    "timestamp-signer-signs-certificates_fail": fails(
      "the signer's keyUsage is keyCertSign beside digitalSignature",
      wrongCertificate([
        extension("2.5.29.15", der.bits(Uint8Array.of(0x84), 2)),
        extendedKeyUsage([TIME_STAMPING]),
      ]),
      "timestamp-certificate-purpose",
    ),
    "timestamp-through-an-authority-of-signers_fail": {
      ...fails(
        "an authority of document signers, whose key an authority of time has signed, vouches for the signer",
        throughSigners,
        "timestamp-chain-invalid",
      ),
      consortium: { ...trusting(east.pem), certificateAuthorities: [west.pem] },
    },
    "timestamp-authority-of-signers-too_incomplete": {
      ...brokenTrust("one key is an authority of time and of document signers", east.pem, "key-reused"),
      consortium: { ...trusting(east.pem), certificateAuthorities: [east.pem] },
    },
    "timestamp-of-another-checkpoint_fail": fails(
      "a true token, over the note text of another checkpoint",
      east.stamp(twoCheckpoints.checkpointText),
      "timestamp-imprint-mismatch",
    ),
    "timestamp-of-the-whole-note_fail": fails(
      "a token over the note with its signatures, not over the text that is signed",
      east.stamp(`${checkpointText}\n— ledger.example/loans AAAA\n`),
      "timestamp-imprint-mismatch",
    ),
    "timestamp-signature-broken_fail": fails(
      "the authority's signature over another token",
      east.stamp(checkpointText, { signature: east.key.sign(utf8("something else")) }),
      "timestamp-signature-invalid",
    ),
    "timestamp-of-an-impostor_fail": fails(
      "an authority of the trusted one's name and of its own keys",
      impostor.stamp(checkpointText),
      "timestamp-chain-invalid",
    ),
    "timestamp-certificate-missing_incomplete": one(
      "a token without certificates is of no authority that could be told offline",
      stampedWith(east.stamp(checkpointText, { certificates: [] })),
      [east.pem],
      { verdict: "incomplete", timestamps: ["timestamp-certificate-missing"] },
    ),
    "timestamp-purpose-missing_fail": fails(
      "signed under a certificate that is not for time-stamping",
      wrongCertificate([]),
      "timestamp-certificate-purpose",
    ),
    "timestamp-purpose-not-critical_fail": fails(
      "the purpose is time-stamping, and not critical (RFC 3161, section 2.3)",
      wrongCertificate([extendedKeyUsage([TIME_STAMPING], false)]),
      "timestamp-certificate-purpose",
    ),
    "timestamp-after-the-certificate-expired_fail": fails(
      "genTime is after the signer's notAfter",
      wrongCertificate([extendedKeyUsage([TIME_STAMPING])], "2026-11-24T08:00:00.000Z"),
      "timestamp-certificate-time",
    ),
    "timestamp-authority-not-pem_incomplete": brokenTrust(
      "an authority that is no PEM text breaks the trust file, also where no token asks for it",
      east.pem.replace("BEGIN CERTIFICATE", "BEGIN TRUSTED CERTIFICATE"),
      "pem-malformed",
    ),
    "timestamp-authority-not-x509_incomplete": brokenTrust(
      "the PEM of something that is no X.509 certificate",
      "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
      "x509-malformed",
    ),
  };
}
