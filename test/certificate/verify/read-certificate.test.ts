import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { CertificateError } from "../../../src/certificate/pdf/certificate-error.js";
import { MAX_PDF_BYTES } from "../../../src/certificate/pdf/pdf-reader.js";
import { readCertificate } from "../../../src/certificate/verify/read-certificate.js";
import { drawFixture } from "../fixture.js";

const pdf = Buffer.from(drawFixture("zh"));

/** A whole file of these objects, with a right table. */
function fileOf(objects: readonly string[], trailer = "<<\n/Root 1 0 R\n>>"): Buffer {
  let text = "%PDF-1.7\n";
  const offsets = objects.map((object, i) => {
    const offset = text.length;
    text += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const start = text.length;
  const rows = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`);
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows.join("")}trailer\n${trailer}\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(text, "latin1");
}

const names = "<<\n/EmbeddedFiles <<\n/Names [(evidence.json) 3 0 R (certificate.json) 3 0 R]\n>>\n>>";
const catalog = "<<\n/Names 2 0 R\n>>";
const specification = "<<\n/EF <<\n/F 4 0 R\n>>\n>>";
const file = (members: string, content = "{}") =>
  `<<\n/Type /EmbeddedFile\n${members}\n>>\nstream\n${content}\nendstream`;

const refused = (bytes: Uint8Array): string => {
  try {
    readCertificate(bytes);
  } catch (error) {
    if (error instanceof CertificateError) return error.code;
    throw error;
  }
  return "accepted";
};

describe("readCertificate", () => {
  it("reads the plainest file of our structure", () => {
    const { evidence } = readCertificate(fileOf([catalog, names, specification, file("/Length 2")]));
    expect(Buffer.from(evidence).toString()).toBe("{}");
  });

  it.each([
    ["a filter", [catalog, names, specification, file("/Filter /FlateDecode\n/Length 2")]],
    ["a length beyond the file", [catalog, names, specification, file("/Length 999999999")]],
    ["a length too short", [catalog, names, specification, file("/Length 1")]],
    ["a negative length", [catalog, names, specification, file("/Length -2")]],
    ["a length elsewhere", [catalog, names, specification, file("/Length 5 0 R"), "2"]],
    ["no stream", [catalog, names, specification, "<<\n/Type /EmbeddedFile\n/Length 2\n>>"]],
    ["an object that is not there", [catalog, names, "<<\n/EF <<\n/F 77 0 R\n>>\n>>"]],
    ["the free object", [catalog, names, "<<\n/EF <<\n/F 0 0 R\n>>\n>>"]],
    ["a reference to itself", ["<<\n/Names 1 0 R\n>>"]],
    ["a member twice", ["<<\n/Names 2 0 R\n/Names 2 0 R\n>>", names]],
    ["a string without an end", ["(".padEnd(200_000, "x")]],
    ["arrays in arrays", ["[".repeat(100_000)]],
    ["dictionaries in dictionaries", ["<</A ".repeat(100_000)]],
    ["very many values", [`<<\n/A [${"1 ".repeat(300_000)}]\n>>`]],
    ["a comment", ["<<\n%\n/Names 2 0 R\n>>", names]],
    [
      "an odd list of names",
      [
        catalog,
        "<<\n/EmbeddedFiles <<\n/Names [/evidence.json 3 0 R]\n>>\n>>",
        specification,
        file("/Length 2"),
      ],
    ],
    [
      "one name twice",
      [catalog, names.replace("certificate.json", "evidence.json"), specification, file("/Length 2")],
    ],
  ])("refuses %s", (_, objects) => {
    expect(refused(fileOf(objects))).toMatch(/^certificate-(?:malformed|attachment-missing)$/);
  });

  it("refuses two revisions, encryption, and anything between the trailer and the end", () => {
    const objects = [catalog, names, specification, file("/Length 2")];
    expect(refused(fileOf(objects, "<<\n/Root 1 0 R\n/Prev 9\n>>"))).toBe("certificate-malformed");
    expect(refused(fileOf(objects, "<<\n/Root 1 0 R\n/Encrypt 1 0 R\n>>"))).toBe("certificate-malformed");
    expect(refused(fileOf(objects, "<<\n/Root 1 0 R\n>>\n<<\n>>"))).toBe("certificate-malformed");
  });

  it("names what is missing", () => {
    expect(refused(fileOf([catalog, "<<\n>>"]))).toBe("certificate-attachment-missing");
    const one = names.replace("(certificate.json) 3 0 R", "");
    expect(refused(fileOf([catalog, one, specification, file("/Length 2")]))).toBe(
      "certificate-attachment-missing",
    );
  });

  it("is not led astray by text that looks like structure", () => {
    const decoy = "endstream\nendobj\nstartxref\n9\n%%EOF\n/EmbeddedFiles (evidence.json)";
    const bytes = fileOf([catalog, names, specification, file(`/Length ${decoy.length}`, decoy)]);
    expect(Buffer.from(readCertificate(bytes).evidence).toString()).toBe(decoy);
  });

  it("reads or refuses a file of 50 MB within two seconds, and a larger one at once", () => {
    const large = Buffer.alloc(MAX_PDF_BYTES, "(");
    const content = "x".repeat(MAX_PDF_BYTES - 1_000);
    const whole = fileOf([catalog, names, specification, file(`/Length ${content.length}`, content)]);
    const start = performance.now();
    expect(refused(large)).toBe("certificate-malformed");
    expect(readCertificate(whole).evidence).toHaveLength(content.length);
    expect(refused(Buffer.concat([whole, large]))).toBe("certificate-malformed");
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it("never does anything but read or refuse, whatever is changed or moved", () => {
    const change = fc.record({
      at: fc.nat(pdf.length - 1),
      bytes: fc.uint8Array({ maxLength: 40 }),
      drop: fc.nat(200),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = changes.reduce<Buffer>(
          (file, { at, bytes: put, drop }) =>
            Buffer.concat([file.subarray(0, at), put, file.subarray(at + drop)]),
          pdf,
        );
        expect(refused(bytes)).toMatch(/^(?:accepted|certificate-malformed|certificate-attachment-missing)$/);
      }),
      { numRuns: 500 },
    );
  });
});
