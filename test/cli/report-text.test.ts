/** The report as a person reads it, over test/vectors/evidence/: no code without words, and every token is shown. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { type Expected } from "../../scripts/make-vectors/evidence-vectors.js";
import { type Catalogue, reportText } from "../../src/cli/report-text.js";
import { type Report, type ReportTimestamp, type TimestampCode } from "../../src/core/verify/report.js";
import { verifyEvidence } from "../../src/core/verify/verify-evidence.js";
import { timestampAuthorities } from "../../src/pki/check-timestamps.js";

const PROJECT = new URL("../../", import.meta.url);
const read = (path: string) => new Uint8Array(readFileSync(new URL(path, PROJECT)));
const json = (path: string) => JSON.parse(readFileSync(new URL(path, PROJECT), "utf8"));
const catalogue = json("templates/wording/report.json") as Catalogue;

const VECTORS = "test/vectors/evidence";
const report = (name: string): Report =>
  verifyEvidence({
    evidence: read(`${VECTORS}/${name}/evidence.json`),
    consortium: read(`${VECTORS}/${name}/consortium.json`),
    parties: (json(`${VECTORS}/${name}/expected.json`) as Expected).parties,
    openTimestampAuthorities: timestampAuthorities(),
  });

/** The compiler asks for each. */
const TIMESTAMP_CODES: Readonly<Record<TimestampCode, true>> = {
  "timestamp-malformed": true,
  "timestamp-certificate-missing": true,
  "timestamp-certificate-mismatch": true,
  "timestamp-signature-invalid": true,
  "timestamp-certificate-purpose": true,
  "timestamp-certificate-time": true,
  "timestamp-chain-invalid": true,
  "timestamp-imprint-mismatch": true,
  "timestamp-unsupported": true,
};
const REASONS: Readonly<Record<Exclude<ReportTimestamp["reason"], TimestampCode | "counted">, true>> = {
  "authority-counted-already": true,
  "authority-unknown": true,
};

describe("the catalogue", () => {
  it("has words in both languages for every code of the vectors", () => {
    const codes = readdirSync(new URL(VECTORS, PROJECT)).flatMap((name) => {
      const { checks, trustProblem } = report(name);
      return [...checks.map(({ code }) => code), trustProblem?.code].filter((code) => code !== undefined);
    });
    const without = [...new Set(codes)].filter((code) => {
      const words = catalogue.codes[code];
      return !words?.zh || !words.en;
    });
    expect(without).toEqual([]);
  });

  it("has words in both languages for whatever may become of a token", () => {
    for (const code of Object.keys(TIMESTAMP_CODES)) expect(catalogue.codes[code]).toMatchObject(WORDS);
    expect(Object.keys(catalogue.timestampReasons)).toEqual(Object.keys(REASONS));
    for (const words of Object.values(catalogue.timestampReasons)) expect(words).toMatchObject(WORDS);
  });
});

const WORDS = { zh: expect.stringMatching(/./), en: expect.stringMatching(/./) };

describe("reportText", () => {
  const part = (name: string, language: "zh" | "en") =>
    /\n(?:可信时间戳|Timestamps):\n(.*?)\n\n/s.exec(reportText(report(name), catalogue, language))?.[1];

  it("shows each token, its authority's time, and why it counts or does not", () => {
    expect(part("timestamps-of-one-authority-count-once", "en")).toBe(
      [
        "  ✓ Example TSA East: counts",
        "      2026-11-24T08:00:03.500Z  Example TSA East unit 1",
        "  – Example TSA East: does not count — its authority counts once",
        "      2026-11-24T09:00:00.000Z  Example TSA East unit 1",
        "  ✓ Example TSA West: counts",
        "      2026-11-24T08:00:03.500Z  Example TSA West unit 1",
      ].join("\n"),
    );
    expect(part("timestamp-of-another-checkpoint_fail", "zh")).toBe(
      "  ✗ Example TSA East unit 1: 不计入 — 时间戳对应的不是该检查点\n      2026-11-24T08:00:03.500Z",
    );
    expect(part("timestamp-malformed_fail", "en")).toBe(
      "  ✗ unreadable: does not count — a token is malformed",
    );
  });

  it("prints the earliest counted time among the times, under its own name", () => {
    const text = reportText(report("timestamps-of-one-authority-count-once"), catalogue, "en");
    expect(text).toContain("  2026-11-24T08:00:03.500Z  time-stamped (the authority's clock)\n");
    expect(reportText(report("timestamp-of-no-authority"), catalogue, "en")).not.toContain("time-stamped");
  });
});
