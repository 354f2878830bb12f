/** A worker that is reached over the network, as operating-system processes: its successor is found when it is killed and when it is stopped. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { freePort } from "../../../scripts/quickstart/sample-consortium.js";
import { type RunningProcess, startProcess, waitUntilReady } from "../../../scripts/quickstart/processes.js";
import { createClusterKey } from "../../../src/platform/keys/cluster-key.js";
import { startNodes } from "../../crash/house.js";
import { eventually } from "../../story/eventually.js";
import { type SampleService, sampleServices } from "../../story/sample-service.js";

const prepare = sampleServices();
let service: SampleService;
const running: RunningProcess[] = [];

interface Started {
  readonly process: RunningProcess;
  log(): string;
}

/** With a configuration of its own: each worker has its port, each process that answers too. */
async function start(name: string, args: readonly string[], members: object): Promise<Started> {
  const { notaryConfig } = service.sample;
  const whole = JSON.parse(readFileSync(notaryConfig, "utf8")) as object;
  const file = join(dirname(notaryConfig), `${name}.json`);
  writeFileSync(file, JSON.stringify({ ...whole, ...members }));
  const log = join(service.data, "notary", `${name}.jsonl`);
  const process = startProcess(name, [...args, "--config", file], log);
  running.push(process);
  return { process, log: () => readFileSync(log, "utf8") };
}

const startWorker = async (name: string) => {
  const listen = { host: "127.0.0.1", port: await freePort() };
  return start(name, ["worker"], { cluster: { keyFile: "cluster.key", listen } });
};

beforeAll(async () => {
  service = await prepare({ sealing: { afterMs: 100, promiseMs: 30_000, maxBatchSize: 64 } });
  const folder = dirname(service.sample.notaryConfig);
  createClusterKey(join(folder, "cluster.key"));
  createClusterKey(join(folder, "other.key"));
  await startNodes(service);
}, 120_000);

afterAll(async () => {
  await Promise.all(running.map((one) => one.stop("SIGKILL")));
}, 30_000);

const taken = async (name: string): Promise<string> =>
  (await eventually(`a deposit ${name} is taken`, () => service.deposit({ name }).catch(() => undefined)))
    .json.id as string;

it("takes deposits, and its successor does when it is stopped and when it is killed", async () => {
  const first = await startWorker("first");
  await eventually("it leads", () => first.log().includes('"leads"') || undefined);
  const second = await startWorker("second");
  const api = await start("api", ["serve", "--api"], { cluster: { keyFile: "cluster.key" } });
  await waitUntilReady(api.process, `${service.url}/readyz`);
  await service.register();
  const ids = [await taken("at first")];
  process.kill(first.process.pid, "SIGSTOP");
  ids.push(await taken("while the first stands still"));
  expect(second.log()).toContain('"leads"');
  process.kill(first.process.pid, "SIGCONT");
  await second.process.stop("SIGKILL");
  ids.push(await taken("when the second is gone"));
  for (const id of ids) expect((await service.evidence(id)).length).toBeGreaterThan(0);
  expect(api.log()).toMatch(/127\.0\.0\.1:\d+.*the worker can't be asked/);
}, 90_000);

it.each([
  ["another key", { cluster: { keyFile: "other.key" } }, /alert/],
  ["no key", {}, /another kind/],
])(
  "says of a process with %s that it can't ask the worker, and why",
  async (what, members, reason) => {
    const port = await freePort();
    await start(what.replace(" ", "-"), ["serve", "--api"], { ...members, listen: { port } });
    await eventually("it says so", async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
      return (answer?.status === 503 && reason.test(await answer.text())) || undefined;
    });
  },
  60_000,
);

it.each([
  [
    "without its key file",
    { keyFile: "missing.key", listen: { host: "127.0.0.1", port: 7443 } },
    "keygen cluster-key",
  ],
  [
    "with a key file that is another key's",
    { keyFile: "log.key", listen: { host: "127.0.0.1", port: 7443 } },
    "is not a cluster's key file",
  ],
  ["that listens nowhere", { keyFile: "cluster.key" }, "cluster.listen is missing"],
])(
  "does not start a worker %s",
  async (what, cluster, message) => {
    const worker = await start(what.replaceAll(/\W/g, "-"), ["worker"], { cluster });
    expect(await worker.process.ended).toBe(70);
    expect(worker.log()).toContain(message);
  },
  60_000,
);
