import { describe, expect, it } from "@jest/globals";
import { readCertificate } from "../../src/certificate/read-certificate.js";
import { verifyCertificate } from "../../src/certificate/verify-certificate.js";
import { ParseError } from "../../src/core/errors.js";
import { createDigester, verifyEd25519 } from "../../src/platform/ed25519.js";
import { COSIGNERS, drawFixture, makeFixture, STATEMENT, template } from "./fixture.js";

const fixture = makeFixture();
const pdf = drawFixture("zh", fixture);
const { consortium } = fixture;

const verify = (bytes: Uint8Array, options: Partial<Parameters<typeof verifyCertificate>[0]> = {}) =>
  verifyCertificate({
    pdf: bytes,
    consortium,
    templates: [template()],
    verifyEd25519,
    createDigester,
    ...options,
  });

async function check11(bytes: Uint8Array, options: Partial<Parameters<typeof verifyCertificate>[0]> = {}) {
  const report = await verify(bytes, options);
  const { result, code } = report.checks.find(({ name }) => name === "certificate") ?? {};
  return { verdict: report.verdict, result, code };
}

const altered = { verdict: "refused", result: "failed", code: "certificate-altered" };
const replaced = (from: string, to: string) =>
  Buffer.from(Buffer.from(pdf).toString("latin1").replace(from, to), "latin1");

describe("verifyCertificate", () => {
  it.each(["zh", "en"] as const)("accepts what was issued (%s)", async (language) => {
    expect(await check11(drawFixture(language))).toEqual({
      verdict: "verified",
      result: "passed",
      code: undefined,
    });
  });

  it("recomputes the quorum for named parties; the certificate itself stays true", async () => {
    const report = await verify(pdf, { parties: ["example-bank-b"] });
    expect(report.checks.find(({ name }) => name === "certificate")?.result).toBe("passed");
    expect(report.checks.find(({ name }) => name === "quorum")?.code).toBe("quorum-not-met");
    expect(report.verdict).toBe("refused");
    await expect(verify(pdf, { parties: ["nobody"] })).rejects.toThrow(ParseError);
  });

  it("refuses a bit flipped anywhere in the file: 512 places", async () => {
    const places = Array.from({ length: 512 }, (_, i) => Math.floor((i * (pdf.length - 1)) / 511));
    for (const [i, place] of places.entries()) {
      const bytes = Uint8Array.from(pdf);
      bytes[place] = (bytes[place] as number) ^ (1 << (i % 8));
      const { verdict, result, code } = await check11(bytes);
      // A flip in the digests of certificate.json names another template or trust file: not checked, never passed.
      const unknown = ["certificate-template-unknown", "certificate-consortium-differs"].includes(code ?? "");
      expect([place, verdict, result]).toEqual(
        unknown ? [place, "incomplete", "not-run"] : [place, "refused", "failed"],
      );
    }
  }, 120_000);

  it("says where a file first differs", async () => {
    const bytes = Uint8Array.from(pdf);
    const place = Buffer.from(pdf).indexOf("/Type /Catalog") + 7;
    bytes[place] = 0x44;
    const report = await verify(bytes);
    expect(report.checks.at(-1)).toMatchObject({
      code: "certificate-altered",
      message: `byte ${place} is not what its evidence makes`,
    });
    expect(report.checks.at(-1)?.compared?.[0]).toEqual({ what: "offset", got: String(place), want: "none" });
  });

  it.each([
    [
      "a revision appended",
      Buffer.concat([
        pdf,
        Buffer.from("1 0 obj\n<<>>\nendobj\nxref\n0 0\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"),
      ]),
    ],
    ["one byte appended", Buffer.concat([pdf, Buffer.from("\n")])],
    ["the last byte cut off", pdf.subarray(0, -1)],
    ["the file cut in half", pdf.subarray(0, pdf.length / 2)],
    ["an empty file", new Uint8Array(0)],
    ["another kind of PDF", Buffer.from("%PDF-1.4\n%%EOF\n")],
  ])("refuses %s", async (_, bytes) => {
    expect(await check11(bytes)).toEqual({
      verdict: "refused",
      result: "failed",
      code: "certificate-malformed",
    });
  });

  it("refuses a revision that our own reader would follow, for it is not what the evidence makes", async () => {
    const text = Buffer.from(pdf).toString("latin1");
    const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)?.[1]);
    const second = Buffer.concat([pdf, pdf.subarray(start)]);
    // The appended table and trailer are a copy of the first, the last line points at the copy.
    const moved = Buffer.from(
      second.toString("latin1").replace(/startxref\n\d+\n%%EOF\n$/, `startxref\n${pdf.length}\n%%EOF\n`),
      "latin1",
    );
    expect(() => readCertificate(moved)).not.toThrow();
    expect(await check11(moved)).toEqual(altered);
  });

  it("refuses pages of one deposit with the evidence of another", async () => {
    const other = makeFixture({ statement: { ...STATEMENT, name: "个人消费借款合同（另例）.pdf" } });
    const swapped = Uint8Array.from(pdf);
    const at = Buffer.from(pdf).indexOf(fixture.evidence);
    expect(other.evidence.length).toBe(fixture.evidence.length);
    swapped.set(other.evidence, at);
    const report = await verify(swapped);
    expect(
      report.checks.slice(0, 8).every(({ name, result }) => result === "passed" || name === "record-digest"),
    ).toBe(true);
    expect(await check11(swapped)).toEqual(altered);
  });

  it("refuses another time of issue, address or language in certificate.json", async () => {
    expect(await check11(replaced("08:00:09.120Z", "08:00:09.121Z"))).toEqual(altered);
    expect(await check11(replaced("https://verify.example/c", "https://verify.example/d"))).toEqual(altered);
    expect(await check11(replaced('"language":"zh"', '"language":"en"'))).toEqual(altered);
    expect(await check11(replaced('"language":"zh"', '"language":"xx"'))).toMatchObject({
      code: "certificate-malformed",
    });
  });

  it("refuses attachments under another name, compressed, or of another type", async () => {
    expect(await check11(replaced("(evidence.json) ", "(evidencx.json) "))).toMatchObject({
      code: "certificate-attachment-missing",
    });
    expect(await check11(replaced("/Type /EmbeddedFile", "/Type /EmbeddedFilf"))).toMatchObject({
      code: "certificate-malformed",
    });
  });

  it("does not judge pages of a template it lacks, nor those that another trust file would make otherwise; the evidence it does", async () => {
    expect(await check11(pdf, { templates: [] })).toEqual({
      verdict: "incomplete",
      result: "not-run",
      code: "certificate-template-unknown",
    });
    const spaced = Buffer.concat([consortium, Buffer.from("\n")]);
    expect(await check11(pdf, { consortium: spaced })).toEqual({ verdict: "verified", result: "passed" });
    const altered = Uint8Array.from(pdf);
    const place = Buffer.from(pdf).indexOf("/Type /Catalog") + 7;
    altered[place] = 0x44;
    const renamed = Buffer.from(Buffer.from(consortium).toString().replace("Example", "Sample"));
    for (const [file, trust] of [
      [altered, spaced],
      [pdf, renamed],
    ] as const)
      expect(await check11(file, { consortium: trust })).toEqual({
        verdict: "incomplete",
        result: "not-run",
        code: "certificate-consortium-differs",
      });
    const stranger = makeFixture({ cosigners: COSIGNERS.map((c) => ({ ...c, id: `${c.id}-x` })) }).consortium;
    expect(await check11(pdf, { consortium: stranger })).toMatchObject({ verdict: "refused" });
  });

  it("verifies nothing under a broken trust file", async () => {
    const broken = new TextEncoder().encode("{}");
    expect(await check11(pdf, { consortium: broken })).toMatchObject({
      verdict: "incomplete",
      result: "not-run",
    });
    expect(await check11(new Uint8Array(0), { consortium: broken })).toMatchObject({ verdict: "incomplete" });
  });

  it("compares the record as for an evidence file", async () => {
    const report = await verify(pdf, { record: new Uint8Array(3) });
    expect(report.checks.find(({ name }) => name === "record-digest")?.code).toBe("record-size");
  });
});
