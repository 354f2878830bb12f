/**
 * test/vectors/evidence/ through core: one procedure, every case as a folder. A new folder needs no code here.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { evidenceVectors, type Expected } from "../../../scripts/make-vectors/evidence-vectors.js";
import { CHECK_NAMES, type Report } from "../../../src/core/verify/report.js";
import { TIME_NOTICES } from "../../../src/core/verify/time-notices.js";
import { verifyEvidence } from "../../../src/core/verify/verify-evidence.js";
import { timestampAuthorities } from "../../../src/pki/timestamps/check-timestamps.js";
import { createDigester, verifyEd25519 } from "../../../src/platform/keys/ed25519.js";
import { verifyX509Signature } from "../../../src/platform/keys/x509-signature.js";
import { createFileVerifier } from "../../../src/programs/verifying/verifier.js";
import { casesOfLongProof } from "../../long-proof.js";

const TIMES: ReadonlySet<string> = new Set(TIME_NOTICES);
const FOLDER = fileURLToPath(new URL("../../vectors/evidence/", import.meta.url));
const CASES = readdirSync(FOLDER, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

const read = (...path: string[]) => new Uint8Array(readFileSync(join(FOLDER, ...path)));

function readCase(name: string) {
  const files = readdirSync(join(FOLDER, name));
  return {
    evidence: read(name, "evidence.json"),
    consortium: read(name, "consortium.json"),
    ...(files.includes("record") && { record: read(name, "record") }),
    expected: JSON.parse(readFileSync(join(FOLDER, name, "expected.json"), "utf8")) as Expected,
  };
}

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

const known = new Map<string, Map<object, Report>>(CASES.map((name) => [name, new Map()]));
/** What core says of a case; each is verified once. */
function reportOf(name: string, host: (typeof HOSTS)[keyof typeof HOSTS]): Report {
  const { expected, ...input } = readCase(name);
  const report =
    known.get(name)?.get(host) ?? verifyEvidence({ ...input, ...host, parties: expected.parties });
  known.get(name)?.set(host, report);
  return report;
}

describe.each(Object.entries(HOSTS))("evidence vectors, %s", (name, host) => {
  // Core's own curve takes most of the time here.
  const cases =
    name === "portable" ? casesOfLongProof("evidence vectors by core's own curve", CASES, 80) : CASES;

  it.each(cases)("%s", (name) => {
    const { expected } = readCase(name);
    const report = reportOf(name, host);

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

describe("evidence vectors, through the verifier of files that the command line and HTTP use", () => {
  const verify = createFileVerifier({ templates: [], verifyEd25519, createDigester, verifyX509Signature });

  it.each(CASES)("%s", async (name) => {
    const { expected, evidence, ...input } = readCase(name);
    const { parties } = expected;
    const report = await verify({ ...input, file: evidence, parties });
    expect(report).toEqual(reportOf(name, HOSTS["node:crypto"]));
  });
});

describe("the folder of evidence vectors", () => {
  it("says in each name what must become of it, and refuses more than it accepts", () => {
    const verdicts = CASES.map((name) => {
      const { verdict } = readCase(name).expected;
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

  it("is what its script makes", () => {
    const made = evidenceVectors();
    const onDisk = CASES.flatMap((name) => readdirSync(join(FOLDER, name)).map((file) => `${name}/${file}`));
    expect(onDisk.sort()).toEqual([...made.keys()].sort());
    for (const [path, bytes] of made)
      expect([path, Buffer.from(bytes).equals(read(path))]).toEqual([path, true]);
  });
});
