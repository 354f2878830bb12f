/**
 * Two notaries that each answer and work (`cunzheng serve`), as on two machines: each with a data folder and copies of the keys, on
 * one MongoDB. One of them leads; the other takes deposits all the same, and goes on when the first is killed.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { freePort } from "../../scripts/quickstart/sample-consortium.js";
import { createClusterKey } from "../../src/platform/keys/cluster-key.js";
import { type House, houseOf, type Plan, startNodes } from "../crash/house.js";
import { keptPromises, type Promised } from "../crash/promises.js";
import { call } from "../http/client.js";
import { eventually } from "../story/eventually.js";
import { type SampleService, sampleServices } from "../story/sample-service.js";

const NAMES = ["first", "second"] as const;
type Name = (typeof NAMES)[number];

const prepare = sampleServices();
let service: SampleService;
let house: House<Name>;

/** Of the notary on its own machine. */
async function planOf(name: Name, url: string): Promise<Plan> {
  const { notaryConfig } = service.sample;
  const own = join(service.data, `notary-${name}`);
  mkdirSync(own, { mode: 0o700 });
  for (const key of ["log.key", "receipt.key", "cluster.key"])
    copyFileSync(join(dirname(notaryConfig), key), join(own, key));
  const whole = JSON.parse(readFileSync(notaryConfig, "utf8")) as {
    consortium: string;
    certificates?: object;
  };
  const { certificates: _, ...rest } = whole;
  const config = join(own, "notary.json");
  writeFileSync(
    config,
    JSON.stringify({
      ...{ ...rest, dataFolder: own, consortium: service.sample.consortiumFile },
      listen: { port: Number(new URL(url).port) },
      cluster: { keyFile: "cluster.key", listen: { host: "127.0.0.1", port: await freePort() } },
    }),
  );
  return { config, url, isWhole: true };
}

beforeAll(async () => {
  service = await prepare({ sealing: { afterMs: 100, promiseMs: 60_000, maxBatchSize: 64 } });
  createClusterKey(join(dirname(service.sample.notaryConfig), "cluster.key"));
  const other = `http://127.0.0.1:${await freePort()}`;
  house = houseOf(
    service,
    new Map([
      ["first", await planOf("first", service.url)],
      ["second", await planOf("second", other)],
    ]),
  );
  await startNodes(service);
  for (const name of NAMES) await house.start(name);
  await service.register();
}, 120_000);

afterAll(async () => {
  await house?.end();
}, 30_000);

async function depositAt(url: string, number: number): Promise<Promised> {
  const answer = await call({ url }, "POST /v1/deposits", {
    key: service.keys.bank,
    headers: { "Idempotency-Key": `"whole-${number}"` },
    body: { metadata: { recordType: "loan.repayment" }, record: { number } },
  });
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
  return answer.json as Promised;
}

const leaderAt = async (url: string) => {
  const { json } = await call({ url }, "GET /v1/status", { key: service.keys.operator });
  return (json as { worker?: { pid: number } }).worker?.pid;
};

it("take deposits at either, led by one of them, and by the other when that is killed", async () => {
  const [first = "", second = ""] = house.urls;
  const promised = [await depositAt(first, 1), await depositAt(second, 2)];
  const leader = await leaderAt(first);
  expect(await leaderAt(second)).toBe(leader);
  const leading = NAMES.find((name) => house.running(name).pid === leader);
  const left = leading === "first" ? second : first;
  expect(leading).toBeDefined();
  await house.running(leading ?? "first").stop("SIGKILL");
  promised.push(await eventually("deposits go on", () => depositAt(left, 3).catch(() => undefined)));
  await eventually("the other leads", async () => {
    const pid = await leaderAt(left);
    return pid !== undefined && pid !== leader ? true : undefined;
  });
  promised.push(await depositAt(left, 4));
  if (leading) await house.start(leading);
  expect((await keptPromises(service, promised)).map(({ promised: one }) => one.id)).toEqual(
    promised.map(({ id }) => id),
  );
}, 120_000);
