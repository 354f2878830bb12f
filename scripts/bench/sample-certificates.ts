/** What certificates are made of: evidence of different deposits, none of which repeats the words of another, and a key. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTemplateFiles } from "../../src/adapters/certificate-worker/template-files.js";
import type { CertificateInput } from "../../src/certificate/template/draw-certificate.js";
import { openTemplate, type Template } from "../../src/certificate/template/template.js";
import { base64 } from "../../src/core/bytes.js";
import { encodeEvidence } from "../../src/core/evidence/evidence.js";
import { type DocumentSigner, readDocumentSigner } from "../../src/platform/keys/document-signer.js";
import { createDigester } from "../../src/platform/keys/ed25519.js";
import { VERIFIERS } from "../../src/platform/keys/verifiers.js";
import { verifyX509Signature } from "../../src/platform/keys/x509-signature.js";
import { consortium, json, sampleEvidence, statement } from "../make-vectors/sample-world.js";
import { PROJECT } from "../project.js";
import { openSampleSigner } from "../quickstart/sample-signer.js";

const NAMES = "合同借据放款凭证还款计划逾期通知债权计算身份核验授权同意书证明材料附件原件影印";

export function openSampleTemplate(): Template {
  return openTemplate(readTemplateFiles(join(PROJECT, "templates"), "v1"), "v1");
}

export interface SampleMaker {
  readonly signer: DocumentSigner;
  /** The sample of this number: three pages, every optional field given. */
  input(number: number, template: Template): CertificateInput;
}

/** RSA-2048, under a root that the samples' trust file names. */
export async function openSampleMaker(): Promise<SampleMaker> {
  const folder = mkdtempSync(join(tmpdir(), "cunzheng-bench-"));
  try {
    const { rootPem, ...files } = openSampleSigner(folder, folder);
    const signer = await readDocumentSigner(files);
    const trust = json({ ...consortium(), certificateAuthorities: [rootPem] });
    // Within the time of the signer's certificate, which begins now.
    const issuedAt = new Date(Date.now() + 1000).toISOString();
    return { signer, input: (number, template) => inputOf(number, { trust, issuedAt, template }) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Common {
  readonly trust: Uint8Array;
  readonly issuedAt: string;
  readonly template: Template;
}

function inputOf(number: number, { trust, issuedAt, template }: Common): CertificateInput {
  const digits = String(number).padStart(4, "0");
  const name = Array.from({ length: 12 }, (_, i) => NAMES[(number * 7 + i * 5) % NAMES.length]).join("");
  const id = `01KATVR80TEXAMP1E00000${digits}`;
  const { evidence } = sampleEvidence({
    statement: statement({
      id,
      name: `${name}（示例）.pdf`,
      clientRef: `SAMPLE-LOAN-2025-00${digits}/contract`,
      createdAt: `2025-03-10T01:44:58.${digits.slice(1)}Z`,
      source: {
        system: "示例信贷系统",
        operator: "示例电子签名服务",
        method: "签署完成后归档",
        tool: "示例平台 3.2",
      },
      chain: {
        id: "01KATVR80TEXAMP1E000CHA1N1",
        sequence: 2,
        previous: base64(new Uint8Array(32).fill(number)),
      },
    }),
  });
  return {
    evidence: encodeEvidence(evidence),
    consortium: trust,
    issuedAt,
    language: "zh",
    verifyUrl: `https://verify.example/d/${id}`,
    template,
    ...VERIFIERS,
    createDigester,
    verifyX509Signature,
  };
}
