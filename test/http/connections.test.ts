/** Clients that find no connection left: what a client of HTTP is told, in the form that openapi.yaml describes. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "@jest/globals";
import { call } from "./client.js";
import { type Service, startService } from "./service.js";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function started(total: number, perAddress: number): Promise<Service> {
  const service = await startService({ connections: { total, perAddress } });
  undo.push(() => service.close());
  return service;
}

/** A connection that is kept, and asks nothing. */
async function idle({ url }: Service): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect(Number(port), hostname);
  undo.push(() => socket.destroy());
  await once(socket, "connect");
}

const DEPOSIT = { metadata: { recordType: "loan.contract" }, record: { amount: 1 } };

describe("a client for which there is no connection is told so as of any other refusal", () => {
  it("429 quota-exceeded, with the quota, where its address has its share", async () => {
    const service = await started(10, 2);
    for (let i = 0; i < 2; i += 1) await idle(service);
    // Judged by the contract: status, headers and body.
    const { status, headers, json } = await call(service, "POST /v1/deposits", {
      key: service.keys.bankA,
      body: DEPOSIT,
    });
    expect(status).toBe(429);
    expect(json).toMatchObject({
      type: "/problems/quota-exceeded",
      title: "The caller has its share of this service under way",
      ...{ status: 429, code: "quota-exceeded", want: "at most 2 at one time", retryAfterSeconds: 5 },
      detail: "this address has its share of connections open",
      requestId: headers.get("request-id"),
    });
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "retry-after": "5",
      "ratelimit-policy": '"connections-address";q=2;qu="concurrent-requests"',
      ratelimit: '"connections-address";r=0;t=5',
      connection: "close",
    });
  });

  it("429 as well where all addresses together have what there is, by another policy", async () => {
    const service = await started(2, 10);
    for (let i = 0; i < 2; i += 1) await idle(service);
    const { status, headers, json } = await call(service, "GET /v1/whoami");
    expect([status, json.code, json.want]).toEqual([429, "quota-exceeded", "at most 2 at one time"]);
    expect(json.detail).toBe("all addresses together have as many connections open as there may be");
    expect([headers.get("retry-after"), headers.get("ratelimit")]).toEqual([
      "5",
      '"connections-all";r=0;t=5',
    ]);
  });

  it("and a client that sends its request at once reads the answer before the connection ends", async () => {
    const service = await started(10, 1);
    await idle(service);
    const args = ["--silent", "--show-error", "--write-out", "%{http_code}", "--output", "/dev/null"];
    for (let i = 0; i < 20; i += 1) {
      const { stdout } = await promisify(execFile)("curl", [...args, `${service.url}/readyz`]);
      expect(stdout).toBe("429");
      const answer = await fetch(`${service.url}/readyz`);
      expect(await answer.json()).toMatchObject({ code: "quota-exceeded" });
    }
  });
});
