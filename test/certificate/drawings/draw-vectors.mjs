/**
 * Verifies the issued certificates of every drawing and makes them again, in a process that has none of the libraries
 * which once made templates, and whose engine answers otherwise wherever engines and versions of Unicode may differ:
 * node draw-vectors.mjs. Prints a line a certificate, and ends with 1 where one does not come out the same.
 */
import { Buffer } from "node:buffer";
import { readdirSync, readFileSync } from "node:fs";
import { register } from "node:module";

register("./typescript-hooks.mjs", import.meta.url);
register("./without-libraries.mjs", import.meta.url);

const { createTemplateFinder } = await import("../../../src/adapters/certificate-worker/template-files.ts");
const { remakeCertificate } = await import("../../../src/certificate/make-certificate.ts");
const { parseCertificateRecord } = await import("../../../src/certificate/content/certificate-record.ts");
const { PdfReader } = await import("../../../src/certificate/pdf/pdf-reader.ts");
const { readSignature } = await import("../../../src/certificate/pdf/signature-object.ts");
const { readCertificate } = await import("../../../src/certificate/verify/read-certificate.ts");
const { verifyFile } = await import("../../../src/certificate/verify/verify-file.ts");

for (const name of ["sin", "cos", "tan", "exp", "log", "log2", "pow", "hypot"]) Math[name] = () => 0.123;
String.prototype.localeCompare = () => 1;
for (const type of [Number, Date, String]) type.prototype.toLocaleString = () => "local";

const vectors = new URL("../../vectors/certificate/", import.meta.url);
const findTemplate = createTemplateFinder([new URL("../../../templates", import.meta.url).pathname]);
const read = (url) => new Uint8Array(readFileSync(url));
for (const drawing of readdirSync(vectors).filter((name) => name.startsWith("drawing-"))) {
  const folder = new URL(`${drawing}/`, vectors);
  const consortium = read(new URL("consortium.json", folder));
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".pdf"))) {
    const file = read(new URL(name, folder));
    const report = await verifyFile({ file, consortium, templates: async () => findTemplate });
    const { evidence, certificate } = readCertificate(file);
    const {
      issuedAt,
      language,
      verifyUrl,
      issuer,
      template,
      consortium: issuedUnder,
    } = parseCertificateRecord(certificate);
    const input = { evidence, consortium, issuedUnder, issuedAt, language, verifyUrl, issuer };
    const { cms } = readSignature(new PdfReader(file));
    const again = remakeCertificate({ ...input, template: findTemplate(template) }, cms);
    const isSame = Buffer.compare(again, file) === 0;
    console.log(`${drawing} ${name}: ${report.verdict}, ${isSame ? "the same" : "OTHERWISE"}`);
    if (report.verdict !== "verified" || !isSame) process.exitCode = 1;
  }
}
