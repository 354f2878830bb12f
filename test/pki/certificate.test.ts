/** A certificate of evidence with a token: drawn and checked by one answer about it, or the two would differ. */
import { describe, expect, it } from "@jest/globals";
import { sampleAuthority } from "../../scripts/make-vectors/timestamp-authority.js";
import { signCertificate } from "../../src/certificate/make-certificate.js";
import { drawPdf, NotCertifiableError } from "../../src/certificate/template/draw-certificate.js";
import { verifyFile } from "../../src/certificate/verify/verify-file.js";
import { base64, textFromUtf8 } from "../../src/core/bytes.js";
import { encodeEvidence, parseEvidence } from "../../src/core/evidence/evidence.js";
import { parseNote } from "../../src/core/ledger/note.js";
import { parseTlogProof } from "../../src/core/ledger/tlog-proof.js";
import { canonicalJson } from "../../src/core/record/canonical.js";
import type { Report } from "../../src/core/verify/report.js";
import { verifyX509Signature } from "../../src/platform/keys/x509-signature.js";
import { findTemplate, makeFixture, template, VERIFY_URL } from "../certificate/fixture.js";
import { ecSigner } from "../certificate/signer.js";

const authority = sampleAuthority("Example TSA", 0x31);
const fixture = makeFixture();
const evidence = parseEvidence(fixture.evidence);
const { text } = parseNote(parseTlogProof(evidence.ledgerProof).checkpoint);
const consortium = canonicalJson({
  ...JSON.parse(textFromUtf8(fixture.consortium)),
  timestampAuthorities: [authority.pem],
});
const stamped = (message: string) => ({
  evidence: encodeEvidence({ ...evidence, timestamps: [{ token: base64(authority.stamp(message)) }] }),
  consortium,
  issuedAt: "2026-11-24T08:00:30.000Z",
  language: "zh" as const,
  verifyUrl: VERIFY_URL,
  template: template(),
});

describe("a certificate of evidence with a timestamp token", () => {
  it("is drawn by either host's signatures, and verifies", async () => {
    const drawn = drawPdf(stamped(text)).bytes;
    expect(Buffer.compare(drawPdf({ ...stamped(text), verifyX509Signature }).bytes, drawn)).toBe(0);
    const { pdf } = signCertificate(stamped(text), ecSigner());
    const report = (await verifyFile({
      file: pdf,
      consortium,
      templates: async () => findTemplate,
    })) as Report;
    const result = (name: string) => report.checks.find((check) => check.name === name)?.result;
    expect([report.verdict, result("timestamps"), result("certificate")]).toEqual([
      "verified",
      "passed",
      "passed",
    ]);
    expect(report.times?.timestampedAt).toBe("2026-11-24T08:00:03.500Z");
  });

  it("is not made where the token is of another checkpoint", () => {
    expect(() => drawPdf(stamped(`${text}\n`))).toThrow(NotCertifiableError);
  });
});
