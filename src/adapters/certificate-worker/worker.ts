/** The thread that draws: fonts are opened once, at its start. */
import { parentPort, workerData } from "node:worker_threads";
import { drawPdf } from "../../certificate/render.js";
import { formatTime } from "../../core/record/time.js";
import { createDigester, verifyEd25519 } from "../../platform/ed25519.js";
import { type DrawAnswer, type DrawRequest } from "./certificate-worker.js";
import { verifyX509Signature } from "../../platform/x509-signature.js";
import { readTemplate } from "./template-files.js";

const host = { verifyEd25519, createDigester, verifyX509Signature };
const template = readTemplate((workerData as { templates: string }).templates);

parentPort?.on("message", ({ number, issuedAtMs, ...request }: DrawRequest) => {
  const input = { ...request, issuedAt: formatTime(issuedAtMs), template, ...host };
  parentPort?.postMessage(answer(() => ({ number, pdf: drawPdf(input) })));

  function answer(draw: () => DrawAnswer): DrawAnswer {
    try {
      return draw();
    } catch (error) {
      return { number, error: (error as Error).message };
    }
  }
});
