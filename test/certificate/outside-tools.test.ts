import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { bytesFromBase64, hex } from "../../src/core/bytes.js";
import { readCertificate } from "../../src/certificate/read-certificate.js";
import { drawFixture, makeFixture, STATEMENT, VERIFY_URL } from "./fixture.js";
import { describeWith, run, temporaryFolder } from "./tools.js";

const folder = temporaryFolder();
const fixture = makeFixture();
const files = (["zh", "en"] as const).map((language) =>
  folder.write(`${language}.pdf`, drawFixture(language)),
);
const hexOf = (base64: string) => hex(bytesFromBase64(base64));

describeWith(["qpdf"], "qpdf", () => {
  it.each(files)("finds no error in %s", (file) => {
    expect(run("qpdf", "--check", file).toString()).toContain("No syntax or stream encoding errors found");
  });

  it("finds PDF/A-3b: one output intent, XMP that says so, associated files", () => {
    const json = run("qpdf", "--json=2", files[0] ?? "").toString();
    expect(json).toContain('"/GTS_PDFA1"');
    expect(json).toContain('"/AFRelationship": "/Source"');
    expect(json).toContain('"/AFRelationship": "/Data"');
    expect(json).not.toMatch(/Helvetica|NeedAppearances|JavaScript|\/Encrypt/);
    const xmp = readFileSync(files[0] ?? "").toString();
    expect(xmp).toContain("<pdfaid:part>3</pdfaid:part>");
    expect(xmp).toContain("<pdfaid:conformance>B</pdfaid:conformance>");
  });
});

describeWith(["pdfdetach", "pdffonts", "pdftotext"], "poppler", () => {
  it("takes out both attachments byte for byte", () => {
    const file = files[0] ?? "";
    run("pdfdetach", "-saveall", "-o", folder.path, file);
    expect(Buffer.compare(readFileSync(join(folder.path, "evidence.json")), fixture.evidence)).toBe(0);
    const { certificate } = readCertificate(readFileSync(file));
    expect(Buffer.compare(readFileSync(join(folder.path, "certificate.json")), certificate)).toBe(0);
  });

  it.each(files)("finds every font of %s embedded, cut, and with its characters named", (file) => {
    const rows = run("pdffonts", file).toString().trimEnd().split("\n").slice(2);
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(row).toMatch(/^[A-Z]{6}\+\S+\s+CID TrueType\s+Identity-H\s+yes yes yes/);
  });

  it.each(files)("copies every hash, id and name out of %s intact", (file) => {
    const text = run("pdftotext", "-layout", file, "-").toString();
    const { batch, statement } = JSON.parse(Buffer.from(fixture.evidence).toString());
    const wanted = [
      ...[
        statement.digests["sha-256"],
        statement.digests.sm3,
        statement.chain.previous,
        batch.root,
        batch.state.config,
      ].map(hexOf),
      ...[
        statement.id,
        statement.depositor.name,
        statement.depositor.creditCode,
        statement.name,
        statement.clientRef,
      ],
      ...[statement.chain.id, statement.source.system, batch.id, batch.state.software, VERIFY_URL],
      "2.16.840.1.101.3.4.2.1",
      "1.2.156.10197.1.401",
      "1.3.101.112",
      "2025-03-10 09:44:58.000 UTC+08:00",
      "2026-11-24 16:00:00.412 UTC+08:00",
      "2026-11-24 16:00:01.000 UTC+08:00",
      "2026-11-24 16:00:03 UTC+08:00",
      "2026-11-24 16:00:09.120 UTC+08:00",
    ];
    for (const value of wanted) expect(text).toContain(value);
    expect(text).toContain(STATEMENT.mediaType);
  });
});

describeWith(["pdftoppm", "zbarimg"], "zbar", () => {
  it.each(files)("reads the address from the code on %s", (file) => {
    const page = join(folder.path, "page");
    run("pdftoppm", "-r", "150", "-f", "1", "-l", "1", "-singlefile", "-png", file, page);
    expect(run("zbarimg", "--quiet", "--raw", `${page}.png`).toString()).toBe(`${VERIFY_URL}\n`);
  });
});
