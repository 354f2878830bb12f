/**
 * Certificates are drawn in a thread of their own: some 30 ms each, which the event loop that takes deposits must not
 * lose. A worker that dies fails what it was drawing, and the next request starts a new one.
 */
import { Worker } from "node:worker_threads";
import { type RenderCertificate } from "../../notary/ports.js";

export interface CertificateWorkerOptions {
  readonly templates: string;
  /** Printed as the address under which to look the deposit up; without a slash at its end. */
  readonly publicUrl: string;
}

export interface CertificateWorker {
  readonly render: RenderCertificate;
  close(): Promise<void>;
}

/** What the thread is asked. */
export interface DrawRequest {
  readonly number: number;
  readonly evidence: Uint8Array;
  readonly consortium: Uint8Array;
  readonly language: "zh" | "en";
  readonly issuedAtMs: number;
  readonly verifyUrl: string;
}
export type DrawAnswer =
  { readonly number: number; readonly pdf: Uint8Array } | { readonly number: number; readonly error: string };

interface Waiting {
  resolve(pdf: Uint8Array): void;
  reject(error: Error): void;
}

export function startCertificateWorker({
  templates,
  publicUrl,
}: CertificateWorkerOptions): CertificateWorker {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let count = 0;

  const start = (): Worker => {
    const started = new Worker(new URL("./worker.js", import.meta.url), { workerData: { templates } });
    started.on("message", (answer: DrawAnswer) => {
      const request = waiting.get(answer.number);
      waiting.delete(answer.number);
      if ("pdf" in answer) request?.resolve(answer.pdf);
      else request?.reject(new Error(`couldn't draw the certificate: ${answer.error}`));
    });
    const fail = (error: Error) => {
      if (worker === started) worker = undefined;
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

  return {
    render: ({ evidence, report, consortium, language, issuedAtMs }) =>
      new Promise((resolve, reject) => {
        const id = report.subject?.id;
        if (id === undefined) throw new Error("internal: a certificate without a subject");
        worker ??= start();
        const request: DrawRequest = {
          number: ++count,
          evidence,
          consortium,
          language,
          issuedAtMs,
          verifyUrl: `${publicUrl}/d/${id}`,
        };
        waiting.set(request.number, { resolve, reject });
        worker.postMessage(request);
      }),
    close: async () => {
      await worker?.terminate();
    },
  };
}
