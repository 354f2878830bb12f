/** A bank under load: single posts over a fixed number of kept-alive connections. */
import { Pool } from "undici";

export const CONNECTIONS = 64;

/** The service takes nothing for the time being (503), or this machine was too slow to send it (408). */
export class RefusedForNow extends Error {
  override readonly name = "RefusedForNow";
}

export class Load {
  readonly #pool: Pool;
  readonly #headers: Record<string, string>;
  #count = 0;

  constructor(url: string, apiKey: string, connections = CONNECTIONS) {
    this.#pool = new Pool(url, { connections, pipelining: 1 });
    this.#headers = { authorization: `Bearer ${apiKey}` };
  }

  /** One repayment of about 600 bytes. Throws where it is not taken, `RefusedForNow` where it may be asked for again. */
  async deposit(): Promise<{ id: string; ms: number }> {
    const serial = `BENCH-${process.pid}-${this.#count++}`;
    const body = JSON.stringify({
      metadata: {
        recordType: "loan.repayment",
        name: "还款流水",
        clientRef: serial,
        source: { system: "bench" },
      },
      record: {
        serial,
        contractNo: "SAMPLE-LOAN-2025-000001",
        entry: this.#count,
        amountPaid: "8512.33",
        result: "paid",
        note: "x".repeat(300),
      },
    });
    const begun = performance.now();
    const { statusCode, body: answer } = await this.#pool.request({
      method: "POST",
      path: "/v1/deposits",
      headers: { ...this.#headers, "content-type": "application/json" },
      body,
    });
    const text = await answer.text();
    const ms = performance.now() - begun;
    const failed = `POST /v1/deposits: ${statusCode} ${text}`;
    if (statusCode === 503 || statusCode === 408) throw new RefusedForNow(failed);
    if (statusCode !== 201) throw new Error(failed);
    return { id: (JSON.parse(text) as { id: string }).id, ms };
  }

  /** From receipt to finality by the notary's own durable times, in ms. */
  async finality(id: string): Promise<number> {
    await this.evidence(id);
    const { body } = await this.#pool.request({
      method: "GET",
      path: `/v1/deposits/${id}`,
      headers: this.#headers,
    });
    const { receivedAt, finalAt } = (await body.json()) as { receivedAt: string; finalAt: string };
    return Date.parse(finalAt) - Date.parse(receivedAt);
  }

  async evidence(id: string): Promise<Uint8Array> {
    const { statusCode, body } = await this.#pool.request({
      method: "GET",
      path: `/v1/deposits/${id}/evidence`,
      headers: { ...this.#headers, prefer: "wait=30" },
    });
    if (statusCode !== 200) throw new Error(`GET evidence: ${statusCode} ${await body.text()}`);
    return new Uint8Array(await body.arrayBuffer());
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}
