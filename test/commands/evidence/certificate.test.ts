/** `cunzheng certificate` and `cunzheng verify` of certificates, as the built program runs them. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { PdfReader } from "../../../src/certificate/pdf/pdf-reader.js";
import { readCertificate } from "../../../src/certificate/verify/read-certificate.js";
import { readSignature, withoutSignature } from "../../../src/certificate/pdf/signature-object.js";
import { drawFixture, makeFixture, signFixture } from "../../certificate/fixture.js";
import { ROOT_NAME, rsaSigner, SIGNER_NAME } from "../../certificate/signer.js";
import { temporaryFolders } from "../../temporary-folder.js";

const root = join(import.meta.dirname, "../../..");
const temporaryFolder = temporaryFolders();
const fixture = makeFixture();
const pdf = signFixture("zh", fixture, rsaSigner());
const unsigned = withoutSignature(pdf, readSignature(new PdfReader(pdf)).hole);

let folder: string;
const path = (name: string) => join(folder, name);
const write = (name: string, content: Uint8Array | string) => {
  writeFileSync(path(name), content);
  return path(name);
};
const cunzheng = (...args: string[]) =>
  spawnSync(process.execPath, [join(root, "dist/src/main.js"), ...args], { encoding: "utf8" });
const make = (...args: string[]) =>
  cunzheng("certificate", ...args, "--consortium", path("consortium.json"), "--out", path("out.pdf"));

beforeEach(() => {
  folder = temporaryFolder();
  write("consortium.json", fixture.consortium);
  write("certificate.pdf", pdf);
  write("evidence.json", fixture.evidence);
  write("certificate.json", readCertificate(pdf).certificate);
});

describe("cunzheng certificate", () => {
  it("makes the unsigned bytes from evidence and certificate.json, and from a certificate itself", () => {
    const byFiles = make(path("evidence.json"), "--with", path("certificate.json"));
    const digest = createHash("sha256").update(unsigned).digest("hex");
    expect([byFiles.stderr, byFiles.status]).toEqual(["", 0]);
    expect(byFiles.stdout).toContain(digest);
    expect(Buffer.compare(readFileSync(path("out.pdf")), unsigned)).toBe(0);
    expect(Buffer.compare(drawFixture("zh", fixture), unsigned)).toBe(0);
    const byItself = make(path("certificate.pdf"));
    expect(byItself.stdout).toContain("has these pages");
    expect(byItself.status).toBe(0);
  });

  it("says so where the certificate given has other pages, or another trust file is meant", () => {
    const text = Buffer.from(pdf).toString("latin1").replace("/Type /Catalog", "/Type /Datalog");
    write("certificate.pdf", Buffer.from(text, "latin1"));
    expect(make(path("certificate.pdf"))).toMatchObject({ status: 1 });
    write("consortium.json", Buffer.concat([fixture.consortium, Buffer.from("\n")]));
    const other = make(path("evidence.json"), "--with", path("certificate.json"));
    expect(other.stderr).toContain("issued under another trust file");
    expect(other.status).toBe(0);
  });

  it("makes nothing of evidence that does not verify, of an unknown template, or of what is no certificate", () => {
    const changed = Buffer.from(fixture.evidence).toString().replace("loan.contract", "loan.kontract");
    write("evidence.json", changed);
    const refused = make(path("evidence.json"), "--with", path("certificate.json"));
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining("the evidence is refused")]);
    const record = JSON.parse(readFileSync(path("certificate.json"), "utf8"));
    write("evidence.json", fixture.evidence);
    write("certificate.json", JSON.stringify({ ...record, template: Buffer.alloc(32).toString("base64") }));
    const unknown = make(path("evidence.json"), "--with", path("certificate.json"));
    expect([unknown.status, unknown.stderr]).toEqual([2, expect.stringContaining("0".repeat(64))]);
    expect(make(path("missing.json"), "--with", path("certificate.json")).status).toBe(2);
    expect(make(path("evidence.json")).status).toBe(64);
    expect(make(path("certificate.pdf"), "--with", path("certificate.json")).status).toBe(64);
  });

  it.each([
    ["with bytes behind it", () => Buffer.concat([pdf, Buffer.from("\n\n")]), "certificate-bytes-behind"],
    ["with bytes before it", () => Buffer.concat([Buffer.from("\r\n"), pdf]), "certificate-bytes-before"],
    ["cut short", () => Buffer.from(pdf).subarray(0, pdf.length - 300), "certificate-cut-off"],
  ])("says of a certificate %s what happened to it, as the verifier does", (_, touch, code) => {
    write("certificate.pdf", touch());
    const refused = make(path("certificate.pdf"));
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining(`(${code}): `)]);
    const file = [path("certificate.pdf"), "--consortium", path("consortium.json")];
    expect(cunzheng("verify", ...file).stdout).toContain(code);
  });
});

describe("cunzheng verify, of a certificate", () => {
  const verify = (...args: string[]) =>
    cunzheng("verify", path("certificate.pdf"), "--consortium", path("consortium.json"), ...args);

  it("names who signed, under whom, and at which time that was judged", () => {
    const { stdout, status } = verify("--lang", "en");
    expect(status).toBe(0);
    expect(stdout).toContain(`${SIGNER_NAME} (under: ${ROOT_NAME})`);
    expect(stdout).toContain("2026-11-24T08:00:09Z  as the signer claims, proved by no time-stamp");
    expect(verify("--lang", "zh").stdout).toContain("签名者自述的时间，未经时间戳证明");
  });

  it("looks for its template where it is told to", () => {
    const templates = path("templates");
    mkdirSync(templates);
    for (const part of ["certificate", "fonts"])
      cpSync(join(root, "templates", part), join(templates, part), { recursive: true });
    expect(verify("--templates", templates)).toMatchObject({ status: 0 });
    expect(verify("--templates", path("nowhere")).status).toBeGreaterThan(2);
  });
});
