/**
 * Jobs of several processes on one MongoDB, with hints through a Redis: each has its effect once and none is lost, though Redis is
 * killed, stands still or is emptied, and a process dies within one; and whoever asks for a job does not wait for Redis.
 */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { prepareRedis, type RedisServer } from "../../scripts/cluster/redis-server.js";
import { jobHouses, type JobHouse } from "../notary/jobs/job-processes.js";
import { eventually } from "../story/eventually.js";
import { temporaryFolders } from "../temporary-folder.js";
import { testDatabases, testStores } from "./databases.js";

const temporaryFolder = temporaryFolders();
const newHouse = jobHouses();
const newDatabase = testDatabases();
const openStore = testStores();
let redis: RedisServer;
beforeAll(async () => {
  redis = await prepareRedis();
  await redis.start();
}, 60_000);
afterAll(() => redis.stop());

const numbered = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${name}-${i}`).sort();
/** So many hints there have been since Redis was empty. */
const hints = () => Number(redis.ask("get", redis.ask("keys", "*:jobs:id") || "none") || "0");
const WAITED_MS = 2000;

async function begin(processes: number) {
  const { url } = await newDatabase();
  const store = await openStore(url);
  const house = newHouse(temporaryFolder(), url, `redis://127.0.0.1:${redis.port}/0`);
  const started = [];
  for (let i = 0; i < processes; i++) started.push(await house.start());
  const untilDone = async () => {
    await eventually(
      "all are done",
      async () => ((await store.countJobs()).length === 0 ? true : undefined),
      20_000,
    );
  };
  return { store, house, processes: started, untilDone };
}

/** All had their effect, and ran once each; the effects of the test's own processes are files that can be made once. */
function expectOnce(house: JobHouse, keys: readonly string[]): void {
  expect(house.effects()).toEqual(keys);
  expect(
    house
      .runs()
      .map(({ key }) => key)
      .sort(),
  ).toEqual(keys);
}

describe("jobs of several processes", () => {
  it("are shared by all that are free, each run once, with a hint for each", async () => {
    const { house, processes, untilDone } = await begin(3);
    const keys = numbered("shared", 60);
    const before = hints();
    await processes[0]?.ask(...keys);
    await untilDone();
    expectOnce(house, keys);
    expect(new Set(house.runs().map(({ pid }) => pid)).size).toBe(3);
    expect(hints() - before).toBeGreaterThanOrEqual(keys.length);
    for (const one of processes) await one.close();
  }, 60_000);

  it.each(["killed", "stopped", "emptied"])(
    "lose none while Redis is %s, and nobody waits for it",
    async (what) => {
      const { house, processes, untilDone } = await begin(2);
      const [one, other] = processes;
      const [before, during, after] = ["before", "during", "after"].map((name) => numbered(name, 15));
      const asked = one?.ask(...(before as string[]));
      if (what === "killed") await redis.kill("SIGKILL");
      else if (what === "stopped") await redis.kill("SIGSTOP");
      else redis.ask("flushall");
      await asked;
      // Each is an acknowledged write of the database, and nothing else.
      expect(await one?.ask(...(during as string[]))).toBeLessThan(WAITED_MS);
      await untilDone();
      expectOnce(house, [...(before as string[]), ...(during as string[])].sort());
      if (what === "killed") await redis.start();
      else if (what === "stopped") await redis.kill("SIGCONT");
      expect(await other?.ask(...(after as string[]))).toBeLessThan(WAITED_MS);
      await untilDone();
      expectOnce(house, [before, during, after].flat().sort() as string[]);
      // The queue is used again, also where its keys were lost with Redis.
      await eventually("hints come again", async () => {
        const count = hints();
        await other?.ask("once more");
        return hints() > count ? true : undefined;
      });
      await untilDone();
      for (const each of processes) await each.close();
    },
    60_000,
  );

  it("of a process that is killed within one are another one's, and have their effect once", async () => {
    const { house, processes, untilDone } = await begin(1);
    const [first] = processes;
    await first?.ask("hang");
    await eventually("it runs", async () => (house.runs().length > 0 ? true : undefined));
    const second = await house.start();
    await first?.kill("SIGKILL");
    house.letHangingGoOn();
    await untilDone();
    expect(house.effects()).toEqual(["hang"]);
    // The first may have tried it more than once while the other began.
    const [last, ...before] = house
      .runs()
      .map(({ pid }) => pid)
      .reverse();
    expect(last).toBe(second.pid);
    expect(new Set(before)).toEqual(new Set([first?.pid]));
    await second.close();
  }, 60_000);
});
