/**
 * The thread that draws and signs: templates are opened once. Nothing leaves it that the public verifier does not pass.
 */
import { parentPort, workerData } from "node:worker_threads";
import { remakeCertificate, signCertificate } from "../../certificate/make-certificate.js";
import { openTemplate, type Template } from "../../certificate/template/template.js";
import { templateName, type TemplateFiles } from "../../certificate/template/template-list.js";
import { formatTime } from "../../core/record/time.js";
import type { SignedDraft } from "../../notary/ports/certificates.js";
import { readDocumentSigner } from "../../platform/keys/document-signer.js";
import { createDigester } from "../../platform/keys/ed25519.js";
import { VERIFIERS } from "../../platform/keys/verifiers.js";
import { verifyX509Signature } from "../../platform/keys/x509-signature.js";
import type { ThreadAnswer, ThreadData, ThreadRequest } from "./protocol.js";
import { createTemplateFinder } from "./template-files.js";

const host = { ...VERIFIERS, createDigester, verifyX509Signature };
const { templates, signer: signerFiles } = workerData as ThreadData;
const findInFolder = createTemplateFinder([templates]);
const kept = new Map<string, Template>();
const signer = signerFiles && (await readDocumentSigner(signerFiles));

parentPort?.on("message", (request: ThreadRequest) => {
  const { number } = request;
  try {
    answer({ number, made: make(request) });
  } catch (error) {
    answer({ number, error: (error as Error).message });
  }
});

function make({ order, template: files, signature }: ThreadRequest): SignedDraft {
  const { template: digest, issuedAtMs, ...rest } = order;
  const template = findInFolder(digest) ?? keptTemplate(digest, files);
  const input = { ...rest, ...host, issuedAt: formatTime(issuedAtMs), template };
  if (signature !== undefined) return { signature, pdf: remakeCertificate(input, signature) };
  if (signer === undefined) throw new Error("there is no key to sign with");
  return signCertificate(input, signer);
}

function keptTemplate(digest: string, files: TemplateFiles | undefined): Template {
  const known = kept.get(digest);
  if (known !== undefined) return known;
  if (files === undefined) throw new Error(`there is no template ${digest} here any more`);
  const opened = openTemplate(files, templateName(files));
  kept.set(digest, opened);
  return opened;
}

const answer = (said: ThreadAnswer) => parentPort?.postMessage(said);
