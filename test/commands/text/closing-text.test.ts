/** A misconduct file or a challenge that is refused ends with a sentence that fits why. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { refusalMeans } from "../../../src/commands/text/closing-text.js";
import { misconductText } from "../../../src/commands/text/misconduct-text.js";
import type { Catalogue } from "../../../src/commands/text/report-text.js";
import { verifyMisconduct } from "../../../src/core/verify/verify-misconduct.js";
import { utf8 } from "../../../src/core/bytes.js";

const PROJECT = new URL("../../../", import.meta.url);
const text = (path: string) => readFileSync(new URL(path, PROJECT), "utf8");
const catalogue = JSON.parse(text("templates/wording/report.json")) as Catalogue;

describe("refusalMeans", () => {
  const MISCONDUCT = ["unreadable", "other-ledger", "no-contradiction", "nobody", "signature"];
  const CHALLENGE = ["unreadable", "other-ledger", "signature", "quorum"];

  it.each([
    ["misconduct", MISCONDUCT],
    ["challenge", CHALLENGE],
  ] as const)("has words for each in both languages (%s)", (kind, means) => {
    for (const code of means)
      expect(catalogue[kind][`refused-${code}`]).toMatchObject({
        zh: expect.stringMatching(/。$/),
        en: expect.stringMatching(/\.$/),
      });
  });

  it.each([
    ["json-syntax", "unreadable"],
    ["member-unknown", "unreadable"],
    ["note-malformed", "unreadable"],
    ["origin-mismatch", "other-ledger"],
    ["not-contradictory", "no-contradiction"],
    ["consistency-mismatch", "no-contradiction"],
    ["nobody-convicted", "nobody"],
    ["signature-missing", "signature"],
    ["signature-invalid", "signature"],
    ["cosignature-malformed", "signature"],
    ["quorum-not-met", "quorum"],
  ])("%s", (code, means) => {
    expect(refusalMeans(code)).toBe(`refused-${means}`);
  });
});

describe("misconductText", () => {
  const means = (misconduct: string, consortium: string) => {
    const report = verifyMisconduct({ misconduct: utf8(misconduct), consortium: utf8(consortium) });
    const input = { name: "", sha256: "" };
    const shown = misconductText(
      report,
      { version: "0.1.0", file: input, consortium: input },
      catalogue,
      "en",
    );
    return [report.verdict, shown.trimEnd().split("\n").at(-1)];
  };

  it("says of a file that can't be read no more than that, and of a broken trust file nothing against the file", () => {
    const consortium = text("test/vectors/misconduct/consortium.json");
    expect(means("{}", consortium)).toEqual([
      "refused",
      "This file can't be read as its format demands, and proves nothing against anybody.",
    ]);
    expect(means("{}", "{}")).toEqual(["incomplete", "The trust file is broken: nothing was checked."]);
  });
});
