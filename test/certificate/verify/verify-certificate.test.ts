import { UnknownDrawingError } from "../../../src/certificate/template/template.js";
import { describe, expect, it } from "@jest/globals";
import { PdfReader } from "../../../src/certificate/pdf/pdf-reader.js";
import { readCertificate } from "../../../src/certificate/verify/read-certificate.js";
import {
  readSignature,
  signedDigest,
  withoutSignature,
  withSignature,
} from "../../../src/certificate/pdf/signature-object.js";
import { verifyCertificate } from "../../../src/certificate/verify/verify-certificate.js";
import type { Report } from "../../../src/core/verify/report.js";
import { encodeDetachedSignature } from "../../../src/pki/signature/detached-signature.js";
import { createDigester, verifyEd25519 } from "../../../src/platform/keys/ed25519.js";
import { verifyX509Signature } from "../../../src/platform/keys/x509-signature.js";
import { COSIGNERS, findTemplate, makeFixture, signFixture, STATEMENT, template } from "../fixture.js";
import { ecSigner, ROOT_NAME, rsaSigner, SIGNER_NAME, strangerSigner, type TestSigner } from "../signer.js";

const fixture = makeFixture();
const pdf = signFixture("zh", fixture);
const { consortium } = fixture;
const { hole, cms } = readSignature(new PdfReader(pdf));

type Options = Partial<Parameters<typeof verifyCertificate>[0]>;

const verify = (bytes: Uint8Array, options: Options = {}): Report =>
  verifyCertificate({
    pdf: bytes,
    consortium,
    findTemplate,
    verifyEd25519,
    verifyX509Signature,
    createDigester,
    ...options,
  });

function check11(bytes: Uint8Array, options: Options = {}) {
  const report = verify(bytes, options);
  const { result, code } = report.checks.find(({ name }) => name === "certificate") ?? {};
  return { verdict: report.verdict, result, code };
}

const refused = (code: string) => ({ verdict: "refused", result: "failed", code });
const undecided = (code: string) => ({ verdict: "incomplete", result: "not-run", code });
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const replaced = (from: string, to: string, bytes = pdf) => {
  expect(latin1(bytes).split(from)).toHaveLength(2);
  return Buffer.from(latin1(bytes).replace(from, to), "latin1");
};

/** What the holder of the key can do: another file of the same structure under a signature that verifies. */
function resigned(bytes: Uint8Array, signer: TestSigner = ecSigner()): Uint8Array {
  const place = readSignature(new PdfReader(bytes)).hole;
  return withSignature(
    bytes,
    place,
    encodeDetachedSignature({ messageDigest: signedDigest(bytes, place), ...signer }),
  );
}

describe("verifyCertificate", () => {
  it.each([
    ["zh", "RSA", rsaSigner()],
    ["en", "RSA", rsaSigner()],
    ["zh", "ECDSA", ecSigner()],
    ["en", "ECDSA", ecSigner()],
  ] as const)("accepts what was issued, and says who signed it (%s, %s)", (language, _, signer) => {
    const report = verify(signFixture(language, fixture, signer));
    expect(report.verdict).toBe("verified");
    expect(report.certificate).toEqual({
      signer: SIGNER_NAME,
      authority: ROOT_NAME,
      signedAt: "2026-11-24T08:00:09Z",
      judgedAt: "2026-11-24T08:00:09.000Z",
      judgedBy: "claimed-time",
    });
    expect(report.notices.map(({ code }) => code)).toContain("certificate-time-claimed");
    const certificate = report.checks.find(({ name }) => name === "certificate");
    expect(certificate).toMatchObject({ result: "passed" });
    expect(certificate?.message).toContain(`signed by ${SIGNER_NAME} under ${ROOT_NAME}`);
  });

  it("recomputes the quorum for named parties; the certificate itself stays true", () => {
    const report = verify(pdf, { parties: ["example-bank-b"] });
    expect(report.checks.find(({ name }) => name === "certificate")?.result).toBe("passed");
    expect(report.checks.find(({ name }) => name === "quorum")?.code).toBe("quorum-not-met");
    expect(report.verdict).toBe("refused");
    expect(verify(pdf, { parties: ["示例借款人"] })).toMatchObject({
      verdict: "verified",
      notices: expect.arrayContaining([
        expect.objectContaining({ code: "party-not-in-consortium", party: "示例借款人" }),
      ]),
    });
  });

  it("is not altered because without a named party the quorum was met only after it had been issued", () => {
    const late = makeFixture({ cosignedAfter: { "example-court-2": 7 * 24 * 3600 } });
    const parties = ["示例仲裁委员会"];
    const report = verify(signFixture("zh", late), { consortium: late.consortium, parties });
    const resultOf = (wanted: string) => report.checks.find(({ name }) => name === wanted)?.result;
    expect([resultOf("quorum"), resultOf("certificate"), report.verdict]).toEqual([
      "passed",
      "passed",
      "verified",
    ]);
    // The quorum itself is counted anew, and met a week later.
    expect(report.times?.finalAt).toBe("2026-12-01T08:00:01.000Z");
  });

  it("compares the record as for an evidence file", () => {
    const report = verify(pdf, { record: new Uint8Array(3) });
    expect(report.checks.find(({ name }) => name === "record-digest")?.code).toBe("record-size");
  });

  it("verifies nothing under a broken trust file", () => {
    const broken = new TextEncoder().encode("{}");
    expect(check11(pdf, { consortium: broken })).toMatchObject({ verdict: "incomplete", result: "not-run" });
    expect(check11(new Uint8Array(0), { consortium: broken })).toMatchObject({ verdict: "incomplete" });
  });
});

describe("the signature covers everything", () => {
  it("names the first offset, where the holder of the key has changed something", () => {
    const bytes = Uint8Array.from(pdf);
    const place = Buffer.from(pdf).indexOf("/Type /Catalog") + 7;
    bytes[place] = 0x44;
    expect(check11(bytes)).toEqual(refused("certificate-signature-invalid"));
    const report = verify(resigned(bytes));
    expect(report.checks.at(-1)).toMatchObject({
      code: "certificate-altered",
      message: `byte ${place} is not what its evidence makes`,
    });
    expect(report.checks.at(-1)?.compared?.[0]).toEqual({ what: "offset", got: String(place), want: "none" });
  });

  it.each([
    ["an empty file", new Uint8Array(0)],
    ["another kind of PDF", Buffer.from("%PDF-1.4\n%%EOF\n")],
    ["a file whose table leads elsewhere", replaced("\nxref\n0 ", "\nxref\n1 ")],
  ])("refuses %s", (_, bytes) => {
    expect(check11(bytes)).toEqual(refused("certificate-malformed"));
  });

  it("refuses a revision that our own reader would follow: the signature leaves it out", () => {
    const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(latin1(pdf))?.[1]);
    const second = Buffer.concat([pdf, pdf.subarray(start)]);
    // The appended table and trailer are a copy of the first, the last line points at the copy.
    const moved = Buffer.from(
      latin1(second).replace(/startxref\n\d+\n%%EOF\n$/, `startxref\n${pdf.length}\n%%EOF\n`),
      "latin1",
    );
    expect(() => readCertificate(moved)).not.toThrow();
    expect(check11(moved)).toEqual(refused("certificate-revision-added"));
  });

  it("refuses a file that was never signed, and one whose signature was taken out", () => {
    expect(check11(withoutSignature(pdf, hole))).toEqual(refused("certificate-signature-missing"));
    expect(check11(replaced("/AcroForm ", "/AcroForn "))).toEqual(refused("certificate-signature-missing"));
    expect(check11(replaced("/FT /Sig", "/FT /Btn"))).toEqual(refused("certificate-signature-missing"));
  });

  it.each([
    ["that leaves out more at its start", /ByteRange \[0 (\d+)/, (a: number) => a - 1],
    ["that leaves out more at its end", /ByteRange \[0 \d+ (\d+)/, (b: number) => b + 1],
    ["that ends before the file does", /ByteRange \[0 \d+ \d+ (\d+)/, (c: number) => c - 1],
    ["that ends after the file does", /ByteRange \[0 \d+ \d+ (\d+)/, (c: number) => c + 1],
  ])("refuses a range %s, whoever signs it", (_, pattern, change) => {
    const [whole = "", digits = ""] = pattern.exec(latin1(pdf)) ?? [];
    const other = `${whole.slice(0, whole.length - digits.length)}${String(change(Number(digits)))}`;
    const bytes = replaced(whole, other);
    expect(check11(bytes)).toEqual(refused("certificate-signature-range"));
    const { messageDigest } = { messageDigest: signedDigest(bytes, hole) };
    const signed = withSignature(bytes, hole, encodeDetachedSignature({ messageDigest, ...ecSigner() }));
    expect(check11(signed)).toEqual(refused("certificate-signature-range"));
  });

  it.each([
    ["another byte in the padding", hole.end - 2, "1", "certificate-signature-range"],
    [
      "a byte right behind the signature",
      hole.start + 1 + 2 * cms.length,
      "1",
      "certificate-signature-range",
    ],
    ["white space in the padding", hole.end - 2, " ", "certificate-signature-range"],
    ["a capital digit in the padding", hole.end - 2, "A", "certificate-signature-range"],
  ])("refuses %s", (_, at, character, code) => {
    const bytes = Uint8Array.from(pdf);
    bytes[at] = character.charCodeAt(0);
    expect(check11(bytes)).toEqual(refused(code));
  });

  it("refuses the same signature in capital digits", () => {
    const digits = latin1(pdf).slice(hole.start + 1, hole.start + 1 + 2 * cms.length);
    expect(check11(replaced(digits, digits.toUpperCase()))).toEqual(refused("certificate-signature-range"));
  });

  it("refuses another spelling of the dictionary, signed anew", () => {
    for (const [from, to] of [
      ["/SubFilter /ETSI.CAdES.detached", "/SubFilter /ETSI.CAdES.Detached"],
      ["/Filter /Adobe.PPKLite", "/Filter /Adobe.PPKLitf"],
      ["/Type /Sig\n/Filter", "/Typf /Sig\n/Filter"],
    ] as const) {
      const bytes = replaced(from, to);
      const signed = withSignature(
        bytes,
        hole,
        encodeDetachedSignature({ messageDigest: signedDigest(bytes, hole), ...ecSigner() }),
      );
      expect(check11(signed)).toEqual(refused("certificate-signature-range"));
    }
  });

  it("accepts no flipped bit, at 2,000 places over all objects, with the template and without", () => {
    const starts = [...latin1(pdf).matchAll(/\n\d+ 0 obj\n/g)].map(({ index }) => index + 1);
    const ends = [...starts.slice(1), pdf.length];
    const inObjects = starts.flatMap((start, i) =>
      Array.from({ length: 40 }, (_, k) => start + Math.floor(((ends[i] as number) - start - 1) * (k / 39))),
    );
    const spread = Array.from({ length: 1500 }, (_, k) => Math.floor((k * (pdf.length - 1)) / 1499));
    const inSignature = Array.from(
      { length: 300 },
      (_, k) => hole.start + Math.floor((k * 2 * cms.length) / 299),
    );
    const places = [...new Set([...inObjects, ...spread, ...inSignature])].sort((a, b) => a - b);
    expect(places.length).toBeGreaterThan(2000);
    const bytes = Uint8Array.from(pdf);
    const accepted: string[] = [];
    // Each place with one bit, all eight in turn; every bit of the signature itself is flipped in test/pki.
    for (const [i, place] of places.entries()) {
      bytes[place] = (pdf[place] as number) ^ (1 << (i % 8));
      const known = Math.floor(i / 8) % 2 === 0 ? findTemplate : () => undefined;
      const { verdict, code } = check11(bytes, { findTemplate: known });
      // The name of an algorithm becomes that of another, which may be a good one that this program does not know.
      const isUnknown = verdict === "incomplete" && code === "certificate-signature-unsupported";
      if (verdict !== "refused" && !isUnknown) accepted.push(`${place}.${i % 8} ${verdict} ${code}`);
      bytes[place] = pdf[place] as number;
    }
    console.log(`a bit flipped at each of ${places.length} places in ${starts.length} objects`);
    expect(accepted).toEqual([]);
  }, 300_000);
});

describe("who signed", () => {
  it.each([
    ["an authority that the trust file lacks", strangerSigner(), "certificate-authority-unknown"],
    [
      "a certificate that had ended",
      ecSigner({ notAfter: "2026-11-24T08:00:08Z" }),
      "certificate-signer-time",
    ],
    [
      "a certificate that had not begun",
      ecSigner({ notBefore: "2026-11-24T08:00:10Z" }),
      "certificate-signer-time",
    ],
    ["a certificate for time-stamping", ecSigner({ kind: "timestamp-signer" }), "certificate-signer-purpose"],
    ["a certificate of an authority", ecSigner({ kind: "authority" }), "certificate-signer-purpose"],
  ])("refuses %s", (_, signer, code) => {
    expect(check11(resigned(pdf, signer))).toEqual(refused(code));
  });

  it("judges nobody where the trust file names no certificate authority, but still the pages", () => {
    const value = JSON.parse(Buffer.from(consortium).toString());
    const none = Buffer.from(JSON.stringify({ ...value, certificateAuthorities: [] }));
    expect(check11(pdf, { consortium: none })).toEqual(undecided("certificate-authorities-none"));
  });

  it("refuses the signature of another certificate", () => {
    const other = signFixture("zh", makeFixture({ statement: { ...STATEMENT, name: "另一份.pdf" } }));
    const theirs = readSignature(new PdfReader(other)).cms;
    expect(check11(withSignature(pdf, hole, theirs))).toEqual(refused("certificate-signature-invalid"));
  });
});

describe("what is printed is what the evidence says, whoever signs it", () => {
  it("refuses pages of one deposit with the evidence of another", () => {
    const other = makeFixture({ statement: { ...STATEMENT, name: "个人消费借款合同（另例）.pdf" } });
    const swapped = Uint8Array.from(pdf);
    const at = Buffer.from(pdf).indexOf(fixture.evidence);
    expect(other.evidence.length).toBe(fixture.evidence.length);
    swapped.set(other.evidence, at);
    const report = verify(resigned(swapped));
    expect(
      report.checks.slice(0, 8).every(({ name, result }) => result === "passed" || name === "record-digest"),
    ).toBe(true);
    expect(check11(resigned(swapped))).toEqual(refused("certificate-altered"));
    expect(check11(swapped)).toEqual(refused("certificate-signature-invalid"));
  });

  it("refuses another time of issue, address or language in certificate.json", () => {
    const altered = refused("certificate-altered");
    for (const [from, to] of [
      ["08:00:09.120Z", "08:00:09.121Z"],
      ["08:00:09.120Z", "08:00:08.120Z"],
      ["https://verify.example/d", "https://verify.example/e"],
      ['"language":"zh"', '"language":"en"'],
    ] as const) {
      expect(check11(resigned(replaced(from, to)))).toEqual(altered);
      expect(check11(replaced(from, to))).toEqual(refused("certificate-signature-invalid"));
    }
    expect(check11(replaced('"language":"zh"', '"language":"xx"'))).toEqual(refused("certificate-malformed"));
  });

  it("refuses another claimed time in the signature alone, also without the template", () => {
    const bytes = resigned(replaced("/M (D:20261124080009Z)", "/M (D:20261124080010Z)"));
    expect(check11(bytes)).toEqual(refused("certificate-altered"));
    expect(check11(bytes, { findTemplate: () => undefined })).toEqual(refused("certificate-altered"));
    const noTime = replaced("/M (D:20261124080009Z)", "/M (D:20261324080009Z)");
    expect(check11(noTime)).toEqual(refused("certificate-signature-range"));
  });

  it("refuses attachments under another name, compressed, or of another type", () => {
    expect(check11(replaced("(evidence.json) ", "(evidencx.json) "))).toMatchObject({
      code: "certificate-attachment-missing",
    });
    const [first = ""] = /\/Type \/EmbeddedFile\n/.exec(latin1(pdf)) ?? [];
    const retyped = Buffer.from(latin1(pdf).replace(first, "/Type /EmbeddedFilf\n"), "latin1");
    expect(check11(retyped)).toMatchObject({ code: "certificate-malformed" });
  });

  it("does not judge pages of a template it lacks, nor those that another trust file would make otherwise; the rest it does", () => {
    expect(check11(pdf, { findTemplate: () => undefined })).toEqual(
      undecided("certificate-template-unknown"),
    );
    const later = () => {
      throw new UnknownDrawingError("certificate/v9/built.json", 9);
    };
    expect(check11(pdf, { findTemplate: later })).toEqual(undecided("certificate-drawing-unknown"));
    const spaced = Buffer.concat([consortium, Buffer.from("\n")]);
    expect(check11(pdf, { consortium: spaced })).toMatchObject({ verdict: "verified", result: "passed" });
    const altered = Uint8Array.from(pdf);
    const place = Buffer.from(pdf).indexOf("/Type /Catalog") + 7;
    altered[place] = 0x44;
    const renamed = Buffer.from(Buffer.from(consortium).toString().replace("Example", "Sample"));
    for (const [file, trust] of [
      [resigned(altered), spaced],
      [pdf, renamed],
    ] as const)
      expect(check11(file, { consortium: trust })).toEqual(undecided("certificate-consortium-differs"));
    const stranger = makeFixture({ cosigners: COSIGNERS.map((c) => ({ ...c, id: `${c.id}-x` })) }).consortium;
    expect(check11(pdf, { consortium: stranger })).toMatchObject({ verdict: "refused" });
  });

  it("knows its own template among others", () => {
    expect(template().digest).toHaveLength(44);
    expect(check11(pdf, { findTemplate })).toMatchObject({ verdict: "verified" });
  });
});
