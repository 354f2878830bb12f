import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { NotCertifiableError, drawPdf } from "../../../src/certificate/template/draw-certificate.js";
import { readCertificate } from "../../../src/certificate/verify/read-certificate.js";
import { openTemplate } from "../../../src/certificate/template/template.js";
import { ParseError } from "../../../src/core/errors.js";
import {
  builtTemplate,
  COSIGNERS,
  drawFixture,
  ISSUED_AT,
  makeFixture,
  STATEMENT,
  layout,
  template,
  templateFiles,
  templateSources,
  VERIFY_URL,
} from "../fixture.js";

const input = (fixture = makeFixture()) => ({
  ...fixture,
  issuedAt: ISSUED_AT,
  language: "zh" as const,
  verifyUrl: VERIFY_URL,
  template: template(),
});

describe("drawPdf", () => {
  it.each(["zh", "en"] as const)("gives the same bytes in another process (%s)", (language) => {
    const program = fileURLToPath(new URL("other-process.mjs", import.meta.url));
    const other = execFileSync(process.execPath, ["--no-warnings", program, language], { maxBuffer: 1e7 });
    expect(Buffer.compare(other, drawFixture(language))).toBe(0);
  });

  /**
   * Bytes that were drawn on another day. Where they differ under the same template digest, certificates already
   * issued would be refused: raise the number in the layout's `drawing` and in template.ts, then record anew
   * (record-drawn.mjs).
   */
  it("gives the bytes that were recorded for this template", () => {
    const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
    const recorded = readFileSync(new URL("../../vectors/certificate/drawn.json", import.meta.url), "utf8");
    expect({
      template: template().digest,
      zh: sha256(drawFixture("zh")),
      en: sha256(drawFixture("en")),
    }).toEqual(JSON.parse(recorded));
  });

  it("gives the same bytes whatever was drawn before it", () => {
    const first = drawFixture("zh");
    // Full-width and half-width, two code points with one glyph: a kept glyph must not remember either.
    drawFixture("en", makeFixture({ statement: { ...STATEMENT, name: "µ μ ‐ - · ・ ⼀ 一 Å Å" } }));
    expect(Buffer.compare(drawFixture("zh"), first)).toBe(0);
    expect(
      Buffer.compare(drawPdf({ ...input(), template: openTemplate(templateFiles(), "v1") }).bytes, first),
    ).toBe(0);
  });

  it("remembers nothing of another certificate: the first of a process, and the same after others", () => {
    const program = fileURLToPath(new URL("other-process.mjs", import.meta.url));
    const alone = execFileSync(process.execPath, ["--no-warnings", program, "en"], { maxBuffer: 1e7 });
    const fresh = openTemplate(templateFiles(), "v1");
    const draw = (fixture: ReturnType<typeof makeFixture>, language: "zh" | "en") =>
      drawPdf({ ...input(fixture), language, template: fresh }).bytes;
    // Others: words of the template where users write, other results of checks, other characters, another rule.
    const others = [
      makeFixture({ statement: { ...STATEMENT, name: "登记存证人", clientRef: "Depositor" } }),
      makeFixture({ statement: { ...STATEMENT, name: "喆".repeat(500) }, excludeParties: false }),
      makeFixture({ cosigners: COSIGNERS.slice(0, 4), clockOffsetMs: null }),
    ];
    for (const other of others) for (const language of ["zh", "en"] as const) draw(other, language);
    expect(Buffer.compare(draw(makeFixture(), "en"), alone)).toBe(0);
    for (const other of others) draw(other, "en");
    expect(Buffer.compare(draw(makeFixture(), "en"), alone)).toBe(0);
  });

  it.each(["zh", "en"] as const)(
    "takes three pages and 130 KiB at most, the hole included (%s)",
    (language) => {
      const { bytes } = drawPdf({ ...input(), language });
      expect(bytes.length).toBeLessThanOrEqual(130 * 1024);
      expect(
        Buffer.from(bytes)
          .toString("latin1")
          .match(/\/Type \/Page\n/g),
      ).toHaveLength(3);
    },
  );

  it("carries the evidence byte for byte, and certificate.json in canonical form", () => {
    const fixture = makeFixture();
    const { evidence, certificate } = readCertificate(drawPdf(input(fixture)).bytes);
    expect(Buffer.compare(evidence, fixture.evidence)).toBe(0);
    const record = JSON.parse(Buffer.from(certificate).toString());
    expect(Object.keys(record)).toEqual([
      "consortium",
      "issuedAt",
      "language",
      "template",
      "type",
      "verifyUrl",
    ]);
    expect(record).toMatchObject({ issuedAt: ISSUED_AT, language: "zh", verifyUrl: VERIFY_URL });
  });

  it("carries what the issuer says of itself, and prints it as its own word", () => {
    const issuer = {
      creditCode: "91000000EXAMPLE99X",
      filingNumber: "示例备字 0001 号",
      contact: "contact@notary.example",
      verifier: "https://verifier.example/",
    };
    const { certificate } = readCertificate(drawPdf({ ...input(), issuer }).bytes);
    const record = JSON.parse(Buffer.from(certificate).toString()) as Record<string, unknown>;
    expect(record["issuer"]).toEqual(issuer);
    const silent = readCertificate(drawPdf(input()).bytes).certificate;
    expect(JSON.parse(Buffer.from(silent).toString())).not.toHaveProperty("issuer");
    const one = drawPdf({ ...input(), issuer: { contact: "contact@notary.example" } }).bytes;
    expect(one).not.toEqual(drawPdf({ ...input(), issuer: { contact: "contact@other.example" } }).bytes);
    for (const nothing of [{}, { contact: "" }, { contact: "x".repeat(201) }, { seal: "x" } as object])
      expect(() => drawPdf({ ...input(), issuer: nothing })).toThrow(ParseError);
  });

  it("is made of evidence that verifies, and of no other", () => {
    const onlyItsOwn = makeFixture({ cosigners: COSIGNERS.filter(({ role }) => role !== "court") });
    expect(() => drawPdf(input(onlyItsOwn))).toThrow(NotCertifiableError);
    const broken = { ...makeFixture(), consortium: new Uint8Array(0) };
    expect(() => drawPdf(input(broken))).toThrow(NotCertifiableError);
  });

  it.each([
    "ftp://verify.example/",
    "https://verify.example/存证",
    "https://verify.example/ x",
    `https://${"x".repeat(501)}`,
  ])("refuses an address that can't be printed: %s", (verifyUrl) => {
    expect(() => drawPdf({ ...input(), verifyUrl })).toThrow(ParseError);
  });

  it("leaves a hole for the signature, and names every other byte", () => {
    const { bytes, contents } = drawPdf(input());
    const { start, end } = contents;
    expect(end - start).toBe(2 * layout().signature.reservedBytes + 2);
    expect(Buffer.from(bytes.subarray(start, end)).toString()).toBe(`<${"0".repeat(end - start - 2)}>`);
    const before = Buffer.from(bytes.subarray(0, start)).toString("latin1");
    const dictionary =
      /\n(\d+) 0 obj\n<<\n\/Type \/Sig\n\/Filter \/Adobe\.PPKLite\n\/SubFilter \/ETSI\.CAdES\.detached\n\/M \(D:20261124080009Z\)\n(\/ByteRange \[0 (\d+) (\d+) (\d+)\] *)\n\/Contents $/.exec(
        before,
      );
    expect(dictionary?.slice(3).map(Number)).toEqual([start, end, bytes.length - end]);
    expect(Buffer.from(bytes.subarray(end, end + 11)).toString()).toBe("\n>>\nendobj\n");
  });

  it("names a template by all of its files", () => {
    const files = templateSources();
    for (const [name, bytes] of files) {
      const changed = new Map(files);
      // White space in JSON, and a byte after the font: the same template to the eye, another one by its digest.
      changed.set(name, Buffer.concat([bytes, Buffer.from("\n")]));
      expect(builtTemplate(changed).digest).not.toBe(template().digest);
    }
  });
});
