/**
 * Certificates as they are issued, for forged_certificates.py: their files, the trust files they are verified under, and
 * the private keys of those who signed them, since the worst forger is the one who holds a key.
 */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { sampleAuthority } from "../../scripts/make-vectors/timestamp-authority.js";
import { PdfReader } from "../../src/certificate/pdf/pdf-reader.js";
import { readSignature, withSignature } from "../../src/certificate/pdf/signature-object.js";
import { signatureValueOf, withSignatureTimestamp } from "../../src/pki/signature/detached-signature.js";
import { makeFixture, signFixture } from "../certificate/fixture.js";
import { ecSigner, pemOf, ROOT, rsaSigner } from "../certificate/signer.js";

const TSA_SECRET = 0x61;
const STAMPED_AT = "2026-11-24T08:00:10.250Z";
const tsa = sampleAuthority("Example TSA East", TSA_SECRET);
const stranger = sampleAuthority("Example TSA West", TSA_SECRET + 0x10);
const signers = { rsa: rsaSigner, ec: ecSigner };

const { evidence, consortium } = makeFixture();
/** The trust file of the fixture, with whoever stamped. */
const stamping = new TextEncoder().encode(
  JSON.stringify({
    ...(JSON.parse(new TextDecoder().decode(consortium)) as object),
    timestampAuthorities: [tsa.pem],
  }),
);

function sample(language: "zh" | "en", key: "rsa" | "ec", isStamped: boolean): Uint8Array {
  const pdf = signFixture(
    language,
    { evidence, consortium: isStamped ? stamping : consortium },
    signers[key](),
  );
  if (!isStamped) return pdf;
  const { hole, cms } = readSignature(new PdfReader(pdf));
  const token = tsa.stamp(signatureValueOf(cms), { genTime: STAMPED_AT });
  return withSignature(pdf, hole, withSignatureTimestamp(cms, token));
}

/** B-B and B-T, in both languages, by both kinds of keys. */
const SAMPLES = {
  "zh-rsa": () => sample("zh", "rsa", false),
  "en-rsa": () => sample("en", "rsa", false),
  "zh-ec": () => sample("zh", "ec", false),
  "en-ec": () => sample("en", "ec", false),
  "en-rsa-stamped": () => sample("en", "rsa", true),
  "zh-ec-stamped": () => sample("zh", "ec", true),
};

export interface CertificateSample {
  readonly pdf: Uint8Array;
  readonly consortium: Uint8Array;
}

/** By name; in `folder` NAME.pdf, NAME.json (the trust file) and keys.json. */
export function writeCertificateSamples(folder: string): ReadonlyMap<string, CertificateSample> {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  const keys = {
    root: { certificate: hex(ROOT), secret: createHash("sha256").update("test key root").digest("hex") },
    rsa: { certificate: hex(certificateOf("rsa")), ...signers.rsa().key.export({ format: "jwk" }) },
    ec: { certificate: hex(certificateOf("ec")), ...signers.ec().key.export({ format: "jwk" }) },
    tsa: { root: hex(tsa.root), certificate: hex(tsa.x509Certificate), secretByte: TSA_SECRET },
    stranger: { pem: stranger.pem, root: hex(stranger.root) },
    rootPem: pemOf(ROOT),
  };
  writeFileSync(join(folder, "keys.json"), JSON.stringify(keys));
  return new Map(
    Object.entries(SAMPLES).map(([name, make]) => {
      const one = { pdf: make(), consortium: name.endsWith("stamped") ? stamping : consortium };
      writeFileSync(join(folder, `${name}.pdf`), one.pdf);
      writeFileSync(join(folder, `${name}.json`), one.consortium);
      return [name, one];
    }),
  );
}

const certificateOf = (key: "rsa" | "ec"): Uint8Array => signers[key]().certificates[0] as Uint8Array;
