import { encode } from "fast-png";
import { describe, expect, it } from "@jest/globals";
import { buildTemplate } from "../../../src/certificate/build/build-template.js";
import {
  openTemplate,
  TemplateError,
  UnknownDrawingError,
} from "../../../src/certificate/template/template.js";
import { drawPdf } from "../../../src/certificate/template/draw-certificate.js";
import {
  builtTemplate,
  ISSUED_AT,
  makeFixture,
  STATEMENT,
  template,
  templateFiles,
  templateSources,
  VERIFY_URL,
} from "../fixture.js";
import { describeWith, run, temporaryFolder } from "../tools.js";

const LAYOUT = "certificate/v1/layout.json";
const WORDING = "certificate/v1/wording.json";
const SEAL = "certificate/v1/seal.png";

type Json = Record<string, unknown>;

/** The template with one file changed by hand; a path of members leads to the value that is replaced. */
function changed(file: string, path: string, value: unknown): Map<string, Uint8Array> {
  const files = templateSources();
  const root = JSON.parse(Buffer.from(files.get(file) ?? "").toString()) as Json;
  const members = path.split("/");
  const last = members.pop() ?? "";
  const holder = members.reduce((object, member) => object[member] as Json, root);
  if (value === undefined) Reflect.deleteProperty(holder, last);
  else holder[last] = value;
  return files.set(file, Buffer.from(JSON.stringify(root)));
}

function refusal(files: ReadonlyMap<string, Uint8Array>, name = "v1"): { file: string; field?: string } {
  try {
    buildTemplate(files, name);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { file: error.file, ...(error.field && { field: error.field }) };
  }
  throw new Error("built");
}

const words = (zh: string, en = "x") => ({ zh, en });

describe("buildTemplate", () => {
  it.each([
    ["type", "cunzheng/certificate-layout@v2", "/type"],
    ["drawing", 2, "/drawing"],
    ["drawing", "1", "/drawing"],
    ["margin", 3, "/margin"],
    ["page", undefined, "/page"],
    ["page/width", "A4", "/page/width"],
    ["page/left", 400, "/page"],
    ["page/top", 700, "/page"],
    ["page/width", 1e9, "/page/width"],
    ["faces/regular", "../secret.ttf", "/faces/regular"],
    ["faces/regular", "fonts/../../x.ttf", "/faces/regular"],
    ["faces/italic", "fonts/x.ttf", "/faces/italic"],
    ["faces/rare", Array<string>(7).fill("fonts/RareHan1.ttf"), "/faces/rare"],
    ["faces/rare/0", "/etc/x.ttf", "/faces/rare/0"],
    ["colours/ink", "black", "/colours/ink"],
    ["colours/ink", "#FFF", "/colours/ink"],
    ["colours/pink", "#ffc0cb", "/colours/pink"],
    ["sizes/value", 2, "/sizes/value"],
    ["sizes/value", 200, "/sizes/value"],
    ["sizes/value", null, "/sizes/value"],
    ["fields/labelWidth", 300, "/fields/labelWidth"],
    ["fields/lineHeight", 0.5, "/fields/lineHeight"],
    ["cosigners/widths", [100, 100, 100], "/cosigners/widths"],
    ["cosigners/widths", [200, 200, 200, 200, 200], "/cosigners/widths"],
    ["seal/side", 150, "/seal/side"],
    ["signature/reservedBytes", 1000, "/signature/reservedBytes"],
    ["signature/reservedBytes", 12288.5, "/signature/reservedBytes"],
    ["sections/0/id", "appendix", "/sections/0/id"],
    ["sections/1/id", "subject", "/sections/1/id"],
    ["sections/0/kind", "poem", "/sections/0/kind"],
    ["sections/0/rows", undefined, "/sections/0/rows"],
    ["sections/4/rows", [], "/sections/4/rows"],
    ["sections/0/rows/0", "nonce", "/sections/0/rows/0"],
    ["sections/1/rows/0", "name", "/sections/1/rows/0"],
    ["sections/0/rows/0", { label: words("x") }, "/sections/0/rows/0/value"],
    ["sections/0/rows/0", { label: words("x"), value: words("{nonce}") }, "/sections/0/rows/0/value/zh"],
    ["sections/0/rows/0", { label: words("{name}"), value: words("{name}") }, "/sections/0/rows/0/label/zh"],
    [
      "sections/0/rows/0",
      { label: words("\u{20bb7}"), value: words("{name}") },
      "/sections/0/rows/0/label/zh",
    ],
    ["sections/2/kind", "steps", "/sections"],
  ])("refuses a layout with %s = %j", (path, value, field) => {
    expect(refusal(changed(LAYOUT, path, value))).toEqual({ file: LAYOUT, field });
  });

  it.each([
    ["title", undefined, "/title"],
    ["title", words("证书", ""), "/title/en"],
    ["title/fr", "Certificat", "/title/fr"],
    ["subtitle", words("x"), "/subtitle"],
    ["labels/nonce", words("x"), "/labels/nonce"],
    ["labels/name", undefined, "/labels/name"],
    ["statement/digestsOnly/zh", "{depositor}", "/statement/digestsOnly/zh"],
    ["statementQuorum/depositorCounts/en", "{notLaterThan}", "/statementQuorum/depositorCounts/en"],
    ["documentTitle/en", "{ID}", "/documentTitle/en"],
    ["page/zh", "第 {page 页", "/page/zh"],
    ["page/zh", "第 } 页", "/page/zh"],
    ["limits/0/zh", "{id}", "/limits/0/zh"],
    ["limits/0/zh", "见第{section.annex}节", "/limits/0/zh"],
    ["limits/0/zh", "见第{section.verify}节", "/limits/0/zh"],
    ["footer/zh", "\u{20bb7}", "/footer/zh"],
    ["footer/en", "a\u202eb", "/footer/en"],
    ["title/zh", "喆", "/title/zh"],
    ["offline/1/command", "cunzheng 核验", "/offline/1/command"],
    ["offline/0/zh", 7, "/offline/0/zh"],
    ["algorithms/0/onlyWhere", "rsa", "/algorithms/0/onlyWhere"],
    ["reasons/paid", words("x"), "/reasons/paid"],
    ["checks/certificate", words("x"), "/checks/certificate"],
  ])("refuses a wording with %s = %j", (path, value, field) => {
    expect(refusal(changed(WORDING, path, value))).toEqual({ file: WORDING, field });
  });

  it("refuses wording that names a section which the layout leaves out", () => {
    const files = changed(LAYOUT, "sections/7", undefined);
    const layout = JSON.parse(Buffer.from(files.get(LAYOUT) ?? "").toString()) as { sections: unknown[] };
    layout.sections = layout.sections.filter((section) => section !== null);
    files.set(LAYOUT, Buffer.from(JSON.stringify(layout)));
    expect(refusal(files)).toEqual({ file: WORDING, field: "/verify/0/zh" });
  });

  it.each([
    ["not JSON", LAYOUT, "{"],
    ["a member twice", WORDING, '{"type":"x","type":"x"}'],
    ["a font that is none", "fonts/NotoSerifSC-Bold.ttf", "OTTO"],
    ["a seal that is no PNG", SEAL, "GIF89a".padEnd(100, " ")],
    ["a file that no template has", "certificate/v1/seal.svg", "<svg/>"],
  ])("refuses %s", (_, file, text) => {
    expect(refusal(templateSources().set(file, Buffer.from(text))).file).toContain(file);
  });

  it.each([LAYOUT, WORDING, "fonts/NotoSerifSC-Regular.ttf"])("says that %s is missing", (file) => {
    const files = templateSources();
    files.delete(file);
    expect(refusal(files)).toEqual({ file });
    expect(refusal(templateSources(), "ours")).toEqual({ file: "certificate/ours/layout.json" });
  });

  it("says what it got and what it wants", () => {
    expect(() => buildTemplate(changed(LAYOUT, "sizes/value", 200), "v1")).toThrow(
      `${LAYOUT} at /sizes/value: a number out of range (got 200, want 5 to 60)`,
    );
  });
});

describe("openTemplate", () => {
  const BUILT = "certificate/v1/built.json";

  it("opens what was built of these very files, and of no others", () => {
    expect(openTemplate(templateFiles(), "v1").digest).toBe(template().digest);
    for (const file of [LAYOUT, WORDING, "fonts/NotoSerifSC-Regular.ttf"]) {
      const changed = Buffer.concat([templateFiles().get(file) as Uint8Array, Buffer.from("\n")]);
      expect(() => openTemplate(templateFiles().set(file, changed), "v1")).toThrow(
        /build the template again/,
      );
    }
    expect(() => openTemplate(templateFiles().set(SEAL, picture({})), "v1")).toThrow(
      /build the template again/,
    );
  });

  it("says what is missing", () => {
    expect(() => openTemplate(templateSources(), "v1")).toThrow(/was not built yet/);
    const files = templateFiles();
    files.delete("fonts/NotoSerifSC-Bold.ttf");
    expect(() => openTemplate(files, "v1")).toThrow(
      "fonts/NotoSerifSC-Bold.ttf: the template lacks this file",
    );
  });

  it("opens no rare face before a character of it comes, and none that was changed then", () => {
    const rare = "fonts/NotoSerifSC-Rare1.ttf";
    const files = templateFiles();
    files.delete(rare);
    const opened = openTemplate(files, "v1");
    const draw = (name: string) =>
      drawPdf({
        ...makeFixture({ statement: { ...STATEMENT, name } }),
        issuedAt: ISSUED_AT,
        language: "zh",
        verifyUrl: VERIFY_URL,
        template: opened,
      }).bytes.length;
    expect(draw("证据")).toBeGreaterThan(100_000);
    expect(() => draw("證據")).toThrow(`${rare}: the template lacks this file`);
    files.set(rare, Buffer.from("another"));
    expect(() => draw("證據")).toThrow(/build the template again/);
  });

  it.each([
    ["cut off", (text: string) => text.slice(0, -5)],
    ["with a member of its own", (text: string) => text.replace('{"drawing"', '{"date":1,"drawing"')],
    ["without its plates", (text: string) => text.replace(/"plates":.*"printed"/, '"printed"')],
  ])("refuses a built.json %s", (_, spoil) => {
    const text = Buffer.from(templateFiles().get(BUILT) as Uint8Array).toString();
    expect(spoil(text)).not.toBe(text);
    expect(() => openTemplate(templateFiles().set(BUILT, Buffer.from(spoil(text))), "v1")).toThrow(
      TemplateError,
    );
  });

  it("knows a template of a later drawing for what it is", () => {
    const text = Buffer.from(templateFiles().get(BUILT) as Uint8Array).toString();
    const later = Buffer.from(text.replace('"drawing":1,', '"drawing":2,'));
    expect(() => openTemplate(templateFiles().set(BUILT, later), "v1")).toThrow(UnknownDrawingError);
  });
});

interface Picture {
  readonly side?: number;
  readonly channels?: 3 | 4;
  readonly height?: number;
}

function picture({ side = 200, channels = 4, height }: Picture): Uint8Array {
  return pixels(side, height ?? side, channels);
}

function pixels(side: number, height: number, channels: 3 | 4): Uint8Array {
  const data = Uint8Array.from({ length: side * height * channels }, (_, i) => (i % 4 === 0 ? 200 : i % 251));
  return encode({ width: side, height, data, channels, depth: 8 });
}

describe("a seal of the operator's", () => {
  it.each([
    ["no alpha", picture({ channels: 3 })],
    ["no square", picture({ height: 150 })],
    ["few pixels", picture({ side: 20 })],
    ["its end cut off", picture({}).subarray(0, 150)],
    ["a byte changed", picture({}).map((byte, i) => (i === 100 ? byte ^ 1 : byte))],
  ])("is refused with %s", (_, bytes) => {
    expect(refusal(templateSources().set(SEAL, bytes))).toEqual({ file: SEAL });
  });

  const input = { ...makeFixture(), issuedAt: ISSUED_AT, language: "zh" as const, verifyUrl: VERIFY_URL };
  const folder = temporaryFolder();
  const textOf = (name: string, pdf: Uint8Array) =>
    run("pdftotext", "-layout", folder.write(name, pdf), "-").toString();

  describeWith(["pdfimages", "pdftotext", "qpdf"], "drawn", () => {
    it("stands in place of the sample, which nothing is called any more", () => {
      const sealed = builtTemplate(templateSources().set(SEAL, picture({})));
      expect(sealed.digest).not.toBe(template().digest);
      const { bytes } = drawPdf({ ...input, template: sealed });
      const file = folder.write("sealed.pdf", bytes);
      expect(run("qpdf", "--check", file).toString()).toContain("No syntax or stream encoding errors found");
      expect(run("pdfimages", "-list", file).toString()).toMatch(/smask\s+200\s+200/);
      expect(textOf("sealed.pdf", bytes)).not.toMatch(/非电子印章/);
      expect(textOf("sample.pdf", drawPdf({ ...input, template: template() }).bytes)).toContain(
        "非电子印章 Sample",
      );
    });
  });
});

describeWith(["pdftotext"], "an operator's own row", () => {
  const folder = temporaryFolder();
  const row = {
    label: words("贷款编号", "Loan"),
    value: words("编号 {clientRef}，收于 {receivedAt}", "No. {clientRef}, received {receivedAt}"),
  };
  const own = builtTemplate(changed(LAYOUT, "sections/0/rows/0", row));
  const printed = (statement: typeof STATEMENT) => {
    const { bytes } = drawPdf({
      ...makeFixture({ statement }),
      issuedAt: ISSUED_AT,
      language: "zh",
      verifyUrl: VERIFY_URL,
      template: own,
    });
    return run("pdftotext", "-layout", folder.write("own.pdf", bytes), "-").toString();
  };

  it("says what the evidence says in its place", () => {
    const text = printed({ ...STATEMENT, clientRef: "L-7\u202e" });
    expect(text).toContain("编号 L-7⬚U+202E⬚，收于 2026-11-24 16:00:00.412 UTC+08:00");
    expect(text).toContain("No. L-7⬚U+202E⬚, received 2026-11-24 16:00:00.412 UTC+08:00");
  });

  it("is left out where the evidence lacks a field that it names", () => {
    const { clientRef, ...rest } = STATEMENT;
    expect(clientRef).toBeDefined();
    expect(printed(rest)).not.toContain("贷款编号");
  });
});
