/** A bank's integration, as any bank would write it: plain HTTP against the documented API, nothing of ours imported. */
import { createHash, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** templates/samples/loan/dossier.json */
export interface Dossier {
  readonly depositor: string;
  readonly records: readonly DossierRecord[];
}

export interface DossierRecord {
  readonly file: string;
  readonly recordType: string;
  readonly name: string;
  readonly mediaType: string;
  readonly deposit: "record" | "file" | "digests";
  readonly retain: boolean;
  readonly clientRef: string;
  readonly createdAt: string;
  readonly source: Readonly<Record<string, string>>;
}

export interface Deposited {
  readonly record: DossierRecord;
  readonly id: string;
  readonly receipt: string;
  /** From the first byte sent to the receipt in hand. */
  readonly receiptMs: number;
}

export class BankClient {
  readonly #url: string;
  readonly #apiKey: string;

  constructor(url: string, apiKey: string) {
    this.#url = url;
    this.#apiKey = apiKey;
  }

  /** Deposits the whole dossier in its order, as one chain. */
  async depositDossier(folder: string, dossier: Dossier): Promise<Deposited[]> {
    const deposited: Deposited[] = [];
    let chain: { id?: string; sequence: number } = { sequence: 1 };
    for (const record of dossier.records) {
      const content = await readFile(join(folder, record.file));
      const begun = performance.now();
      const answer = await this.#deposit(record, content, chain);
      deposited.push({
        record,
        id: answer.id,
        receipt: answer.receipt,
        receiptMs: performance.now() - begun,
      });
      chain = { id: answer.statement.chain.id, sequence: chain.sequence + 1 };
    }
    return deposited;
  }

  async #deposit(record: DossierRecord, content: Buffer, chain: object): Promise<DepositAnswer> {
    const { recordType, name, clientRef, createdAt, source, retain, mediaType } = record;
    const metadata = { recordType, name, clientRef, createdAt, source, chain };
    // The same key again, after a broken connection, would give the same deposit and not a second one.
    const headers = { "Idempotency-Key": `"${randomUUID()}"` };
    switch (record.deposit) {
      case "record": {
        const text = `{"metadata":${JSON.stringify({ ...metadata, retain })},"record":${content.toString("utf8")}}`;
        return this.#post(text, { ...headers, "Content-Type": "application/json" });
      }
      case "digests": {
        const digests = { "sha-256": digest("sha256", content), sm3: digest("sm3", content) };
        const text = JSON.stringify({ metadata, digests, size: content.length, mediaType });
        return this.#post(text, { ...headers, "Content-Type": "application/json" });
      }
      case "file":
        return this.#post(content, {
          ...headers,
          "Content-Type": "application/octet-stream",
          "Cunzheng-Metadata": Buffer.from(JSON.stringify({ ...metadata, retain, mediaType })).toString(
            "base64url",
          ),
        });
    }
  }

  async #post(body: string | Buffer, headers: Record<string, string>): Promise<DepositAnswer> {
    const answer = await this.#fetch("/v1/deposits", {
      method: "POST",
      body: body as NonNullable<RequestInit["body"]>,
      headers,
    });
    return (await answer.json()) as DepositAnswer;
  }

  /** Waits (RFC 7240) until the deposit is final. */
  async evidence(id: string): Promise<Uint8Array> {
    const answer = await this.#fetch(`/v1/deposits/${id}/evidence`, { headers: { Prefer: "wait=30" } });
    return new Uint8Array(await answer.arrayBuffer());
  }

  async certificate(id: string): Promise<Uint8Array> {
    const answer = await this.#fetch(`/v1/deposits/${id}/certificate`, { headers: { Prefer: "wait=30" } });
    return new Uint8Array(await answer.arrayBuffer());
  }

  async state(id: string): Promise<DepositView> {
    return (await (await this.#fetch(`/v1/deposits/${id}`)).json()) as DepositView;
  }

  /** Until so many nodes have cosigned, or the time is over. */
  async waitForCosigners(id: string, count: number, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while ((await this.state(id)).cosigners.length < count && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 50));
  }

  /** Until the evidence carries a timestamp token, or the time is over. */
  async waitForTimestamp(id: string, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (performance.now() < deadline) {
      const evidence = JSON.parse(Buffer.from(await this.evidence(id)).toString("utf8")) as {
        readonly timestamps: readonly unknown[];
      };
      if (evidence.timestamps.length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #fetch(
    path: string,
    init: RequestInit & { headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const headers = { ...init.headers, Authorization: `Bearer ${this.#apiKey}` };
    const answer = await fetch(this.#url + path, { ...init, headers });
    if (!answer.ok)
      throw new Error(`${init.method ?? "GET"} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }
}

interface DepositAnswer {
  readonly id: string;
  readonly receipt: string;
  readonly statement: { readonly chain: { readonly id: string } };
}

export interface DepositView {
  readonly state: string;
  readonly receivedAt: string;
  readonly finalAt?: string;
  readonly cosigners: readonly {
    readonly name: string;
    readonly kind: string;
    readonly counted: boolean;
    readonly reason?: string;
  }[];
}

const digest = (algorithm: string, content: Buffer) => createHash(algorithm).update(content).digest("base64");
