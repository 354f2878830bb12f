/** `cunzheng serve` with what is measured and watched: a time server, metrics, an authority that is away. */
import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, expect, it } from "@jest/globals";
import { freePort } from "../../../scripts/quickstart/sample-consortium.js";
import { type RunningNotary, startNotary } from "../../../src/programs/services/notary.js";
import { makeOperatorKey } from "../../../src/programs/services/operator-key.js";
import { sampleConsortium } from "../../http/sample-consortium.js";
import { eventually } from "../../story/eventually.js";
import { temporaryFolders } from "../../temporary-folder.js";

const temporaryFolder = temporaryFolders();
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** A configuration with all that it names, on free ports. */
async function prepared(more: object = {}) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "consortium.json"), sampleConsortium(folder).json);
  const config = join(folder, "notary.json");
  writeFileSync(
    config,
    JSON.stringify({
      ...{ dataFolder: ".", consortium: "consortium.json", publicUrl: "https://notary.example" },
      ...{ listen: { port: await freePort() }, logLevel: "silent" },
      keys: { log: "ledger-example-http-test.key", receipt: "receipts-example.key" },
      ...more,
    }),
  );
  return { folder, config };
}

async function started(config: string): Promise<RunningNotary> {
  const running = await startNotary(config);
  undo.push(() => running.close());
  return running;
}

/** One that is two seconds ahead. */
async function timeServer(): Promise<string> {
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address }) => {
    const packet = Buffer.alloc(48);
    packet.set([0x24, 1]);
    query.copy(packet, 24, 40, 48);
    const ms = Date.now() + 2000;
    for (const offset of [32, 40]) {
      packet.writeUInt32BE(Math.floor(ms / 1000) + 2_208_988_800, offset);
      packet.writeUInt32BE(Math.floor(((ms % 1000) / 1000) * 2 ** 32), offset + 4);
    }
    socket.send(packet, port, address);
  });
  await new Promise<void>((resolve) => {
    socket.bind(0, "127.0.0.1", resolve);
  });
  undo.push(() => new Promise<void>((resolve) => void socket.close(resolve)));
  return `127.0.0.1:${(socket.address() as AddressInfo).port}`;
}

it("serves metrics apart, and tells operators how it stands, ready with a dead authority", async () => {
  const metricsPort = await freePort();
  const { config } = await prepared({
    metrics: { port: metricsPort },
    clock: { ntp: [await timeServer()] },
    timestamps: { authorities: [{ name: "example-time", url: `http://127.0.0.1:${await freePort()}/` }] },
  });
  const { token } = await makeOperatorKey(config);
  const { url } = await started(config);

  const metrics = `http://127.0.0.1:${metricsPort}/metrics`;
  const text = await eventually("measured", async () => {
    const answer = await fetch(metrics);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    const body = await answer.text();
    return /^cunzheng_clock_offset_seconds -(1\.9|2)/m.test(body) ? body : undefined;
  });
  for (const line of [
    /^cunzheng_deposits_total 0$/m,
    /^cunzheng_batches_total 0$/m,
    /^cunzheng_certificates_total 0$/m,
    /^cunzheng_ledger_size 0$/m,
    /^cunzheng_finality_lag_seconds 0$/m,
    /^cunzheng_timestamp_authority_up\{authority="example-time"\} 1$/m,
    /^cunzheng_timestamp_authority_pending_checkpoints\{authority="example-time"\} 0$/m,
    /^process_resident_memory_bytes \d+$/m,
  ])
    expect(text).toMatch(line);
  expect((await fetch(`${url}/metrics`)).status).toBe(404);
  expect((await fetch(metrics.replace(/metrics$/, ""))).status).toBe(404);
  expect((await fetch(metrics, { method: "POST" })).status).toBe(404);

  const status = await fetch(`${url}/v1/status`, { headers: { Authorization: `Bearer ${token}` } });
  expect(await status.json()).toMatchObject({
    ledgerSize: 0,
    timestampAuthorities: [{ name: "example-time", alive: true, failures: 0, pending: 0 }],
    sinceStart: { deposits: 0, batches: 0, certificates: 0 },
  });
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

it.each<[object, string]>([
  [{ timestamps: { authorities: [{ name: "a", url: "ftp://tsa.example" }] } }, "want an http or https URL"],
  [{ timestamps: { authorities: [{ name: "a", url: "tsa.example" }] } }, "want an http or https URL"],
  [
    { timestamps: { authorities: [{ name: "A b", url: "http://tsa.example" }] } },
    "/timestamps/authorities/0/name",
  ],
  [
    { timestamps: { authorities: [1, 2].map(() => ({ name: "a", url: "http://tsa.example" })) } },
    "each with a name of its own",
  ],
  [
    { timestamps: { authorities: [{ name: "a", url: "http://tsa.example", policy: "1.02.3" }] } },
    "/timestamps/authorities/0/policy",
  ],
  [{ clock: { ntp: ["ntp.example:0"] } }, "want host or host:port"],
  [{ clock: { ntp: ["ntp.example:70000"] } }, "want host or host:port"],
  [{ clock: { ntp: ["2001:db8::1"] } }, "want host or host:port"],
  [{ metrics: { host: "127.0.0.1" } }, "/metrics"],
])("%j is refused at the start", async (more, message) => {
  const { config } = await prepared(more);
  await expect(startNotary(config)).rejects.toThrow(message);
});

it("reads the login for an authority from a file that nobody else may read", async () => {
  const authority = { name: "a", url: "http://127.0.0.1:9/", authorizationFile: "login" };
  const { folder, config } = await prepared({ timestamps: { authorities: [authority] } });
  await expect(startNotary(config)).rejects.toThrow("login");
  writeFileSync(join(folder, "login"), "Basic x\n", { mode: 0o644 });
  await expect(startNotary(config)).rejects.toThrow("can be read by others (mode 0644)");
});
