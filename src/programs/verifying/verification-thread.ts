/** One thread of the public verifier: what it is given is a stranger's, and may cost it its life, not the service's. */
import { parentPort, workerData } from "node:worker_threads";
import { createDigester } from "../../platform/keys/ed25519.js";
import { VERIFIERS } from "../../platform/keys/verifiers.js";
import { verifyX509Signature } from "../../platform/keys/x509-signature.js";
import type { ThreadAnswer, ThreadRequest } from "./verification-pool.js";
import { failureOf } from "./thread-failure.js";
import { createFileVerifier } from "./verifier.js";

const { templates } = workerData as { templates: readonly string[] };
const verify = createFileVerifier({ templates, ...VERIFIERS, createDigester, verifyX509Signature });

parentPort?.on("message", (request: ThreadRequest) => {
  void answer(request).then((said) => parentPort?.postMessage(said));
});

async function answer(request: ThreadRequest): Promise<ThreadAnswer> {
  try {
    const report = await verify(request);
    const isUnknown =
      report.type === "cunzheng/report@v1" &&
      report.checks.some(({ code }) => code === "certificate-template-unknown");
    return { report, ...(isUnknown && { unknownTemplate: await templateOf(request.file) }) };
  } catch (error) {
    return failureOf(error);
  }
}

/** Read here, and not where it is looked for: the file is a stranger's. */
async function templateOf(file: Uint8Array): Promise<string> {
  const { parseCertificateRecord } = await import("../../certificate/content/certificate-record.js");
  const { readCertificate } = await import("../../certificate/verify/read-certificate.js");
  return parseCertificateRecord(readCertificate(file).certificate).template;
}
