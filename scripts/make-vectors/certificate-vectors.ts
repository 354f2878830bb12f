/**
 * Issued certificates of each drawing, whole: what a verifier must make again to the last byte for as long as there is
 * one. A released drawing is never made again here; what does not come out as it stands is told.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readTemplateFiles } from "../../src/adapters/certificate-worker/template-files.js";
import { signCertificate } from "../../src/certificate/make-certificate.js";
import { signedDigest, withSignature } from "../../src/certificate/pdf/signature-object.js";
import { drawPdf } from "../../src/certificate/template/draw-certificate.js";
import { openTemplate } from "../../src/certificate/template/template.js";
import { base64 } from "../../src/core/bytes.js";
import { encodeEvidence } from "../../src/core/evidence/evidence.js";
import type { Statement } from "../../src/core/record/statement.js";
import {
  encodeDetachedSignature,
  signatureValueOf,
  withSignatureTimestamp,
} from "../../src/pki/signature/detached-signature.js";
import { PROJECT } from "../project.js";
import { consortium, cosigners, json, sampleEvidence, statement } from "./sample-world.js";
import {
  basicConstraints,
  ecKey,
  keyUsage,
  makeCertificate,
  pem,
  sampleAuthority,
} from "./timestamp-authority.js";

const east = sampleAuthority("Example TSA East", 0x61);
const west = sampleAuthority("Example TSA West", 0x71);
const stranger = sampleAuthority("Example TSA Nowhere", 0x31);

const [rootKey, signerKey] = [ecKey(0x21), ecKey(0x22)];
const ROOT_NAME = "Example Root CA (sample)";
const root = makeCertificate({
  subject: ROOT_NAME,
  issuer: ROOT_NAME,
  key: rootKey,
  issuerKey: rootKey,
  extensions: [basicConstraints(true), keyUsage("certify")],
});
const signer = {
  certificates: [
    makeCertificate({
      subject: "Example Notarization Service (sample)",
      issuer: ROOT_NAME,
      key: signerKey,
      issuerKey: rootKey,
      serialNumber: 2,
      extensions: [basicConstraints(false), keyUsage("sign")],
    }),
  ],
  sign: (message: Uint8Array) => signerKey.sign(message),
};

const trustFile = json({
  ...consortium(),
  timestampAuthorities: [east.pem, west.pem],
  certificateAuthorities: [pem(root)],
});
const ISSUED_AT = "2026-11-24T08:00:09.120Z";

/** Names as people write them: rare and traditional characters, brackets and dots, and what can't be printed. */
const full = (): Statement =>
  statement({
    name: "示例发〔2026〕12号 㛃䶮弢旼䜣𫓧𬴂𩽾𫄧𫠆 證據臺灣銀行 甲・乙∙丙 a\u202eb.pdf",
    clientRef: "SAMPLE-LOAN-2026-000001/contract",
    createdAt: "2026-03-10T01:44:58.000Z",
    source: {
      system: "示例信贷系统",
      operator: "示例电子签名服务",
      method: "签署完成后归档",
      tool: "示例平台 3.2",
    },
    chain: { id: "01KATVR80TEXAMP1E000CHA1N1", sequence: 2, previous: base64(new Uint8Array(32).fill(7)) },
  });
const ofStranger = (): Statement =>
  statement({ digestsBy: "depositor", depositor: { id: "example-trader", name: "示例商行（個體）" } });

interface Vector {
  readonly language: "zh" | "en";
  readonly statement: Statement;
  readonly hasTokens: boolean;
}

const VECTORS: Readonly<Record<string, Vector>> = {
  zh: { language: "zh", statement: full(), hasTokens: false },
  en: { language: "en", statement: ofStranger(), hasTokens: false },
  "zh-with-tokens": { language: "zh", statement: ofStranger(), hasTokens: true },
  "en-with-tokens": { language: "en", statement: full(), hasTokens: true },
};

function issue({ language, statement: subject, hasTokens }: Vector): Uint8Array {
  const { courtEast, courtWest, bankA, bankB, notary } = cosigners;
  const { evidence, checkpointText } = sampleEvidence({
    statement: subject,
    cosigners: [courtEast, bankA, bankB, courtWest, notary],
  });
  const tokens = hasTokens ? [east, stranger].map((authority) => authority.stamp(checkpointText)) : [];
  const template = openTemplate(readTemplateFiles(join(PROJECT, "templates"), "v1"), "v1");
  const input = {
    evidence: encodeEvidence({ ...evidence, timestamps: tokens.map((token) => ({ token: base64(token) })) }),
    consortium: trustFile,
    issuedAt: ISSUED_AT,
    language,
    verifyUrl: `https://verify.example/d/${subject.id}`,
    template,
  };
  if (!hasTokens) return signCertificate(input, signer).pdf;
  const { bytes, contents } = drawPdf(input);
  const cms = encodeDetachedSignature({ messageDigest: signedDigest(bytes, contents), ...signer });
  const token = west.stamp(signatureValueOf(cms), { genTime: "2026-11-24T08:00:10.500Z" });
  return withSignature(bytes, contents, withSignatureTimestamp(cms, token));
}

/** What is kept beside the certificates of a drawing. */
export interface Frozen {
  /** From then on nothing of it is ever made again. */
  readonly released: boolean;
  /** Base64: of the template's `built.json`. */
  readonly template: string;
  /** Hexadecimal SHA-256 of each file of its room, and of each certificate. */
  readonly code: Readonly<Record<string, string>>;
  readonly certificates: Readonly<Record<string, string>>;
}

const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");

/** The files of a drawing's room, by their names in it, as they are now. */
export function codeOf(drawing: number): Readonly<Record<string, string>> {
  const room = join(PROJECT, "src/certificate/drawings", String(drawing));
  const names = readdirSync(room, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  return Object.fromEntries(names.sort().map((name) => [name, sha256(readFileSync(join(room, name)))]));
}

/** Writes `test/vectors/certificate/drawing-1/`, or throws where it is released and would come out otherwise. */
export function writeCertificateVectors(): void {
  const folder = join(PROJECT, "test/vectors/certificate/drawing-1");
  const file = join(folder, "frozen.json");
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Frozen) : undefined;
  const certificates = Object.entries(VECTORS).map(([name, vector]) => [name, issue(vector)] as const);
  const built = readFileSync(join(PROJECT, "templates/certificate/v1/built.json"));
  const frozen: Frozen = {
    released: before?.released ?? false,
    template: createHash("sha256").update(built).digest("base64"),
    code: codeOf(1),
    certificates: Object.fromEntries(certificates.map(([name, pdf]) => [name, sha256(pdf)])),
  };
  if (before?.released && JSON.stringify(before) !== JSON.stringify(frozen))
    throw new Error("drawing 1 is released, and its template or its code was changed: make another drawing");
  mkdirSync(folder, { recursive: true });
  for (const [name, pdf] of certificates) writeFileSync(join(folder, `${name}.pdf`), pdf);
  writeFileSync(join(folder, "consortium.json"), trustFile);
  writeFileSync(file, `${JSON.stringify(frozen, null, 2)}\n`);
}
