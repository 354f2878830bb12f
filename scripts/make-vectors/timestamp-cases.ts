/** The cases of test/vectors/evidence/ about check 9: tokens of one authority of fixed keys, true and false ones. */
import { base64, utf8 } from "../../src/core/bytes.js";
import { encodeEvidence } from "../../src/core/evidence/evidence.js";
import type { EvidenceCase } from "./evidence-cases.js";
import { consortium, cosigners, sampleEvidence } from "./sample-world.js";
import { extendedKeyUsage, makeCertificate, sampleAuthority, TIME_STAMPING } from "./timestamp-authority.js";

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

/** The token with its outermost length in the indefinite form of BER. */
const indefinite = (der: Uint8Array): Uint8Array =>
  Uint8Array.of(0x30, 0x80, ...der.subarray((der[1] ?? 0) === 0x82 ? 4 : 3), 0, 0);

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
    "timestamp-malformed_fail": one(
      "bytes that are no token fail, also where the trust file names no authority",
      stampedWith(utf8("not a token")),
      [],
      { verdict: "refused", timestamps: ["timestamp-malformed"], failed: "timestamp-malformed" },
    ),
    "timestamp-empty_fail": fails("a token of no bytes", new Uint8Array(0), "timestamp-malformed"),
    "timestamp-trailing-byte_fail": fails(
      "a byte after the DER value",
      Uint8Array.of(...token, 0),
      "timestamp-malformed",
    ),
    "timestamp-too-long_fail": fails(
      "a token of more than 65,536 bytes, its time 70,000 of them",
      longTime(token),
      "timestamp-malformed",
    ),
    "timestamp-in-ber_fail": fails(
      "the same token with a length of the indefinite form",
      indefinite(token),
      "timestamp-malformed",
    ),
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
