import { describe, expect, it } from "@jest/globals";
import { readCertificate } from "../../../src/certificate/verify/read-certificate.js";
import { verifyCertificate } from "../../../src/certificate/verify/verify-certificate.js";
import type { Statement } from "../../../src/core/record/statement.js";
import { verifyEd25519 } from "../../../src/platform/keys/ed25519.js";
import {
  COSIGNERS,
  type Cosigner,
  findTemplate,
  type FixtureOptions,
  makeFixture,
  signFixture,
  STATEMENT,
  layout,
} from "../fixture.js";
import { describeWith, run, temporaryFolder } from "../tools.js";

const named = (name: string): FixtureOptions => ({ statement: { ...STATEMENT, name } });
const depositedBy = (name: string): FixtureOptions => ({
  statement: { ...STATEMENT, depositor: { ...STATEMENT.depositor, name } },
});
const many = (count: number): Cosigner[] =>
  Array.from({ length: count }, (_, i) => ({
    ...(COSIGNERS[i % COSIGNERS.length] as Cosigner),
    id: `example-${i}-with-a-rather-long-name-of-its-node`,
    zh: `示例第${i}号名称很长很长很长的人民法院及其派出法庭`,
    en: `Example Court Number ${i} with a Long Name`,
  }));

const plain: Statement = {
  type: "cunzheng/statement@v1",
  id: STATEMENT.id,
  depositor: { id: "example-bank-a", name: "示例银行甲" },
  recordType: "x",
  digests: { "sha-256": STATEMENT.digests["sha-256"] },
  digestsBy: "depositor",
  size: 0,
  mediaType: "",
  receivedAt: "0000-01-01T00:00:00.000Z",
  nonce: STATEMENT.nonce,
};

const CASES: readonly (readonly [string, FixtureOptions])[] = [
  ["XML and PDF syntax", named(`&<>"'()\\ ) Tj ET endstream endobj ]]> </rdf:li> %%EOF`)],
  ["escapes in the depositor's name", depositedBy("&amp; \\) <</JS (app.alert(1))>> /OpenAction")],
  ["controls and line breaks", named("a\u0000b\u0007c\nd\r\te\u001b[31mf\u0085g\u2028h\u2029i")],
  [
    "direction overrides and zero widths",
    named("invoice\u202Efdp.exe\u202C \u2066x\u2069\u200B\u200D\uFEFF\u061C"),
  ],
  ["right-to-left script", named("חוזה הלוואה عقد القرض")],
  ["Han outside the font, emoji, tags, private use", named("𠮷野家\u{1F600}\u{E0041}\uE000\uFFFF")],
  ["combining marks and look-alike spaces", named("e\u0301 n\u0303\u0327 a\u00A0b\u2003c")],
  ["text that imitates a code point", named("⬚U+20BB7⬚")],
  ["a name of 100,000 characters", named("长".repeat(100_000))],
  ["a word of 5,000 characters", named("x".repeat(5_000))],
  ["5,000 spaces", named(`a${" ".repeat(5_000)}b`)],
  ["5,000 opening brackets", named("（".repeat(5_000))],
  [
    "long values everywhere",
    {
      statement: {
        ...STATEMENT,
        depositor: { ...STATEMENT.depositor, name: "示例银行甲".repeat(60), creditCode: "9".repeat(300) },
        recordType: "loan.".repeat(60),
        mediaType: `application/${"x".repeat(300)}`,
        clientRef: "SAMPLE/".repeat(60),
        source: {
          system: "系统".repeat(90),
          operator: "操作人 ".repeat(60),
          method: "m".repeat(400),
          tool: "工具".repeat(90),
        },
      },
    },
  ],
  ["24 cosigners", { cosigners: many(24) }],
  ["60 cosigners", { cosigners: many(60) }],
  ["only what is required", { statement: plain, clockOffsetMs: null }],
  [
    "an unknown depositor",
    {
      statement: { ...STATEMENT, depositor: { id: "example-stranger", name: "示例公司" } },
    },
  ],
  ["a depositor whose node counts", { excludeParties: false }],
  [
    "times at the ends of the calendar",
    {
      statement: {
        ...STATEMENT,
        createdAt: "9999-12-31T23:59:59.999Z",
        receivedAt: "0000-01-01T00:00:00.000Z",
      },
    },
  ],
  ["names of objects as record types", { statement: { ...STATEMENT, recordType: "__proto__" } }],
];

const folder = temporaryFolder();

describe.each(CASES)("a certificate with %s", (name, options) => {
  const fixture = makeFixture(options);
  const pdf = signFixture("zh", fixture);

  it("verifies, and holds the evidence byte for byte", async () => {
    const { consortium } = fixture;
    const report = verifyCertificate({ pdf, consortium, findTemplate, verifyEd25519 });
    expect(report.checks.at(-1)?.result).toBe("passed");
    expect(report.verdict).toBe("verified");
    expect(Buffer.compare(readCertificate(pdf).evidence, fixture.evidence)).toBe(0);
  });

  describeWith(["qpdf", "pdftotext"], "outside", () => {
    const file = folder.write(`${CASES.findIndex(([other]) => other === name)}.pdf`, pdf);

    it("is a sound PDF without anything active", () => {
      expect(run("qpdf", "--check", file).toString()).toContain("No syntax or stream encoding errors found");
      const objects = run("qpdf", "--json=2", "--json-stream-data=none", file).toString();
      expect(objects).not.toMatch(/"\/(?:OpenAction|AA|JS|JavaScript|Launch|URI|Encrypt)"/);
    });

    it("keeps every line between the margins, and clear of the footer", () => {
      const { page } = layout();
      const words = run("pdftotext", "-bbox", file, "-").toString();
      const boxes = [
        ...words.matchAll(/xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)"/g),
      ];
      expect(boxes.length).toBeGreaterThan(100);
      for (const [, xMin, yMin, xMax, yMax] of boxes) {
        expect(Number(xMin)).toBeGreaterThan(page.left - 1);
        expect(Number(xMax)).toBeLessThan(page.width - page.right + 1);
        expect(Number(yMin)).toBeGreaterThan(30);
        expect(Number(yMax)).toBeLessThan(page.height - 34);
      }
    });

    it("shows nothing that could be taken for something else", () => {
      const text = run("pdftotext", "-layout", file, "-").toString();
      // pdftotext itself writes line feeds and form feeds.
      expect(text).not.toMatch(/(?![\n\f])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    });
  });
});

describeWith(["pdftotext"], "what is printed for odd characters", () => {
  const printed = (statementName: string): string => {
    const file = folder.write("odd.pdf", signFixture("zh", makeFixture(named(statementName))));
    return run("pdftotext", "-layout", file, "-").toString().replaceAll(/\s+/g, "");
  };

  it.each([
    ["𠮷野", "𠮷野"],
    ["\uE000野", "⬚U+E000⬚野"],
    ["a\u202Eb", "a⬚U+202E⬚b"],
    ["a\nb", "a⬚U+000A⬚b"],
    ["⬚U+20BB7⬚", "⬚U+2B1A⬚U+20BB7⬚U+2B1A⬚"],
    ["示例发〔2026〕12号", "示例发〔2026〕12号"],
    ["e\u0301", "e⬚U+0301⬚"],
    ["镕喆", "镕喆"],
    ["&<>()\\", "&<>()\\"],
  ])("%j becomes %s", (text, wanted) => {
    expect(printed(text)).toContain(wanted);
  });

  it("says so where a text was cut", () => {
    expect(printed("长".repeat(9_000))).toContain("（共9000个字符，其余见evidence.json）");
  });
});
