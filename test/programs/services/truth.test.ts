/** A running notary with something wrong: `/readyz`, `/v1/status` and the metrics say so, all three, and when it is over. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, expect, it } from "@jest/globals";
import { freePort } from "../../../scripts/quickstart/sample-consortium.js";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.js";
import type { ClaimedJob } from "../../../src/notary/ports/work.js";
import { call } from "../../http/client.js";
import { eventually } from "../../story/eventually.js";
import { cunzheng } from "../backup/commands.js";
import { ORGANISATION_IDS, type SampleService, sampleServices } from "../../story/sample-service.js";

const prepare = sampleServices();
let service: SampleService;
let metricsUrl: string;

interface Said {
  readonly status: number;
  readonly code: unknown;
  readonly impairments: readonly string[];
  readonly metrics: string;
}

/** What all three say; they must say the same. */
async function said(): Promise<Said> {
  const ready = await call(service, "GET /readyz");
  const status = await call(service, "GET /v1/status", { key: service.keys.operator });
  const metrics = await (await fetch(metricsUrl)).text();
  const codesOf = (value: unknown) => (value as { code: string }[]).map(({ code }) => code);
  const impairments = codesOf(ready.json.impairments);
  expect(codesOf(status.json.impairments)).toEqual(impairments);
  const told = [...metrics.matchAll(/^cunzheng_impaired\{code="([^"]+)"\} 1$/gm)].map(([, code]) => code);
  expect(told).toEqual(impairments);
  expect(metrics).toMatch(new RegExp(`^cunzheng_ready ${ready.status === 200 ? 1 : 0}$`, "m"));
  return { status: ready.status, code: ready.json.code, impairments, metrics };
}

/** What is said may change between two of the three questions: then it is asked again. */
const saidAtLast = (what: string, isSo: (said: Said) => boolean, timeoutMs = 30_000) =>
  eventually(
    what,
    async () => {
      try {
        const all = await said();
        return isSo(all) ? all : undefined;
      } catch {
        return undefined;
      }
    },
    timeoutMs,
  );

beforeAll(async () => {
  const port = await freePort();
  metricsUrl = `http://127.0.0.1:${port}/metrics`;
  const authorities = [{ name: "example-time", url: `http://127.0.0.1:${await freePort()}/` }];
  service = await prepare({
    metrics: { host: "127.0.0.1", port },
    timestamps: { authorities, certificateWaitMs: 0 },
  });
  await service.start();
}, 120_000);

it("a job that is dead, which commands beside it list, drop and replay", async () => {
  await saidAtLast("all is well", ({ impairments }) => impairments.length === 0);
  const jobs = async (...args: string[]) => {
    const [name = "", ...rest] = args;
    const { exitCode, text } = await cunzheng("jobs", name, "--config", service.sample.notaryConfig, ...rest);
    return { exitCode, text };
  };
  const listed = async (...args: string[]) =>
    JSON.parse((await jobs("list", "--json", ...args)).text) as readonly unknown[];
  expect(await listed()).toEqual([]);
  const job = { kind: "certificate-timestamp", key: "01JEXAMPLE0000000000000000/zh/1" };
  // As whoever ran it last has left it.
  const store = openSqliteStore(join(service.data, "notary/notary.db"));
  const [claimed] = await (async () => {
    // The worker claims it too, and finds that there is no such certificate: then it is asked for once more.
    for (;;) {
      await store.askForJob(job);
      const found = await store.claimJobs({ kind: job.kind, limit: 1, leaseMs: 60_000 });
      if (found.length > 0) return found;
    }
  })();
  const outcome = { attempts: 10, waitMs: 0, lastError: "its drawing is broken", isDead: true };
  expect(await store.giveBackJob(claimed as ClaimedJob, outcome)).toBe(true);
  await store.close();

  const { status, metrics } = await saidAtLast("it is told", ({ impairments }) =>
    impairments.includes("jobs-dead"),
  );
  expect(status).toBe(200);
  expect(metrics).toMatch(/^cunzheng_jobs\{kind="certificate-timestamp",state="dead"\} 1$/m);
  expect(metrics).toMatch(/^cunzheng_jobs_oldest_seconds\{kind="certificate-timestamp"\} 0$/m);
  const { json } = await call(service, "GET /v1/status", { key: service.keys.operator });
  expect(json.jobs).toEqual([{ kind: job.kind, waiting: 0, running: 0, dead: 1, oldestSeconds: 0 }]);
  expect(await listed("--dead")).toEqual([
    {
      ...job,
      state: "dead",
      attempts: 10,
      lastError: "its drawing is broken",
      ageSeconds: expect.any(Number),
    },
  ]);
  expect((await jobs("list")).text).toMatch(
    /^dead +certificate-timestamp 01JEX\S+ .*its drawing is broken\n$/,
  );

  const named = ["--kind", job.kind, "--key", job.key];
  expect(await jobs("replay", "--kind", job.kind, "--key", "another")).toEqual({
    exitCode: 1,
    text: "cunzheng: there is no dead job of kind certificate-timestamp and key another\n",
  });
  expect((await jobs("replay", ...named, "--all-dead")).exitCode).toBe(64);
  expect((await jobs("drop", "--kind", job.kind)).exitCode).toBe(64);
  expect(await jobs("drop", ...named)).toEqual({ exitCode: 0, text: "1 dropped\n" });
  await saidAtLast("it is told no more", ({ impairments }) => impairments.length === 0);
  expect(await listed()).toEqual([]);
  expect(await listed("--dropped")).toMatchObject([{ ...job, state: "dropped" }]);
  expect(await jobs("replay", "--all-dead")).toEqual({ exitCode: 0, text: "0 to be done again\n" });
  expect(await jobs("replay", ...named)).toEqual({ exitCode: 0, text: "1 to be done again\n" });
  // It is done: there is nothing to do.
  await eventually("it is gone", async () =>
    (await listed("--dropped")).length + (await listed()).length === 0 ? true : undefined,
  );
}, 120_000);

it("a time-stamping authority that is away", async () => {
  await service.evidence(String((await service.deposit({ serial: 1 })).json.id));
  const { status } = await saidAtLast("it is missed", ({ impairments }) =>
    impairments.includes("timestamps-missing"),
  );
  expect(status).toBe(200);
});

it("a process of the verifier that died, until it has judged a file again", async () => {
  const evidence = await service.evidence(String((await service.deposit({ serial: 2 })).json.id));
  const type = "application/vnd.cunzheng.evidence+json";
  const verify = () =>
    fetch(`${service.url}/v1/verify`, { method: "POST", headers: { "Content-Type": type }, body: evidence });
  const first = await verify();
  expect([first.status, await first.text()]).toEqual([200, expect.any(String)]);
  const children = execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(service.notary.pid)], {
    encoding: "utf8",
  });
  const pid = /^\s*(\d+) .*verification-child/m.exec(children)?.[1];
  process.kill(Number(pid), "SIGKILL");
  await saidAtLast("it is told", ({ impairments }) => impairments.includes("verifier-failing"));
  expect((await verify()).status).toBe(200);
  await saidAtLast("it is over", ({ impairments }) => !impairments.includes("verifier-failing"));
});

it("no room: not ready, with the code that deposits meet, and how much is free", async () => {
  await service.notary.stop();
  service.configureNotary({ minFreeBytes: Number.MAX_SAFE_INTEGER });
  service.spawnNotary();
  const full = await saidAtLast("it is full", ({ code }) => code === "storage-full", 90_000);
  expect(full.status).toBe(503);
  expect(full.metrics).toMatch(/^cunzheng_free_bytes\{of="data"\} [1-9]\d*$/m);
  expect(full.metrics).toMatch(/^cunzheng_free_bytes\{of="originals"\} [1-9]\d*$/m);
  expect(full.metrics).toMatch(/^cunzheng_min_free_bytes 9007199254740991$/m);
  const body = { metadata: { recordType: "loan.repayment" }, record: { serial: 3 } };
  expect(await service.call("POST /v1/deposits", { body })).toMatchObject({
    status: 507,
    json: { code: "storage-full" },
  });
  await service.notary.stop();
  service.configureNotary({ minFreeBytes: 1 });
  service.spawnNotary();
  await saidAtLast("there is room", ({ status }) => status === 200, 90_000);
});

it("nodes that are awaited after a start, and finality that stopped, with deposits taken meanwhile", async () => {
  await service.notary.stop();
  await Promise.all(ORGANISATION_IDS.slice(0, 3).map((id) => service.node(id).stop()));
  service.spawnNotary();
  await saidAtLast("nodes are awaited", ({ impairments }) => impairments.includes("nodes-awaited"), 90_000);
  for (const id of ORGANISATION_IDS.slice(0, 3)) await service.startNode(id);
  await saidAtLast("they have answered", ({ impairments }) => !impairments.includes("nodes-awaited"));
  await service.evidence(String((await service.deposit({ serial: 4 })).json.id));

  await Promise.all(ORGANISATION_IDS.map((id) => service.node(id).stop()));
  await service.deposit({ serial: 5 });
  const stopped = await saidAtLast(
    "finality stopped",
    ({ impairments }) => impairments.includes("finality-stopped"),
    120_000,
  );
  expect(stopped.status).toBe(200);
  await service.deposit({ serial: 6 });
  await Promise.all(ORGANISATION_IDS.map((id) => service.startNode(id)));
  await saidAtLast("it goes on", ({ impairments }) => !impairments.includes("finality-stopped"));
}, 240_000);
