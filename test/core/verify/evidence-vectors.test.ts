/**
 * test/vectors/evidence/ through core: one procedure, every case as a folder. A new folder needs no code here.
 */
import { describe, expect, it } from "@jest/globals";
import { CHECK_NAMES } from "../../../src/core/verify/report.js";
import { TIME_NOTICES } from "../../../src/core/verify/time-notices.js";
import { verifyEvidence } from "../../../src/core/verify/verify-evidence.js";
import { timestampAuthorities } from "../../../src/pki/timestamps/check-timestamps.js";
import { createDigester, verifyEd25519 } from "../../../src/platform/keys/ed25519.js";
import { verifyX509Signature } from "../../../src/platform/keys/x509-signature.js";
import { casesOfLongProof } from "../../long-proof.js";
import { EVIDENCE_CASES, readEvidenceCase } from "./evidence-cases.js";

const TIMES: ReadonlySet<string> = new Set(TIME_NOTICES);
const VOICES: ReadonlySet<string> = new Set([
  "party-not-in-consortium",
  "depositor-not-in-consortium",
  "quorum-splits",
]);

/** Core's own curve and digests, and the platform's fast ones, must agree on everything. */
const HOSTS = {
  portable: { openTimestampAuthorities: timestampAuthorities() },
  "node:crypto": {
    verifyEd25519,
    createDigester,
    openTimestampAuthorities: timestampAuthorities(verifyX509Signature),
  },
};

describe.each(Object.entries(HOSTS))("evidence vectors, %s", (name, host) => {
  // Core's own curve takes most of the time here.
  const cases =
    name === "portable"
      ? casesOfLongProof("evidence vectors by core's own curve", EVIDENCE_CASES, 40)
      : EVIDENCE_CASES;

  it.each(cases)("%s", (name) => {
    const { expected, ...input } = readEvidenceCase(name);
    const report = verifyEvidence({ ...input, ...host, parties: expected.parties });

    expect(report.verdict).toBe(expected.verdict);
    const failed = report.checks.flatMap(({ name, result, code }) =>
      result === "failed" ? [[name, code]] : [],
    );
    expect(Object.fromEntries(failed)).toEqual(expected.failed);
    expect(report.trustProblem?.code).toBe(expected.trustProblem);
    expect(report.checks.map(({ name }) => name)).toEqual(CHECK_NAMES);
    if (expected.counted) {
      const counted = report.cosigners
        .filter(({ counted }) => counted)
        .map(({ organisation }) => organisation);
      expect(counted.sort()).toEqual(expected.counted);
    }
    const aboutVoices = report.notices.map(({ code }) => code).filter((code) => VOICES.has(code));
    if (expected.notices) expect(aboutVoices).toEqual(expected.notices);
    if (expected.timestamps)
      expect((report.timestamps ?? []).map(({ reason }) => reason)).toEqual(expected.timestamps);
    const aboutTimes = report.notices.map(({ code }) => code).filter((code) => TIMES.has(code));
    if (expected.timeNotices) expect(aboutTimes).toEqual(expected.timeNotices);
    const ofRecord = report.notices
      .filter(({ code }) => code.startsWith("record-"))
      .map(({ message: _, ...notice }) => notice);
    expect(ofRecord).toEqual(expected.recordNotices ?? expect.anything());
    if (expected.times) {
      const given = ["createdAt", "receivedAt", "sealedAt"];
      const derived = Object.entries(report.times ?? {}).filter(([name]) => !given.includes(name));
      expect(Object.fromEntries(derived)).toEqual(expected.times);
    }
  });
});

describe("the folder of evidence vectors", () => {
  it("says in each name what must become of it, and refuses more than it accepts", () => {
    const verdicts = EVIDENCE_CASES.map((name) => {
      const { verdict } = readEvidenceCase(name).expected;
      const promised = name.endsWith("_fail")
        ? "refused"
        : name.endsWith("_incomplete")
          ? "incomplete"
          : "verified";
      expect([name, verdict]).toEqual([name, promised]);
      return verdict;
    });
    const count = (verdict: string) => verdicts.filter((other) => other === verdict).length;
    expect(count("refused")).toBeGreaterThan(count("verified"));
  });
});
