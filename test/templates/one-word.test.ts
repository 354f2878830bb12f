/** One word a thing: what certificate, report, pages and problems once called by another name stands nowhere. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";

const PROJECT = new URL("../../", import.meta.url);
const textOf = (path: string) => readFileSync(new URL(path, PROJECT), "utf8");
const files = [
  ...readdirSync(new URL("templates/", PROJECT), { recursive: true, encoding: "utf8" })
    .filter((name) => /(?<!\/built)\.(?:json|html)$/.test(name) && !name.startsWith("samples"))
    .map((name) => `templates/${name}`),
  "src/http/problems/problems.ts",
  "src/http/handlers/pages.ts",
];

const ABOLISHED: Readonly<Record<string, readonly string[]>> = {
  存证人: ["存证主体", "存证方"],
  存证编号: ["证书编号"],
  当事人: ["当事方", "当事机构"],
  原始记录: ["原件"],
  核验: ["验证公钥", "离线验证", "验证程序", "查验"],
  共签: ["联署", "联名签"],
  共签门槛: ["共签规则", "共签要求", "共签达到规定数"],
  共签足数: ["最终确认"],
  "不计入：": ["不计：", '，不计入"', "不计入 —"],
  接收: ['收到"', "服务收到", "受理"],
  封存: ["封存成批", "封存入批"],
  形成: ["创建"],
  账本位置: ["账本序号"],
  账本运营方: ["账本运营机构"],
  // A notary public is a statutory office, which this service does not hold.
  存证服务机构: ["公证", "存证机构"],
  // On a connected computer npx would run whatever a stranger published under the name.
  "cunzheng verify": ["npx"],
};

describe("the words of templates and problems", () => {
  it("are read where they stand", () => {
    expect(files).toEqual(
      expect.arrayContaining([
        "templates/certificate/v1/wording.json",
        "templates/pages/lookup.html",
        "templates/pages/problem.html",
        "templates/pages/wording.json",
        "templates/wording/report.json",
      ]),
    );
  });

  it.each(Object.entries(ABOLISHED))("say %s and nothing else", (_, abolished) => {
    const found = files.flatMap((file) =>
      abolished.filter((word) => textOf(file).includes(word)).map((word) => `${file}: ${word}`),
    );
    expect(found).toEqual([]);
  });

  it("name roles, checks, kinds and reasons alike on the certificate, in the report and on the page", () => {
    const catalogue = (path: string) => JSON.parse(textOf(path)) as Record<string, Record<string, Words>>;
    const certificate = catalogue("templates/certificate/v1/wording.json");
    const report = catalogue("templates/wording/report.json");
    const page = catalogue("templates/pages/wording.json");
    expect(certificate["roles"]).toEqual(report["roles"]);
    expect(certificate["reasons"]).toEqual(page["reasons"]);
    expect(page["roles"]).toEqual(report["roles"]);
    expect(page["kinds"]).toEqual(report["kinds"]);
    const zhOf = (words: Record<string, Words> = {}) =>
      Object.fromEntries(Object.entries(words).map(([code, { zh }]) => [code, zh]));
    expect(zhOf(certificate["kinds"])).toEqual(zhOf(report["kinds"]));
    expect(report["checks"]).toMatchObject(certificate["checks"] ?? {});
    const prefixed = Object.entries(report["reasons"] ?? {}).map(([code, { zh, en }]) => [
      code,
      code.startsWith("counted") ? { zh, en } : { zh: `不计入：${zh}`, en: `not counted: ${en}` },
    ]);
    expect(page["reasons"]).toEqual(Object.fromEntries(prefixed));
  });
});

interface Words {
  readonly zh: string;
  readonly en: string;
}
