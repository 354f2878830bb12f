import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { bytesFromBase64, hex } from "../../src/core/bytes.js";
import { PdfReader } from "../../src/certificate/pdf/pdf-reader.js";
import { readCertificate } from "../../src/certificate/verify/read-certificate.js";
import { readSignature } from "../../src/certificate/pdf/signature-object.js";
import { makeFixture, signFixture, STATEMENT, VERIFY_URL } from "./fixture.js";
import { ecSigner, pemOf, ROOT, rsaSigner, SIGNER_NAME, type TestSigner } from "./signer.js";
import { describeWith, run, temporaryFolder } from "./tools.js";

const folder = temporaryFolder();
const fixture = makeFixture();
const files = (["zh", "en"] as const).map((language) =>
  folder.write(`${language}.pdf`, signFixture(language, fixture, rsaSigner())),
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
    // Three of the template, and what the names need of two faces.
    expect(rows).toHaveLength(5);
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
      "2026-11-24 16:00:04 UTC+08:00",
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

const SIGNERS: readonly (readonly [string, () => TestSigner])[] = [
  ["RSA", rsaSigner],
  ["ECDSA", ecSigner],
];

describeWith(["pdfsig", "certutil"], "pdfsig, with a store of trusted roots", () => {
  /** An NSS database, with the root or with nothing. */
  function store(name: string, root?: string): string {
    const path = join(folder.path, name);
    mkdirSync(path, { recursive: true });
    run("certutil", "-N", "-d", `sql:${path}`, "--empty-password");
    if (root !== undefined)
      run("certutil", "-A", "-d", `sql:${path}`, "-n", "root", "-t", "CT,C,C", "-i", root);
    return `sql:${path}`;
  }
  const judge = (database: string, file: string) => {
    // Its exit code says nothing: a digest that does not match is 0 too.
    const { stdout } = spawnSync("pdfsig", ["-nssdir", database, file], { encoding: "utf8" });
    return stdout;
  };

  it.each(SIGNERS)(
    "finds the signature valid, its certificate trusted and the whole file signed (%s)",
    (name, signer) => {
      const root = folder.write("root.pem", Buffer.from(pemOf(ROOT)));
      const file = folder.write(`${name}.pdf`, signFixture("zh", fixture, signer()));
      const said = judge(store(`trusting-${name}`, root), file);
      expect(said).toContain(`Signer Certificate Common Name: ${SIGNER_NAME}`);
      expect(said).toContain("Signing Time: Nov 24 2026");
      expect(said).toContain("Signature Type: ETSI.CAdES.detached");
      expect(said).toContain("Total document signed");
      expect(said).toContain("Signature Validation: Signature is Valid.");
      expect(said).toContain("Certificate Validation: Certificate is Trusted.");
      expect(said).not.toContain("Signature #2");
      expect(judge(store(`strange-${name}`), file)).not.toContain("Certificate is Trusted");
    },
  );

  it("finds a changed page", () => {
    const root = folder.write("root.pem", Buffer.from(pemOf(ROOT)));
    const pdf = signFixture("zh", fixture, rsaSigner());
    pdf[pdf.length - 2000] = (pdf[pdf.length - 2000] as number) ^ 1;
    const said = judge(store("changed", root), folder.write("changed.pdf", pdf));
    expect(said).not.toContain("Signature is Valid");
  });
});

describeWith(["openssl"], "openssl", () => {
  it.each(SIGNERS)("verifies the CMS over the range as CAdES, up to the root (%s)", (name, signer) => {
    const pdf = signFixture("en", fixture, signer());
    const { hole, cms } = readSignature(new PdfReader(pdf));
    const content = Buffer.concat([pdf.subarray(0, hole.start), pdf.subarray(hole.end)]);
    const [data, der, root] = [
      folder.write(`${name}.content`, content),
      folder.write(`${name}.cms`, cms),
      folder.write("root.pem", Buffer.from(pemOf(ROOT))),
    ];
    const verify = (...more: string[]) =>
      spawnSync(
        "openssl",
        ["cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", der, "-content", data, "-CAfile", root, "-purpose", "any", "-out", "/dev/null", ...more], // prettier-ignore
        { encoding: "utf8" },
      );
    expect(verify("-attime", "1795507209").stderr).toContain("Verification successful");
    // RFC 5652: and not of other bytes.
    writeFileSync(data, content.subarray(1));
    expect(verify("-attime", "1795507209").status).not.toBe(0);
  });
});
