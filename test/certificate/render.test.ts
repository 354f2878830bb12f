import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { NotCertifiableError, drawPdf, renderCertificate } from "../../src/certificate/render.js";
import { readCertificate } from "../../src/certificate/read-certificate.js";
import { openTemplate } from "../../src/certificate/template.js";
import { ParseError } from "../../src/core/errors.js";
import {
  COSIGNERS,
  drawFixture,
  ISSUED_AT,
  makeFixture,
  STATEMENT,
  template,
  templateFiles,
  VERIFY_URL,
} from "./fixture.js";

const input = (fixture = makeFixture()) => ({
  ...fixture,
  issuedAt: ISSUED_AT,
  language: "zh" as const,
  verifyUrl: VERIFY_URL,
  template: template(),
});

describe("renderCertificate", () => {
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
    const recorded = readFileSync(new URL("../vectors/certificate/drawn.json", import.meta.url), "utf8");
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
    expect(Buffer.compare(drawPdf({ ...input(), template: openTemplate(templateFiles()) }), first)).toBe(0);
  });

  it("carries the evidence byte for byte, and certificate.json in canonical form", async () => {
    const fixture = makeFixture();
    const { evidence, certificate } = readCertificate(await renderCertificate(input(fixture)));
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

  it("is made of evidence that verifies, and of no other", async () => {
    const onlyItsOwn = makeFixture({ cosigners: COSIGNERS.filter(({ role }) => role !== "court") });
    await expect(renderCertificate(input(onlyItsOwn))).rejects.toThrow(NotCertifiableError);
    const broken = { ...makeFixture(), consortium: new Uint8Array(0) };
    await expect(renderCertificate(input(broken))).rejects.toThrow(NotCertifiableError);
  });

  it.each([
    "ftp://verify.example/",
    "https://verify.example/存证",
    "https://verify.example/ x",
    `https://${"x".repeat(501)}`,
  ])("refuses an address that can't be printed: %s", async (verifyUrl) => {
    await expect(renderCertificate({ ...input(), verifyUrl })).rejects.toThrow(ParseError);
  });

  it("names a template by all of its files", () => {
    const files = templateFiles();
    for (const [name, bytes] of files) {
      const changed = new Map(files);
      // White space in JSON, and a byte after the font: the same template to the eye, another one by its digest.
      changed.set(name, Buffer.concat([bytes, Buffer.from("\n")]));
      expect(openTemplate(changed).digest).not.toBe(template().digest);
    }
  });
});
