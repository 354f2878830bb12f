/**
 * Certificates are drawn and signed in a thread of their own: milliseconds each, which the event loop that takes deposits
 * must not lose. A worker that dies fails what it was making, and the next request starts a new one.
 */
import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";
import { openTemplate } from "../../certificate/template/template.js";
import type { TemplateFiles } from "../../certificate/template/template-list.js";
import {
  type CertificateMaker,
  type CertificateOrder,
  NotMadeError,
  type SignedDraft,
} from "../../notary/ports/certificates.js";
import type { DocumentSignerFiles } from "../../platform/keys/document-signer.js";
import type { ThreadAnswer, ThreadData, ThreadRequest } from "./protocol.js";
import { type FindArtifact, keptTemplate } from "./kept-template.js";
import { readTemplateFiles } from "./template-files.js";

export interface CertificateWorkerOptions {
  /** The folder `templates/`, and the one in its `certificate/` for new certificates. */
  readonly templates: string;
  readonly template: string;
  /** Absent: nothing new can be signed. */
  readonly signer?: {
    readonly files: DocumentSignerFiles;
    /** Between which every X.509 certificate of its chain is valid. */
    readonly notBeforeMs: number;
    readonly notAfterMs: number;
  };
  /** Files of templates that the folder no longer has. */
  readonly findArtifact: FindArtifact;
}

export interface CertificateWorker extends CertificateMaker {
  /** The thread died, and none has made anything since. */
  isFailing(): boolean;
  close(): Promise<void>;
}

interface Waiting {
  resolve(made: SignedDraft): void;
  reject(error: Error): void;
}

function* digested(files: TemplateFiles): Iterator<readonly [string, Uint8Array]> {
  for (const content of files.values())
    yield [createHash("sha256").update(content).digest("base64"), content];
}

/** Throws where the template is not as it must be. */
export function startCertificateWorker(options: CertificateWorkerOptions): CertificateWorker {
  const { templates, template: name, signer, findArtifact } = options;
  const files = readTemplateFiles(templates, name);
  // What is wrong with it is told now, and not when the first certificate is asked for.
  const { digest } = openTemplate(files, name);
  const waiting = new Map<number, Waiting>();
  /** Templates that the running thread was sent. */
  const sent = new Set<string>();
  let worker: Worker | undefined;
  let [count, isFailing, isClosed] = [0, false, false];

  const start = (): Worker => {
    const workerData: ThreadData = { templates, ...(signer && { signer: signer.files }) };
    sent.clear();
    const started = new Worker(new URL("./worker.js", import.meta.url), { workerData });
    started.on("message", (answer: ThreadAnswer) => {
      const request = waiting.get(answer.number);
      waiting.delete(answer.number);
      isFailing = false;
      if ("made" in answer) request?.resolve(answer.made);
      else request?.reject(new NotMadeError(`couldn't make the certificate: ${answer.error}`));
    });
    const fail = (error: Error) => {
      if (worker === started) worker = undefined;
      isFailing = !isClosed;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    started.on("error", (error) => {
      fail(new Error("the certificate thread failed", { cause: error }));
    });
    started.on("exit", (code) => {
      fail(new Error(`the certificate thread ended (${code})`));
    });
    return started;
  };

  const ask = async (order: CertificateOrder, signature?: Uint8Array): Promise<SignedDraft> => {
    const isKnown = order.template === digest || (worker !== undefined && sent.has(order.template));
    const kept = isKnown ? undefined : await keptTemplate(findArtifact, order.template);
    return new Promise((resolve, reject) => {
      worker ??= start();
      if (kept !== undefined) sent.add(order.template);
      const number = ++count;
      const request: ThreadRequest = {
        number,
        order,
        ...(kept && { template: kept }),
        ...(signature && { signature }),
      };
      waiting.set(number, { resolve, reject });
      worker.postMessage(request);
    });
  };

  return {
    template: {
      digest,
      files: { [Symbol.iterator]: () => digested(files) },
    },
    ...(signer && { signer: { notBeforeMs: signer.notBeforeMs, notAfterMs: signer.notAfterMs } }),
    sign: (order) => ask(order),
    make: async (order, signature) => (await ask(order, signature)).pdf,
    isFailing: () => isFailing,
    close: async () => {
      isClosed = true;
      await worker?.terminate();
    },
  };
}
