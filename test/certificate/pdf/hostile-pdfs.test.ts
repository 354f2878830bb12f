/** Files that are made to hold up a verifier cost what their size explains, whatever they are made of. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { MAX_PDF_BYTES, PdfReader } from "../../../src/certificate/pdf/pdf-reader.js";
import { MAX_VALUE_BYTES, MAX_VALUES, PdfValues } from "../../../src/certificate/pdf/pdf-values.js";
import { readAttachments } from "../../../src/certificate/verify/read-certificate.js";
import { verifyCertificate } from "../../../src/certificate/verify/verify-certificate.js";
import { HOSTILE_PDFS } from "../../../scripts/bench/hostile/hostile-pdfs.js";
import { measuredVerify } from "../../../scripts/bench/hostile/measured-verify.js";
import { PROJECT } from "../../../scripts/project.js";
import { drawFixture, makeFixture } from "../fixture.js";

const { consortium } = makeFixture();
const kinds = Object.entries(HOSTILE_PDFS);

const verify = (pdf: Uint8Array) =>
  verifyCertificate({ pdf, consortium, findTemplate: () => undefined }).verdict;

/** Processor time of this process: others on the machine hardly change it. */
function costMs(task: () => void): number {
  const { user, system } = process.cpuUsage();
  task();
  const used = process.cpuUsage({ user, system });
  return (used.user + used.system) / 1000;
}
const NOTHING = new Uint8Array(0);
const leastMs = (task: () => void) => Math.min(...Array.from({ length: 3 }, () => costMs(task)));

describe("hostile PDF files", () => {
  it.each(kinds)("%s: cost grows as their bytes do", (_, make) => {
    const [small = NOTHING, large = NOTHING] = [400_000, 1_600_000].map((bytes) =>
      Uint8Array.from(make(bytes)),
    );
    expect(verify(small)).toBe("refused");
    // Some kinds grow by large steps, and one has a largest file.
    const longer = large.length / small.length;
    // The collector of a large heap has its own time: what grows as the square costs more than twice this, each time.
    let holds = false;
    for (let look = 0; look < 8 && !holds; look += 1) {
      const [smallMs = 0, largeMs = 0] = [small, large].map((pdf) => leastMs(() => verify(pdf)));
      holds = largeMs < 2 * longer * smallMs + 40;
    }
    expect(holds).toBe(true);
  });

  it("reads an object once, however many ways lead to it", () => {
    const pdf = Uint8Array.from(
      (HOSTILE_PDFS["one object of numbers, read again and again"] as (bytes: number) => Uint8Array)(28_000),
    );
    const values = new PdfValues(pdf);
    const reader = new PdfReader(pdf, values);
    expect(() => readAttachments(reader)).toThrow("the PDF has no attachment evidence.json");
    expect(values.readBytes).toBeGreaterThan(17_000);
    expect(values.readBytes).toBeLessThan(pdf.length);
  });

  it("reads the values of a genuine certificate in a small part of what a value may have", () => {
    const pdf = drawFixture("zh");
    const values = new PdfValues(pdf);
    const reader = new PdfReader(pdf, values);
    readAttachments(reader);
    expect(values.readBytes).toBeLessThan(MAX_VALUE_BYTES / 10);
  });

  describe("of the largest size, by the program itself", () => {
    let folder = "";
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "cunzheng-hostile-"));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it.each([
      "one object of strings, in a file that ends 32 times",
      "dictionaries in dictionaries",
      "streams of too many zeros",
      "small attachments",
    ])(
      "%s: is refused within 500 MB",
      async (kind) => {
        const [file, trust] = [
          join(folder, "file.pdf"),
          join(PROJECT, "test/vectors/certificate/drawing-1/consortium.json"),
        ];
        writeFileSync(file, (HOSTILE_PDFS[kind] as (bytes: number) => Uint8Array)(MAX_PDF_BYTES));
        const { exitCode, verdict, megabytes } = await measuredVerify({ file, consortium: trust }, folder);
        expect({ exitCode, verdict }).toEqual({ exitCode: 1, verdict: "refused" });
        expect(megabytes).toBeLessThan(500);
      },
      120_000,
    );
  });
});

describe("the bounds of a value", () => {
  const at = (text: string) => new PdfValues(Buffer.from(text, "latin1")).at(0).end;
  const MALFORMED = /^not a certificate of ours/;

  it("counts its bytes, white space too", () => {
    expect(at(`[${" ".repeat(MAX_VALUE_BYTES - 2)}]`)).toBe(MAX_VALUE_BYTES);
    expect(at(`(${"a".repeat(MAX_VALUE_BYTES - 2)})`)).toBe(MAX_VALUE_BYTES);
    expect(() => at(`[${" ".repeat(MAX_VALUE_BYTES - 1)}]`)).toThrow(MALFORMED);
    expect(() => at(`(${"a".repeat(MAX_VALUE_BYTES - 1)})`)).toThrow(MALFORMED);
    expect(() => at(`[${"(a)".repeat(MAX_VALUE_BYTES / 2)}]`)).toThrow(MALFORMED);
  });

  it("counts the values in it, itself too", () => {
    expect(at(`[${"1 ".repeat(MAX_VALUES - 1)}]`)).toBe(2 * MAX_VALUES);
    expect(() => at(`[${"1 ".repeat(MAX_VALUES)}]`)).toThrow(MALFORMED);
  });

  it("counts how deep it goes: sixteen around a value", () => {
    expect(at(`${"[".repeat(16)}1${"]".repeat(16)}`)).toBe(33);
    expect(() => at(`${"[".repeat(17)}1${"]".repeat(17)}`)).toThrow(MALFORMED);
  });
});
