/** The `CertificateMaker` as its thread does the work, in this one. */
import { fileURLToPath } from "node:url";
import { readTemplateFiles } from "../../src/adapters/certificate-worker/template-files.js";
import { remakeCertificate, signCertificate } from "../../src/certificate/make-certificate.js";
import { openTemplate, type Template } from "../../src/certificate/template/template.js";
import { templateName } from "../../src/certificate/template/template-list.js";
import { base64 } from "../../src/core/bytes.js";
import { sha256 } from "../../src/core/digest/sha256.js";
import { formatTime } from "../../src/core/record/time.js";
import {
  type CertificateMaker,
  type CertificateOrder,
  NotMadeError,
} from "../../src/notary/ports/certificates.js";
import { parseX509Certificate } from "../../src/pki/x509/x509-certificate.js";
import { createDigester } from "../../src/platform/keys/ed25519.js";
import { VERIFIERS } from "../../src/platform/keys/verifiers.js";
import { verifyX509Signature } from "../../src/platform/keys/x509-signature.js";
import type { TestSigner } from "./signer.js";

export const TEMPLATES = fileURLToPath(new URL("../../templates/", import.meta.url));

const host = { ...VERIFIERS, createDigester, verifyX509Signature };
const opened = new Map<string, Template>();

export function makerInThisThread(
  templates: string,
  signer: TestSigner | undefined,
  name = "v1",
): CertificateMaker {
  const files = readTemplateFiles(templates, name);
  // The digest of its `built.json` names a template.
  const digest = base64(sha256(files.get(`certificate/${name}/built.json`) as Uint8Array));
  const input = ({ template, issuedAtMs, ...order }: CertificateOrder) => {
    if (template !== digest) throw new Error(`no template ${template}`);
    let found = opened.get(digest);
    if (found === undefined) opened.set(digest, (found = openTemplate(files, templateName(files))));
    return { ...order, ...host, issuedAt: formatTime(issuedAtMs), template: found };
  };
  const certificate = signer && parseX509Certificate(signer.certificates[0] as Uint8Array);
  return {
    template: {
      digest,
      files: new Map([...files.values()].map((content) => [base64(sha256(content)), content])),
    },
    ...(certificate && {
      signer: { notBeforeMs: certificate.notBeforeMs, notAfterMs: certificate.notAfterMs },
    }),
    sign: async (order) =>
      made(() => {
        if (signer === undefined) throw new Error("no signer");
        return signCertificate(input(order), signer);
      }),
    make: async (order, signature) => made(() => remakeCertificate(input(order), signature)),
  };
}

function made<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new NotMadeError((error as Error).message);
  }
}
