/**
 * Two processes that answer requests and a worker on one data folder, woken by a Redis as well: what one does the others
 * learn, also while Redis is killed and stands still, which they say and which refuses nothing.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { prepareRedis, type RedisServer } from "../../scripts/cluster/redis-server.js";
import { DEPOSITOR } from "../../scripts/quickstart/sample-consortium.js";
import { type House, openHouse, startNodes, waitEverywhere } from "../crash/house.js";
import { call } from "../http/client.js";
import { eventually } from "../story/eventually.js";
import { type SampleService, sampleServices } from "../story/sample-service.js";

const MEMBERS = ["worker-a", "api-a", "api-b"] as const;
const PASSWORD = "not-to-be-told";
const prepare = sampleServices();
let redis: RedisServer;
let service: SampleService;
let house: House;

beforeAll(async () => {
  redis = await prepareRedis({ args: ["--requirepass", PASSWORD], login: ["-a", PASSWORD] });
  await redis.start();
  service = await prepare({
    queue: `redis://:${PASSWORD}@127.0.0.1:${redis.port}/0`,
    sealing: { afterMs: 100, promiseMs: 30_000, maxBatchSize: 64 },
  });
  await startNodes(service);
  house = await openHouse(service);
  for (const name of MEMBERS) await house.start(name);
  await service.register();
}, 120_000);

afterAll(async () => {
  await house.end();
  await redis.stop();
}, 30_000);

async function endsWaitsEverywhere(): Promise<void> {
  expect(await waitEverywhere(house, service)).toEqual([200, 200]);
}

async function refusesRevokedKeysEverywhere(): Promise<void> {
  const [a = "", b = ""] = house.urls;
  const { operator } = service.keys;
  const { id } = (await service.deposit({ read: true })).json as { id: string };
  const body = { organisationId: DEPOSITOR, role: "reader" };
  const { token } = (await call({ url: a }, "POST /v1/api-keys", { key: operator, body })).json as {
    token: string;
  };
  const statusAt = async (url: string) =>
    (await call({ url }, `GET /v1/deposits/${id}`, { key: token })).status;
  for (const url of [a, b]) expect(await statusAt(url)).toBe(200);
  const keyId = /^cz_([0-9A-Z]{26})_/.exec(token)?.[1];
  await call({ url: a }, `DELETE /v1/api-keys/${keyId}`, { key: operator });
  await eventually("both refuse it", async () =>
    (await statusAt(a)) === 401 && (await statusAt(b)) === 401 ? true : undefined,
  );
}

/** So many there have been. */
const jobs = () => Number(redis.ask("get", redis.ask("keys", "*:wake-ups:id")) || "0");

/** What each says of itself: whether it is ready, and that the queue is away. */
const standings = () =>
  Promise.all(
    house.urls.map(async (url) => {
      const { status, json } = await call({ url }, "GET /readyz");
      const codes = (json.impairments as { code: string }[]).map(({ code }) => code);
      return { status, isAway: codes.includes("queue-away") };
    }),
  );
const untilAway = (isAway: boolean) =>
  eventually(`${isAway ? "all miss" : "none misses"} the queue`, async () =>
    (await standings()).every((one) => one.status === 200 && one.isAway === isAway) ? true : undefined,
  );

describe("processes with a queue", () => {
  it("use it, each of them, and say that all is well", async () => {
    await endsWaitsEverywhere();
    const listening = redis.ask("client", "list", "type", "pubsub").split("\n");
    expect(listening).toHaveLength(MEMBERS.length);
    const before = jobs();
    await endsWaitsEverywhere();
    expect(jobs()).toBeGreaterThan(before);
    await refusesRevokedKeysEverywhere();
    await untilAway(false);
  });

  it("pass no ring on for ever: where nothing happens none is heard", async () => {
    await endsWaitsEverywhere();
    await delay(1500);
    const before = jobs();
    await delay(2000);
    expect(jobs() - before).toBeLessThan(5);
  });

  it.each(["SIGKILL", "SIGSTOP"] as const)(
    "go on without it (%s), say so, and take it up again",
    async (signal) => {
      await redis.kill(signal);
      await untilAway(true);
      const status = await service.call("GET /v1/status", { key: service.keys.operator });
      expect(status.json.impairments).toContainEqual(expect.objectContaining({ code: "queue-away" }));
      for (let i = 0; i < 3; i++) await endsWaitsEverywhere();
      await refusesRevokedKeysEverywhere();
      if (signal === "SIGKILL") await redis.start();
      else await redis.kill("SIGCONT");
      await untilAway(false);
      await endsWaitsEverywhere();
    },
  );

  it("end when they are told to, also while it stands still, and have told nobody the password", async () => {
    await redis.kill("SIGSTOP");
    const ended = MEMBERS.map((name) => house.running(name)).map(async (one) => {
      await one.stop("SIGTERM");
      return one.ended;
    });
    expect(await Promise.all(ended)).toEqual([0, 0, 0]);
    for (const name of MEMBERS) {
      const log = readFileSync(join(service.data, "notary", `${name}.jsonl`), "utf8");
      expect(log).toContain("the queue is away");
      expect(log).not.toContain(PASSWORD);
    }
  }, 60_000);
});
