/** `serve --api` and `worker` as processes of their own on one data folder: what each says where the other is not. */
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { type ClientRequest, request } from "node:http";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { type RunningProcess, startProcess, waitUntilReady } from "../../../scripts/quickstart/processes.js";
import { freePort, LOG_ORIGIN } from "../../../scripts/quickstart/sample-consortium.js";
import { SIGNATURE_TYPE } from "../../../src/core/ledger/vkey.js";
import { openSigningKey } from "../../../src/platform/keys/keys.js";
import { call } from "../../http/client.js";
import { eventually } from "../../story/eventually.js";
import { type SampleService, sampleServices } from "../../story/sample-service.js";

const prepare = sampleServices();
const running: RunningProcess[] = [];
let service: SampleService;
let metricsUrl: string;

afterAll(() => Promise.all(running.map((one) => one.stop("SIGKILL"))));

function start(args: readonly string[], config = service.sample.notaryConfig): RunningProcess {
  const name = args.join("");
  const started = startProcess(name, [...args, "--config", config], join(service.data, `${name}.jsonl`));
  running.push(started);
  return started;
}

beforeAll(async () => {
  const port = await freePort();
  metricsUrl = `http://127.0.0.1:${port}/metrics`;
  service = await prepare({ metrics: { host: "127.0.0.1", port } });
  await waitUntilReady(start(["serve", "--api"]), `${service.url}/healthz`);
}, 60_000);

const status = () => call(service, "GET /v1/status", { key: service.keys.operator });
const metrics = async () => (await fetch(metricsUrl)).text();
/** What only a worker knows. */
const OF_THE_WORKER = /^cunzheng_(?:deposits_total|halted|finality_lag_seconds|clock_|worker_since)/m;

it("a process that answers says what it knows while no worker does, and nothing that it does not know", async () => {
  await service.register();
  const away = await status();
  expect(away.status).toBe(200);
  expect(away.json).toMatchObject({ ledgerSize: 0, deferred: { batches: 0 }, storage: { isFull: false } });
  expect(away.json.impairments).toEqual([
    { code: "worker-away", detail: expect.stringMatching(/^no worker leads/) },
  ]);
  const known = ["deferred", "impairments", "jobs", "ledgerSize", "shares", "software", "storage"];
  expect(Object.keys(away.json).sort()).toEqual(known);
  expect((await call(service, "GET /readyz")).status).toBe(503);
  const text = await metrics();
  expect(text).toMatch(/^cunzheng_impaired\{code="worker-away"\} 1$/m);
  expect(text.match(/^cunzheng_impaired\{/gm)).toHaveLength(1);
  expect(text).toMatch(/^cunzheng_ready 0$/m);
  expect(text).toMatch(/^cunzheng_free_bytes\{of="data"\} \d+/m);
  expect(text).not.toMatch(OF_THE_WORKER);
}, 60_000);

it("it says which worker leads, and since when; when that is silent, that it is", async () => {
  const begunMs = Date.now();
  const worker = start(["worker"]);
  const { json } = await eventually("a worker answers", async () => {
    const answer = await status();
    return answer.json.worker === undefined ? undefined : answer;
  });
  expect(json.worker.pid).toBe(worker.pid);
  expect(Date.parse(json.worker.since)).toBeGreaterThanOrEqual(begunMs);
  expect(Object.keys(json)).toEqual(expect.arrayContaining(["halts", "clock", "sinceStart"]));
  const text = await metrics();
  expect(text).toMatch(/^cunzheng_impaired\{code="worker-away"\} 0$/m);
  const since = new RegExp(`^cunzheng_worker_since_timestamp_seconds\\{pid="${worker.pid}"\\} (\\S+)$`, "m");
  expect(Number(since.exec(text)?.[1])).toBeGreaterThanOrEqual(begunMs / 1000);
  expect(text).toMatch(OF_THE_WORKER);

  process.kill(worker.pid, "SIGSTOP");
  await eventually("its silence is noticed", async () =>
    /^the worker that leads does not answer/.test((await status()).json.impairments[0]?.detail ?? "")
      ? true
      : undefined,
  );
  expect(await metrics()).not.toMatch(OF_THE_WORKER);
  process.kill(worker.pid, "SIGCONT");
}, 60_000);

it("a worker that can never lead ends at its start, though another one leads", async () => {
  const { notaryConfig } = service.sample;
  const sample = JSON.parse(readFileSync(notaryConfig, "utf8")) as object;
  const file = join(dirname(notaryConfig), "unfit.json");
  const said = async (log: string) => {
    writeFileSync(file, JSON.stringify({ ...sample, keys: { log } }));
    const unfit = start(["worker"], file);
    expect(await unfit.ended).toBe(70);
    return readFileSync(unfit.logFile, "utf8");
  };
  expect(await said("nowhere.key")).toMatch(/^cunzheng: .*nowhere\.key.*keys\.log/m);
  const { vkey } = openSigningKey(join(dirname(file), "other.key"), {
    ...{ name: LOG_ORIGIN, type: SIGNATURE_TYPE.ed25519 },
  }).key;
  expect(await said("other.key")).toContain(`the trust file does not list the log's key ${vkey}`);
}, 60_000);

it("what a process that answers had staged when it was killed is swept a minute after the next one's start, and nobody else's", async () => {
  const { notaryConfig } = service.sample;
  const port = await freePort();
  const beside = join(dirname(notaryConfig), "beside.json");
  const { metrics: _, ...sample } = JSON.parse(readFileSync(notaryConfig, "utf8")) as { metrics: object };
  writeFileSync(beside, JSON.stringify({ ...sample, listen: { host: "127.0.0.1", port } }));
  const victim = start(["serve", "--api"], beside);
  await waitUntilReady(victim, `http://127.0.0.1:${port}/healthz`);
  const staged = () => readdirSync(join(dirname(notaryConfig), "originals", "staged"));
  const uploads = [await beginUpload(service.url), await beginUpload(`http://127.0.0.1:${port}`)];
  await eventually("both are being staged", () => (staged().length === 2 ? true : undefined));
  await victim.stop("SIGKILL");
  expect(staged()).toHaveLength(2);
  await waitUntilReady(start(["serve", "--api"], beside), `http://127.0.0.1:${port}/healthz`);
  // A worker might still record what the dead one asked for.
  await new Promise((resolve) => setTimeout(resolve, 20_000));
  expect(staged()).toHaveLength(2);
  await eventually("the dead one's is swept", () => (staged().length === 1 ? true : undefined), 80_000);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(staged()).toHaveLength(1);
  for (const upload of uploads) upload.destroy();
  await eventually("the other one is forgotten with its request", () =>
    staged().length === 0 ? true : undefined,
  );
}, 150_000);

/** A deposit of a file that is still coming. */
async function beginUpload(url: string): Promise<ClientRequest> {
  const upload = request(`${url}/v1/deposits`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${service.keys.bank}`,
      "Content-Type": "multipart/form-data; boundary=x",
      "Content-Length": 10_485_000,
    },
  });
  upload.on("error", () => undefined);
  const part = (name: string, type: string, more = "") =>
    `--x\r\nContent-Disposition: form-data; name="${name}"${more}\r\nContent-Type: ${type}\r\n\r\n`;
  const metadata = JSON.stringify({ recordType: "loan.contract", retain: true });
  upload.write(`${part("metadata", "application/json")}${metadata}\r\n`);
  upload.write(`${part("file", "application/pdf", '; filename="contract.pdf"')}${"x".repeat(100_000)}`);
  // Whoever sends nothing is given up.
  const sending = setInterval(() => upload.write("x".repeat(3000)), 200);
  upload.on("close", () => {
    clearInterval(sending);
  });
  await once(upload, "socket");
  return upload;
}
