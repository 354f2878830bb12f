/** The report as a person reads it, over test/vectors/evidence/: no code without words, and every token is shown. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import type { Expected } from "../../../scripts/make-vectors/evidence-vectors.js";
import { type Catalogue, type ReportInputs, reportText } from "../../../src/commands/text/report-text.js";
import type { Report, ReportTimestamp, TimestampCode } from "../../../src/core/verify/report.js";
import { TIME_NOTICES } from "../../../src/core/verify/time-notices.js";
import { verifyEvidence } from "../../../src/core/verify/verify-evidence.js";
import { timestampAuthorities } from "../../../src/pki/timestamps/check-timestamps.js";

const PROJECT = new URL("../../../", import.meta.url);
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

const reportWithRecord = (name: string): Report =>
  verifyEvidence({
    evidence: read(`${VECTORS}/${name}/evidence.json`),
    consortium: read(`${VECTORS}/${name}/consortium.json`),
    record: read(`${VECTORS}/${name}/record`),
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

const INPUTS: ReportInputs = {
  version: "0.1.0 abc",
  file: { name: "evidence\u202e.json", sha256: "aa".repeat(32) },
  consortium: { name: "consortium.json", sha256: "bb".repeat(32) },
};
/** As if the record had been given and was the one. */
const compared = (name: string): Report => {
  const whole = report(name);
  const checks = whole.checks.map((check) =>
    check.name === "record-digest" ? ({ ...check, result: "passed" } as const) : check,
  );
  return { ...whole, checks };
};
const text = (name: string, language: "zh" | "en", inputs: ReportInputs = INPUTS) =>
  reportText(report(name), inputs, catalogue, language);

describe("reportText", () => {
  const part = (name: string, language: "zh" | "en") =>
    /\n(?:可信时间戳：|Timestamps:)\n(.*?)\n\n/s.exec(text(name, language))?.[1];

  it("shows each token, its authority's time, and what became of it, in no word of the quorum's", () => {
    expect(part("timestamps-of-one-authority-count-once", "en")).toBe(
      [
        "  ✓ Example TSA East: verifies",
        "      2026-11-24T08:00:03.500Z  Example TSA East unit 1",
        "      so not later than 2026-11-24T08:00:04Z, with the accuracy that it claims",
        "  – Example TSA East: verifies, as another of this authority does",
        "      2026-11-24T09:00:00.000Z  Example TSA East unit 1",
        "      so not later than 2026-11-24T09:00:01Z, with the accuracy that it claims",
        "  ✓ Example TSA West: verifies",
        "      2026-11-24T08:00:03.500Z  Example TSA West unit 1",
        "      so not later than 2026-11-24T08:00:04Z, with the accuracy that it claims",
      ].join("\n"),
    );
    expect(part("timestamp-of-another-checkpoint_fail", "zh")).toBe(
      "  ✗ Example TSA East unit 1：不采信：时间戳对应的不是该检查点\n      2026-11-24T08:00:03.500Z\n      即不晚于 2026-11-24T08:00:04Z（计入其自述精度）",
    );
    expect(part("timestamp-malformed", "en")).toBe("  ✗ unreadable: not relied on: a token is malformed");
  });

  it("prints the earliest counted time among the times, under its own name", () => {
    expect(text("timestamps-of-one-authority-count-once", "en")).toContain(
      "  2026-11-24T08:00:04Z      time-stamped not later than this (the authority's clock, the whole second after)\n",
    );
    expect(text("timestamp-of-no-authority", "en")).not.toContain("time-stamped");
  });

  it("has words for every notice, and says whose time is far from the others'", () => {
    for (const code of TIME_NOTICES) expect(catalogue.notices[code]).toMatchObject(WORDS);
    expect(text("sealed-in-1999", "zh")).toContain("封存一日以后共签方才足数");
    expect(text("one-cosigner-far-from-the-others", "en")).toMatch(
      /A cosigner's time is more than an hour from the others': \(.*arbitration/,
    );
  });

  it("begins with what was put before the program, and with which program", () => {
    const record = { name: "r.json", sha256: "cc".repeat(32), sm3: "dd".repeat(32) };
    expect(text("happy-path", "zh", { ...INPUTS, record }).split("\n\n")[1]).toBe(
      [
        "被核验文件：evidence⬚U+202E⬚.json",
        `  SHA-256：${"aa".repeat(32)}`,
        "信任文件：consortium.json",
        `  SHA-256：${"bb".repeat(32)}`,
        "原始记录文件：r.json",
        `  SHA-256：${"cc".repeat(32)}`,
        `  SM3：${"dd".repeat(32)}`,
        "核验程序：cunzheng 0.1.0 abc",
      ].join("\n"),
    );
    expect(text("happy-path", "en")).not.toContain("Record file");
  });

  it("says beside the verdict for whom nobody was excluded, and what the quorum does not promise", () => {
    const second = (name: string) => text(name, "en").split("\n\n")[2]?.split("\n");
    expect(second("party-that-nobody-knows")).toEqual([
      expect.stringMatching(/^Verdict: /),
      "! The party “示例借款人” is not in the trust file (by no id, credit code or name): nobody is excluded for it. [party-not-in-consortium]",
      "! The party “court-north” is not in the trust file (by no id, credit code or name): nobody is excluded for it. [party-not-in-consortium]",
    ]);
    expect(second("depositor-of-almost-that-name")?.[1]).toMatch(/\[depositor-not-in-consortium\]$/);
    expect(second("two-quorums-without-a-common-voice")?.[1]).toMatch(/\[quorum-splits\]$/);
    expect(second("happy-path-with-record")).toHaveLength(1);
    const forged = {
      ...report("happy-path"),
      notices: [{ code: "party-not-in-consortium", message: "", party: "a\n$&" }],
    } as const;
    const shown = reportText(forged, INPUTS, catalogue, "zh");
    expect(shown).toMatch(/\n! 当事人“a\SU\+000A\S\$&”不在信任文件之中/u);
  });

  it("says of a group's cosigners what they count for", () => {
    const shown = text("a-group-in-its-role-by-a-later-cosigner", "en");
    expect(shown).toContain("Example West Court (court): counted in the total, in no role");
    expect(shown).toContain(
      "Example Bank B (bank): counted in its role: its group is counted in the total already",
    );
    expect(text("one-group-is-no-quorum_fail", "zh")).toContain("不计入：同一集团已计入一次");
  });

  it.each<[string, "zh" | "en", RegExp, RegExp]>([
    [
      "record-with-other-line-ends_fail",
      "zh",
      /^结论：核验不通过：所提供的文件不是证据所述的内容；证据本身核验通过$/,
      /^证据本身核验通过：/,
    ],
    [
      "record-with-other-line-ends_fail",
      "en",
      /^Verdict: REFUSED: the file given is not the content/,
      /^The evidence itself is verified: /,
    ],
    [
      "altered-statement_fail",
      "en",
      /^Verdict: REFUSED$/,
      /are only what the file says of itself; they are not proved\.$/,
    ],
    [
      "quorum-only-with-a-party_fail",
      "zh",
      /^结论：核验不通过$/,
      /^按信任文件排除不应计入者之后，共签机构不足数/,
    ],
    [
      "trust-file-not-json_incomplete",
      "en",
      /^Verdict: INCOMPLETE$/,
      /^The trust file is broken, and nothing was checked: /,
    ],
  ])(
    "ends with what fits its verdict, and the verdict once more: %s (%s)",
    (name, language, verdict, means) => {
      const record = readdirSync(new URL(`${VECTORS}/${name}`, PROJECT)).includes("record");
      const shown = reportText(record ? reportWithRecord(name) : report(name), INPUTS, catalogue, language);
      const lines = shown.trimEnd().split("\n");
      expect(lines.at(-1)).toMatch(verdict);
      expect(lines.at(-1)).toBe(lines.find((line) => /^(?:结论：|Verdict: )/.test(line)));
      expect(lines.slice(lines.lastIndexOf("") + 1)[0]).toMatch(means);
    },
  );

  it("says beside the verdict with which line ends a text would agree, and that its evidence holds", () => {
    const shown = (name: string, language: "zh" | "en") =>
      reportText(reportWithRecord(name), INPUTS, catalogue, language);
    expect(shown("record-with-other-line-ends_fail", "zh")).toContain(
      "\n! 所提供的文件经以下改动即与证据相符：全部换行符改为 LF。",
    );
    expect(shown("record-with-everything-changed_fail", "en")).toContain(
      "after this change: the byte order mark before it is removed, all line ends become LF, a newline is put at its end.",
    );
    expect(shown("record-with-other-line-ends_fail", "zh")).toMatch(
      /\n {8}大小：实际 \d+ bytes；应为 \d+ bytes\n/,
    );
    expect(shown("record-of-other-words_fail", "zh")).toContain("之后，所提供的文件仍与证据不符");
    for (const language of ["zh", "en"] as const)
      expect(shown("record-with-other-line-ends_fail", language)).not.toMatch(/未获证明|not proved/);
  });

  it("says under the cosigners that their times are cut off", () => {
    expect(text("happy-path", "en")).toMatch(/\n {2}Cosigners sign whole seconds, with the fraction cut off/);
    expect(text("no-cosignatures_fail", "en")).not.toContain("cut off");
  });

  it.each([
    [
      "zh",
      "结论：未比对任何文件；证据本身核验通过",
      "未比对任何文件。本核验证明：凡重新计算所得摘要与证据一致的内容",
    ],
    [
      "en",
      "Verdict: NO FILE WAS COMPARED; the evidence itself is VERIFIED",
      "No file was compared. This proves that content whose",
    ],
  ] as const)(
    "says first and last that no file was compared where none was given (%s)",
    (language, verdict, means) => {
      const lines = text("happy-path", language).trimEnd().split("\n");
      expect(lines.find((line) => /^(结论：|Verdict: )/.test(line))).toBe(verdict);
      expect(lines.at(-1)).toBe(verdict);
      expect(lines.at(-2)).toContain(means);
      const whole = reportText(compared("happy-path"), INPUTS, catalogue, language);
      expect(whole).not.toContain(verdict);
    },
  );

  it.each([
    ["zh", "摘要由谁计算：存证人（内容未经本服务接收）", "不证明存在与之相符的内容"],
    [
      "en",
      "Digests by: the depositor: the service did not receive the content",
      "not that content exists which has them",
    ],
  ] as const)("claims no content where the depositor sent the digests (%s)", (language, by, means) => {
    const whole = text("digests-by-the-depositor", language);
    expect(whole).toContain(`\n${by}\n`);
    expect(whole.trimEnd().split("\n").at(-2)).toContain(means);
    expect(text("happy-path", language)).not.toContain(by);
  });

  it("prints by when something existed, and never the second that cosigners cut off", () => {
    const whole = text("happy-path", "en");
    expect(whole).toContain("  2026-11-24T08:00:02Z      existed not later than this (cosigners' clocks");
    expect(whole).not.toMatch(/T08:00:01Z {6}/);
  });

  it("shows digests in hexadecimal, under their names", () => {
    const digest = Buffer.alloc(32, 0xab).toString("base64");
    const compared = [
      { what: "/digests/sha-256", got: digest, want: Buffer.alloc(32, 1).toString("base64") },
      { what: "size", got: "7", want: "at least 8" },
    ];
    const failed = { name: "record-digest", result: "failed", code: "record-sha-256", message: "" } as const;
    const refused: Report = { ...report("happy-path"), checks: [{ ...failed, compared }] };
    expect(reportText(refused, INPUTS, catalogue, "zh")).toContain(
      `        SHA-256：实际 ${"ab".repeat(32)}；应为 ${"01".repeat(32)}\n        大小：实际 7；应为 至少 8\n`,
    );
  });

  it("says of a quorum that is not met only where it falls short", () => {
    const happy = report("happy-path");
    const checks = [{ name: "quorum", result: "failed", code: "quorum-not-met", message: "" } as const];
    const quorum = {
      holds: false,
      total: { got: 3, want: 3 },
      roles: [
        { role: "court", got: 3, want: 1 },
        { role: "bank", got: 0, want: 1 },
      ] as const,
    };
    const lines = (language: "zh" | "en") =>
      reportText({ ...happy, checks, quorum }, INPUTS, catalogue, language)
        .split("\n")
        .filter((line) => line.startsWith("        "));
    expect(lines("zh")).toEqual(["        银行不足：0 家，至少须 1 家"]);
    expect(lines("en")).toEqual(["        too few banks count: 0, at least 1 wanted"]);
  });
});
