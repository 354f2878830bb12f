/**
 * The thread that draws: fonts are opened once, at its start. Nothing leaves it that the public verifier, check 11 with
 * it, does not pass.
 */
import { parentPort, workerData } from "node:worker_threads";
import { drawPdf } from "../../certificate/render.js";
import { verifyCertificate } from "../../certificate/verify-certificate.js";
import { formatTime } from "../../core/record/time.js";
import { createDigester } from "../../platform/ed25519.js";
import { VERIFIERS } from "../../platform/verifiers.js";
import { verifyX509Signature } from "../../platform/x509-signature.js";
import { type DrawAnswer, type DrawRequest } from "./certificate-worker.js";
import { readTemplate } from "./template-files.js";

const host = { ...VERIFIERS, createDigester, verifyX509Signature };
const template = readTemplate((workerData as { templates: string }).templates);

parentPort?.on("message", (request: DrawRequest) => {
  void draw(request).then(
    (pdf) => answer({ number: request.number, pdf }),
    (error: unknown) => answer({ number: request.number, error: (error as Error).message }),
  );
});

async function draw({ issuedAtMs, ...request }: DrawRequest): Promise<Uint8Array> {
  const pdf = drawPdf({ ...request, issuedAt: formatTime(issuedAtMs), template, ...host });
  const { consortium } = request;
  const { verdict, checks } = await verifyCertificate({ pdf, consortium, templates: [template], ...host });
  const pages = checks.find(({ name }) => name === "certificate");
  if (verdict !== "refused" && pages?.result === "passed") return pdf;
  const failed = checks.find(({ result }) => result === "failed") ?? pages;
  throw new Error(`our own certificate is ${verdict}: ${failed?.message}`);
}

const answer = (drawn: DrawAnswer) => parentPort?.postMessage(drawn);
