/** A bank that deposits over the proxy, and asks again under the same key when it was not told what became of it. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";

export interface Bank {
  /** Resolves with the deposit's id as soon as there is a receipt, and with how long that took. */
  deposit(name: string): Promise<{ readonly id: string; readonly ms: number }>;
  /** Undefined where it is not final within `seconds`. */
  evidence(id: string, seconds: number): Promise<Buffer | undefined>;
  /** The status of a path, without a key. */
  status(path: string): Promise<number>;
  close(): Promise<void>;
}

export interface BankOptions {
  readonly port: number;
  readonly apiKey: string;
  /** PEM of whoever has signed the proxy's certificate. */
  readonly authority: string;
}

const RECEIPT_WITHIN_MS = 120_000;

export function openBank({ port, apiKey, authority }: BankOptions): Bank {
  const dispatcher = new Agent({ connect: { ca: authority }, headersTimeout: 60_000, bodyTimeout: 60_000 });
  const url = `https://localhost:${port}`;
  const login = { authorization: `Bearer ${apiKey}` };

  async function ask(path: string, options: Parameters<typeof request>[1] = {}) {
    const { statusCode, body } = await request(url + path, { dispatcher, ...options });
    return { statusCode, bytes: Buffer.from(await body.arrayBuffer()) };
  }
  return {
    deposit: async (name) => {
      const begun = performance.now();
      const headers = {
        ...login,
        "content-type": "application/json",
        "idempotency-key": `"${randomUUID()}"`,
      };
      const body = JSON.stringify({ metadata: { recordType: "loan.contract", name }, record: { name } });
      for (;;) {
        const answer = await ask("/v1/deposits", { method: "POST", headers, body }).catch(
          (error: unknown) => error as Error,
        );
        if (!(answer instanceof Error)) {
          if (answer.statusCode === 201 || answer.statusCode === 200)
            return {
              id: (JSON.parse(answer.bytes.toString("utf8")) as { id: string }).id,
              ms: performance.now() - begun,
            };
          if (answer.statusCode < 500 && answer.statusCode !== 429)
            throw new Error(`a deposit was refused: ${answer.statusCode} ${answer.bytes.toString("utf8")}`);
        }
        if (performance.now() - begun > RECEIPT_WITHIN_MS)
          throw new Error(
            `no receipt within ${RECEIPT_WITHIN_MS} ms: ${answer instanceof Error ? answer.message : answer.bytes.toString("utf8")}`,
          );
        await sleep(200);
      }
    },
    evidence: async (id, seconds) => {
      for (const endMs = performance.now() + seconds * 1000; ;) {
        const left = Math.max(1, Math.min(20, Math.ceil((endMs - performance.now()) / 1000)));
        const headers = { ...login, prefer: `wait=${left}` };
        const answer = await ask(`/v1/deposits/${id}/evidence`, { headers }).catch(() => undefined);
        if (answer?.statusCode === 200) return answer.bytes;
        if (performance.now() > endMs) return undefined;
        await sleep(200);
      }
    },
    status: async (path) => (await ask(path)).statusCode,
    close: () => dispatcher.close(),
  };
}
