/** What becomes of a certificate on its way: what happened is named, and the evidence inside still speaks. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { recordSizeOf, verifyFile } from "../../../src/certificate/verify/verify-file.js";
import { utf8 } from "../../../src/core/bytes.js";
import { encodeEvidence, parseEvidence } from "../../../src/core/evidence/evidence.js";
import { conclusionsOf } from "../../../src/core/verify/conclusions.js";
import type { Report } from "../../../src/core/verify/report.js";
import { createDigester, verifyEd25519 } from "../../../src/platform/keys/ed25519.js";
import { verifyX509Signature } from "../../../src/platform/keys/x509-signature.js";
import { findTemplate, makeFixture, signFixture } from "../fixture.js";
import { describeWith, run, temporaryFolder } from "../tools.js";

const fixture = makeFixture();
const pdf = signFixture("zh", fixture);
const { evidence, consortium } = fixture;
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const joined = (...parts: readonly (Uint8Array | string)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)));

const verify = async (file: Uint8Array): Promise<Report> =>
  (await verifyFile({
    ...{ file, consortium, templates: async () => findTemplate },
    ...{ verifyEd25519, verifyX509Signature, createDigester },
  })) as Report;

/** The verdict, check 11's code, how many of the ten others passed, and whether the evidence is said to speak for itself. */
async function told(file: Uint8Array) {
  const report = await verify(file);
  const { verdict, checks, notices } = report;
  const certificate = checks.find(({ name }) => name === "certificate");
  return {
    verdict,
    code: certificate?.code,
    passed: checks.filter(({ result }) => result === "passed").map(({ name }) => name),
    isAlone: notices.some(({ code }) => code === "certificate-evidence-alone"),
    conclusions: conclusionsOf(report),
  };
}

const EVIDENCE_CHECKS = [
  "evidence-format",
  "batch-inclusion",
  "ledger-inclusion",
  "log-signature",
  "cosignatures",
  "quorum",
  "time-order",
];
const speaks = (code: string) => ({
  verdict: "refused",
  code,
  passed: EVIDENCE_CHECKS,
  isAlone: true,
  conclusions: ["evidence-holds", "certificate-touched"],
});
const silent = (code: string) => ({
  verdict: "refused",
  code,
  passed: [],
  isAlone: false,
  conclusions: ["certificate-without-evidence"],
});

const start = /startxref\n(\d+)\n%%EOF\n$/.exec(latin1(pdf))?.[1] ?? "";
const root = /\/Root \d+ 0 R/.exec(latin1(pdf))?.[0] ?? "";
/** As a viewer adds a comment: new objects and a table that leads back to the old one. */
const addition = (added: string, table: string) =>
  `${added}xref\n${table}trailer\n<< /Size 10000 /Prev ${start} ${root} >>\nstartxref\n${pdf.length + added.length}\n%%EOF\n`;
const ANNOTATION = "9999 0 obj\n<< /Type /Annot >>\nendobj\n";
const annotated = joined(
  pdf,
  addition(ANNOTATION, `9999 1\n${String(pdf.length).padStart(10, "0")} 00000 n \n`),
);

describe("the size of the record", () => {
  it("is that of the evidence with which the verifier will compare it, whatever happened to the file", () => {
    const { size } = parseEvidence(evidence).statement;
    expect(recordSizeOf(evidence)).toBe(size);
    for (const file of [pdf, joined(pdf, "\n"), joined("x\n", pdf), joined(pdf, addition(ANNOTATION, ""))])
      expect(recordSizeOf(file)).toBe(size);
    expect(recordSizeOf(joined("%PDF-1.7\n"))).toBeUndefined();
  });
});

describe("what was added to a certificate", () => {
  it.each([
    ["a line end behind it", joined(pdf, "\n"), "certificate-bytes-behind"],
    ["CR LF behind it", joined(pdf, "\r\n"), "certificate-bytes-behind"],
    ["zeros behind it, up to a full block", joined(pdf, new Uint8Array(8192 - (pdf.length % 4096))), "certificate-bytes-behind"], // prettier-ignore
    ["the foot of a web form behind it", joined(pdf, "\r\n------formdata--\r\n"), "certificate-bytes-behind"],
    ["the head of a mail before it", joined("Content-Type: application/pdf\r\n\r\n", pdf), "certificate-bytes-before"], // prettier-ignore
    ["a byte order mark before it", joined("\u00ef\u00bb\u00bf", pdf), "certificate-bytes-before"],
    ["something on both sides", joined("\n", pdf, "\n"), "certificate-bytes-behind"],
    ["a revision", annotated, "certificate-revision-added"],
    ["two revisions and a line end", joined(annotated, addition(ANNOTATION, ""), "\n"), "certificate-revision-added"], // prettier-ignore
    ["itself once more", joined(pdf, pdf), "certificate-revision-added"],
  ])("%s is named, and the evidence inside is checked", async (_, file, code) => {
    expect(await told(file)).toEqual(speaks(code));
    const message = (await verify(file)).checks.at(-1)?.message ?? "";
    expect(message).toMatch(/bytes \d+ to \d+ are a file as this program writes it/);
    expect(message).toContain("without what was added, check 11 passes");
  });

  it("says what is wrong with the certificate itself too", async () => {
    const changed = Buffer.from(pdf);
    const at = latin1(pdf).indexOf("/Title");
    changed[at + 1] = "X".charCodeAt(0);
    const message = (await verify(joined(changed, "\n"))).checks.at(-1)?.message;
    expect(message).toContain("without what was added, check 11 says certificate-signature-invalid");
  });

  it("never takes the evidence of a later revision for that of the certificate", async () => {
    const [other] = makeOther();
    const specification = `9998 0 obj\n<< /Type /Filespec /F (evidence.json) /EF << /F 9999 0 R >> >>\nendobj\n`;
    const stream = `9999 0 obj\n<< /Type /EmbeddedFile /Length ${other.length} >>\nstream\n${latin1(other)}\nendstream\nendobj\n`;
    const file = joined(pdf, addition(specification + stream, ""));
    const { subject } = await verify(file);
    expect(subject?.name).toBe(JSON.parse(Buffer.from(evidence).toString()).statement.name);
    expect(await told(file)).toEqual(speaks("certificate-revision-added"));
  });
});

/** Evidence that differs in white space alone: as good, and not the same bytes. */
function makeOther(): readonly [Uint8Array] {
  return [joined(encodeEvidence(parseEvidence(evidence)), "  ")];
}

describe("what was lost of a certificate", () => {
  it.each([
    ["its last byte", pdf.subarray(0, -1)],
    ["its tables", pdf.subarray(0, Number(start))],
    ["all behind its evidence", pdf.subarray(0, Number(start) - 2000)],
  ])("%s: the evidence is found from object to object", async (_, file) => {
    expect(await told(file)).toEqual(speaks("certificate-cut-off"));
  });

  it("the evidence too, where it was cut off before", async () => {
    const at = latin1(pdf).indexOf('{"batch"');
    expect(await told(pdf.subarray(0, at + 100))).toEqual(silent("certificate-cut-off"));
  });

  it("its line ends, where it was sent as text", async () => {
    const text = Buffer.from(latin1(pdf).replace(/\r?\n/g, "\r\n"), "latin1");
    expect(await told(text)).toEqual(speaks("certificate-line-ends"));
  });
});

describe("two different files of one name", () => {
  const [other] = makeOther();
  const attached = (content: Uint8Array, id: number) =>
    joined(
      `${id} 0 obj\n<< /Type /Filespec /UF (evidence.json) /EF << /F ${id + 1} 0 R >> >>\nendobj\n`,
      `${id + 1} 0 obj\n<< /Length ${content.length} >>\nstream\n`,
      content,
      "\nendstream\nendobj\n",
    );
  const file = (...contents: readonly Uint8Array[]) =>
    joined("%PDF-1.4\n", ...contents.map((content, i) => attached(content, 10 * i + 1)), "%%EOF\n");

  it("are neither taken, since which was meant can't be told", async () => {
    expect(await told(file(evidence))).toEqual(speaks("certificate-rewritten"));
    expect(await told(file(evidence, evidence))).toEqual(speaks("certificate-rewritten"));
    expect(await told(file(evidence, other))).toEqual(silent("certificate-attachment-ambiguous"));
    expect(await told(file(other, evidence))).toEqual(silent("certificate-attachment-ambiguous"));
  });

  it("are not made by text that only looks like a file", async () => {
    const posing = joined("4 0 obj\n<< /Length 9 >>\nstream\n", attached(other, 50), "\nendstream\nendobj\n");
    const inString = `3 0 obj\n(${latin1(attached(other, 50)).replace(/[()\\]/g, "\\$&")})\nendobj\n`;
    const long = joined(`4 0 obj\n<< /Length ${attached(other, 50).length} >>\nstream\n`, attached(other, 50), "\nendstream\nendobj\n"); // prettier-ignore
    expect(await told(joined(file(evidence), inString))).toEqual(speaks("certificate-rewritten"));
    expect(await told(joined(file(evidence), long))).toEqual(speaks("certificate-rewritten"));
    expect(await told(joined(file(evidence), posing))).toEqual(speaks("certificate-rewritten"));
  });
});

describe("a stranger's file of 50 MB", () => {
  const fill = (unit: string, before = "") => {
    const bytes = Buffer.alloc(49_999_000, unit, "latin1");
    bytes.write(`%PDF-1.4\n${before}`, "latin1");
    return bytes;
  };
  const bomb = deflateSync(Buffer.alloc(30_000_000, "1 0 "), { level: 9 });
  const bombs = `1 0 obj<</Type/ObjStm/N 99999/First 900000/Filter/FlateDecode/Length ${bomb.length}>>stream\n${latin1(bomb)}\nendstream endobj `;

  it.each([
    ["strings that do not end", fill("1 0 obj(")],
    ["arrays that do not end", fill("1 0 obj[")],
    ["dictionaries that do not end", fill("trailer<<")],
    ["streams that do not end", fill("1 0 obj<<>>stream\n")],
    ["one stream that almost ends", fill("endstrea", "1 0 obj<<>>stream\n")],
    ["names of evidence and nothing else", fill("1 0 obj<</EF<</F 1 0 R>>/F(evidence.json)>>endobj ")],
    ["ends of files", fill("startxref\n9\n%%EOF\n")],
    ["object streams that inflate a thousandfold", fill(bombs)],
  ])("with %s is refused in a short time", async (_, file) => {
    const startedMs = performance.now();
    expect((await verify(file)).verdict).toBe("refused");
    expect(performance.now() - startedMs).toBeLessThan(60_000);
  }, 120_000); // prettier-ignore
});

describeWith(["qpdf"], "a certificate that qpdf has written again", () => {
  const folder = temporaryFolder();
  const original = folder.write("original.pdf", pdf);
  const rewritten = (...options: readonly string[]): Buffer => {
    const target = join(folder.path, "rewritten.pdf");
    run("qpdf", ...options, original, target);
    return readFileSync(target);
  };

  it.each([
    ["as it is", []],
    ["linearized", ["--linearize"]],
    ["with object streams", ["--object-streams=generate"]],
    ["with object streams, linearized and compressed again", ["--object-streams=generate", "--linearize", "--recompress-flate"]], // prettier-ignore
    ["for people to read", ["--qdf", "--object-streams=disable"]],
    ["of one page", ["--pages", ".", "1", "--"]],
  ])("%s: its evidence is taken out", async (_, options) => {
    expect(await told(rewritten(...options))).toEqual(speaks("certificate-rewritten"));
  });

  it("cut off, padded or with bytes before it: likewise", async () => {
    const file = rewritten("--object-streams=generate");
    expect(await told(joined(file, "\n\n"))).toEqual(speaks("certificate-rewritten"));
    expect(await told(joined("\n", file))).toEqual(speaks("certificate-rewritten"));
    expect(await told(file.subarray(0, -300))).toEqual(speaks("certificate-rewritten"));
  });

  it.each([[["--encrypt", "", "owner", "256", "--"]], [["--encrypt", "user", "owner", "256", "--"]]])(
    "encrypted, nothing can be taken out: %j",
    async (options) => {
      expect(await told(rewritten(...options))).toEqual(silent("certificate-encrypted"));
    },
  );

  it("without its attachments, as a printer makes it, holds no evidence", async () => {
    const target = join(folder.path, "pages.pdf");
    run("qpdf", "--empty", "--pages", original, "1-z", "--", target);
    expect(await told(readFileSync(target))).toEqual(silent("certificate-attachment-missing"));
  });

  it("with a second file of that name, is not trusted with either", async () => {
    const second = folder.write("second.json", utf8("{}"));
    const file = rewritten("--add-attachment", second, "--filename=evidence.json", "--key=other", "--");
    expect(await told(file)).toEqual(silent("certificate-attachment-ambiguous"));
  });
});
