/** One thread of the public verifier: what it is given is a stranger's, and may cost it its life, not the service's. */
import { parentPort, workerData } from "node:worker_threads";
import { ParseError } from "../core/errors.js";
import { createDigester } from "../platform/ed25519.js";
import { VERIFIERS } from "../platform/verifiers.js";
import { verifyX509Signature } from "../platform/x509-signature.js";
import type { ThreadAnswer, ThreadRequest } from "./verification-pool.js";
import { createFileVerifier } from "./verifier.js";

const { templates } = workerData as { templates: readonly string[] };
const verify = createFileVerifier({ templates, ...VERIFIERS, createDigester, verifyX509Signature });

parentPort?.on("message", (request: ThreadRequest) => {
  void answer(request).then((said) => parentPort?.postMessage(said));
});

async function answer(request: ThreadRequest): Promise<ThreadAnswer> {
  try {
    return { report: await verify(request) };
  } catch (error) {
    if (!(error instanceof ParseError)) return { error: (error as Error).message };
    const { code, message, detail } = error;
    return { refused: { code, message, detail } };
  }
}
