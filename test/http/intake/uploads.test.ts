import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { call, metadataHeader } from "../client.js";
import { type Service, type ServiceOptions, startService } from "../service.js";

const running = new Set<Service>();
afterEach(async () => {
  for (const service of running) await service.close();
  running.clear();
});
async function start(options: ServiceOptions): Promise<Service> {
  const service = await startService(options);
  running.add(service);
  return service;
}

const MIB = 1024 * 1024;
const retained = metadataHeader({ recordType: "loan.contract", retain: true });

/** A client that writes what it is told to, when it is told to, and keeps what it reads. */
class RawClient {
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  #text = "";

  constructor({ url }: Service) {
    const { hostname, port } = new URL(url);
    this.#socket = connect(Number(port), hostname);
    this.#socket.setEncoding("utf8").on("data", (text: string) => (this.#text += text));
    this.#socket.on("error", () => undefined);
    this.#closed = new Promise((resolve) => this.#socket.once("close", () => resolve()));
  }

  write(text: string): Promise<void> {
    return new Promise((resolve) => this.#socket.write(text, () => resolve()));
  }

  head({ keys }: Service, headers: Readonly<Record<string, string>>): Promise<void> {
    const lines = Object.entries({ Host: "x", Authorization: `Bearer ${keys.bankA}`, ...headers });
    const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    return this.write(`POST /v1/deposits HTTP/1.1\r\n${text}\r\n`);
  }

  /** All that came, when the server has closed the connection. */
  async untilClosed(): Promise<string> {
    await this.#closed;
    return this.#text;
  }

  async untilAnswered(): Promise<string> {
    while (!/\r\n\r\n\{[^]*\}$/.test(this.#text))
      await new Promise((resolve) => this.#socket.once("data", resolve));
    return this.#text;
  }

  async destroy(): Promise<void> {
    this.#socket.destroy();
    await this.#closed;
  }
}

/** Polls what cannot be awaited from outside: the end of the server's own clean-up. */
async function eventually(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setImmediate(resolve));
}

const stream = { "Content-Type": "application/octet-stream", "Content-Length": "1000", ...retained };

describe("an upload", () => {
  it("that breaks off leaves nothing, wherever it breaks", async () => {
    const service = await start({});
    const before = await service.traces();
    for (const sent of ["", "x".repeat(500)]) {
      const client = new RawClient(service);
      await client.head(service, stream);
      await client.write(sent);
      await eventually(async () => JSON.stringify(await service.traces()) !== JSON.stringify(before));
      await client.destroy();
      await eventually(async () => JSON.stringify(await service.traces()) === JSON.stringify(before));
    }
    const codes = () => service.log.map(({ fields }) => (fields as { code: string }).code);
    // A line is written when its request has ended, which is after its traces are gone.
    await eventually(async () => codes().length >= 2);
    expect(codes()).toEqual(["body-incomplete", "body-incomplete"]);
  });

  it("of which nothing comes for too long is given up", async () => {
    const service = await start({ limits: { bodyIdleMs: 50 } });
    const before = await service.traces();
    for (const headers of [stream, { ...stream, "Content-Type": "application/json" }]) {
      const client = new RawClient(service);
      await client.head(service, headers);
      await client.write("x");
      const answer = await client.untilClosed();
      expect(answer).toMatch(/^HTTP\/1.1 408 /);
      expect(answer).toContain('"code":"request-timeout"');
      expect(answer).toContain('"got":"nothing came for 50 ms"');
      expect(await service.traces()).toEqual(before);
    }
  });

  it("that trickles is given up when its time is over", async () => {
    const service = await start({ limits: { bodyTotalMs: 100 } });
    const client = new RawClient(service);
    await client.head(service, stream);
    const trickle = setInterval(() => void client.write("x"), 10);
    const answer = await client.untilClosed();
    clearInterval(trickle);
    expect(answer).toContain('"got":"not complete after 100 ms"');
  });

  it("is refused while too many others are under way, and taken when one has ended", async () => {
    const service = await start({ limits: { shares: { uploads: { total: 1 } } } });
    const before = await service.traces();
    const first = new RawClient(service);
    await first.head(service, stream);
    await eventually(async () => JSON.stringify(await service.traces()) !== JSON.stringify(before));
    const sent = { key: service.keys.bankA, body: "x", type: "application/octet-stream", headers: retained };
    const told = async (key: string) => {
      const { status, json, headers } = await call(service, "POST /v1/deposits", { ...sent, key });
      return [status, json.code, headers.get("retry-after")];
    };
    expect(await told(service.keys.bankA)).toEqual([429, "quota-exceeded", "1"]);
    expect(await told(service.keys.bankB)).toEqual([503, "overloaded", "1"]);
    await first.write("x".repeat(1000));
    expect(await first.untilAnswered()).toMatch(/^HTTP\/1.1 201 /);
    await first.destroy();
    expect((await call(service, "POST /v1/deposits", sent)).status).toBe(201);
  });

  it("of JSON is refused where all together would hold too much memory", async () => {
    const service = await start({ limits: { shares: { heldBytes: { total: 1000 } } } });
    const client = new RawClient(service);
    await client.head(service, { "Content-Type": "application/json", "Content-Length": "900" });
    const body = { metadata: { recordType: "x" }, record: "x".repeat(100) };
    const post = () => call(service, "POST /v1/deposits", { key: service.keys.bankA, body });
    // What is announced and does not come holds nothing.
    expect((await post()).status).toBe(201);
    await client.write("x".repeat(899));
    await eventually(async () => {
      const { status } = await call(service, "POST /v1/deposits", { key: service.keys.bankB, body });
      return status === 503;
    });
    await client.destroy();
    await eventually(async () => {
      const { status } = await post();
      return status === 201;
    });
  });

  it("that goes on after its refusal still hears why", async () => {
    const service = await start({});
    const client = new RawClient(service);
    await client.head(service, {
      ...stream,
      Authorization: "Bearer cz_x",
      "Content-Length": String(8 * MIB),
    });
    for (let i = 0; i < 128; i++) await client.write("x".repeat(64 * 1024));
    expect(await client.untilAnswered()).toMatch(/^HTTP\/1.1 401 /);
    await client.write("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(await client.untilClosed()).toMatch(/HTTP\/1.1 200 OK[\s\S]*\{"status":"ok"\}$/);
  });
});
