/** Jobs on a real store: what fails is tried again, what is dead is seen, and what a killed process leaves is done once. */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createBell } from "../../../src/adapters/bell/bell.js";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.js";
import { askForJob, HopelessError, type JobKind, startJobs } from "../../../src/notary/jobs/run-jobs.js";
import type { Store } from "../../../src/notary/ports/ports.js";
import { eventually } from "../../story/eventually.js";
import { temporaryFolders } from "../../temporary-folder.js";
import { jobHouses } from "./job-processes.js";

const temporaryFolder = temporaryFolders();
const newHouse = jobHouses();
const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const KIND = "example";
const job = (key: string, kind = KIND) => ({ kind, key });
const newKind = (run: JobKind["run"], change: Partial<JobKind> = {}): JobKind => ({
  ...{ kind: KIND, run, backoff: { firstMs: 1, longestMs: 1 }, attempts: 3, atOnce: 4, timeoutMs: 5000 },
  ...change,
});

function open(file = join(temporaryFolder(), "notary.db")) {
  const store = openSqliteStore(file);
  undo.push(() => store.close());
  const jobBell = createBell();
  const logged: { readonly level: string; readonly text: string; readonly key: unknown }[] = [];
  const to = (level: string) => (fields: object, text: string) =>
    void logged.push({ level, text, key: (fields as { key?: unknown }).key });
  const log = { info: to("info"), warn: to("warn"), error: to("error") };
  return {
    ...{ store, logged },
    ask: (key: string, kind = KIND) => askForJob({ store, jobBell }, job(key, kind)),
    start: (...kinds: JobKind[]) => {
      const jobs = startJobs({ store, jobBell, log }, kinds);
      undo.push(() => jobs.close());
      return jobs;
    },
  };
}

const untilSo = (what: string, isSo: () => boolean | Promise<boolean>) =>
  eventually(what, async () => ((await isSo()) ? true : undefined), 10_000);
const isEmpty = async (store: Store) => (await store.countJobs()).length === 0;
const dead = (store: Store) => store.listJobs({ fate: "dead", limit: 9 });

describe("jobs", () => {
  it("are run as soon as they are asked for, and are gone when they are done", async () => {
    const { store, ask, start } = open();
    const ran: string[] = [];
    start(newKind(async (key) => void ran.push(key)));
    await delay(50);
    const tookMs: number[] = [];
    for (let round = 0; round < 5; round++) {
      const beginMs = performance.now();
      for (const key of ["a", "b", "c"]) await ask(`${key}${round}`);
      await untilSo("all done", () => isEmpty(store));
      tookMs.push(performance.now() - beginMs);
    }
    // Of looks once a second alone each would take a second.
    expect(Math.min(...tookMs)).toBeLessThan(500);
    expect(ran).toHaveLength(15);
    expect(new Set(ran).size).toBe(15);
  });

  it("are found by who begins to run them, whoever asked for them before", async () => {
    const { store, ask, start } = open();
    await ask("a");
    start(newKind(async () => undefined));
    await untilSo("done", () => isEmpty(store));
  });

  it("are tried again after a rest that grows, and have failed for good after so many times", async () => {
    const { store, ask, start, logged } = open();
    const atMs: number[] = [];
    let isBroken = true;
    const jobs = start(
      newKind(
        async (key) => {
          if (key !== "broken") return;
          atMs.push(performance.now());
          if (isBroken) throw new Error(`no ${"!".repeat(1000)}`);
        },
        { backoff: { firstMs: 200, longestMs: 400 }, atOnce: 1 },
      ),
    );
    await ask("broken");
    await untilSo("the first attempt", () => atMs.length === 1);
    // What is behind it does not wait for it.
    await ask("behind");
    await untilSo("the one behind is done", async () => (await store.countJobs())[0]?.waiting === 1);
    expect(atMs).toHaveLength(1);
    expect(jobs.dead()).toEqual([]);
    await untilSo("dead", async () => (await dead(store)).length === 1);
    const [first = 0, second = 0, third = 0] = atMs;
    expect(atMs).toHaveLength(3);
    expect(second - first).toBeGreaterThan(190);
    expect(third - second).toBeGreaterThan(390);
    const [one] = await dead(store);
    expect(one).toMatchObject({ key: "broken", attempts: 3, lastError: `no ${"!".repeat(497)}` });
    await untilSo("it is said", () => jobs.dead().includes(KIND));
    expect(logged.map(({ level }) => level)).toEqual(["warn", "warn", "error"]);
    expect(logged.map(({ key }) => key)).toEqual(["broken", "broken", "broken"]);
    isBroken = false;
    expect(await store.replayJob(job("broken"))).toBe(true);
    await untilSo("done", () => isEmpty(store));
    await untilSo("it is said no more", () => jobs.dead().length === 0);
  }, 30_000);

  it("are dead at once where another attempt would be no better", async () => {
    const { store, ask, start } = open();
    start(
      newKind(async () => {
        throw new HopelessError("its place is taken");
      }),
    );
    await ask("a");
    await untilSo("dead", async () => (await dead(store)).length === 1);
    expect(await dead(store)).toMatchObject([{ attempts: 1, lastError: "its place is taken" }]);
  });

  it("have failed where they take too long, and are told to end", async () => {
    const { store, ask, start } = open();
    const told: unknown[] = [];
    start(
      newKind(
        (_, signal) =>
          new Promise(() => {
            signal.addEventListener("abort", () => told.push((signal.reason as Error).message));
          }),
        { timeoutMs: 40, attempts: 2 },
      ),
    );
    await ask("a");
    await untilSo("dead", async () => (await dead(store)).length === 1);
    expect(await dead(store)).toMatchObject([{ attempts: 2, lastError: "it takes longer than 40 ms" }]);
    expect(told).toEqual(Array(2).fill("it takes longer than 40 ms"));
  });

  it("wait for what all of them need, and no attempt is counted", async () => {
    const { store, ask, start } = open();
    let isThere = false;
    start(newKind(async () => undefined, { mayRun: () => isThere }));
    await ask("a");
    await delay(1300);
    expect(await store.listJobs({ fate: "open", limit: 9 })).toMatchObject([
      { state: "waiting", attempts: 0 },
    ]);
    isThere = true;
    await untilSo("done", () => isEmpty(store));
  });

  it("of one kind do not wait for those of another, of which no more run than may", async () => {
    const { store, ask, start } = open();
    let running = 0;
    let most = 0;
    const ending = new AbortController();
    start(
      newKind(
        async () => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => {
            ending.signal.addEventListener("abort", resolve);
          });
        },
        { kind: "slow", atOnce: 2 },
      ),
      newKind(async () => undefined),
    );
    undo.push(async () => {
      ending.abort();
    });
    for (let i = 0; i < 5; i++) await ask(`${i}`, "slow");
    for (let i = 0; i < 20; i++) await ask(`${i}`);
    await untilSo("all of the other", async () =>
      (await store.countJobs()).every(({ kind }) => kind === "slow"),
    );
    expect(await store.countJobs()).toMatchObject([{ kind: "slow", waiting: 3, running: 2 }]);
    expect(most).toBe(2);
  });

  it("that were broken off by a stop are the next one's at once, and no attempt is counted", async () => {
    const { store, ask, start } = open();
    const first = start(
      newKind(
        (_, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => {
              reject(new Error("broken off"));
            });
          }),
        { timeoutMs: 60_000 },
      ),
    );
    await ask("a");
    await untilSo("it runs", async () => (await store.countJobs())[0]?.running === 1);
    await first.close();
    const [left] = await store.listJobs({ fate: "open", limit: 9 });
    expect(left).toMatchObject({ state: "waiting", attempts: 0 });
    start(newKind(async () => undefined));
    await untilSo("done", () => isEmpty(store));
  });

  it("that have outlived every process that ran them are dead, and kill no other", async () => {
    const { store, ask, start } = open();
    await ask("a");
    for (let i = 0; i < 3; i++) {
      expect(await store.claimJobs({ kind: KIND, limit: 1, leaseMs: 1 })).toHaveLength(1);
      await delay(10);
    }
    let runs = 0;
    start(newKind(async () => void runs++));
    await untilSo("dead", async () => (await dead(store)).length === 1);
    expect(await dead(store)).toMatchObject([{ attempts: 4, lastError: expect.stringContaining("died") }]);
    expect(runs).toBe(0);
  });

  it("go on when the store does, and what became of one that could not be stored runs again", async () => {
    const { store, ask } = open();
    let fails = 0;
    const jobBell = createBell();
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const failing: Store = {
      ...store,
      claimJobs: (wanted) =>
        fails++ < 2 ? Promise.reject(new Error("disk I/O error")) : store.claimJobs(wanted),
      finishJob: (claimed) =>
        fails++ < 4 ? Promise.reject(new Error("disk I/O error")) : store.finishJob(claimed),
    };
    const ran: string[] = [];
    const jobs = startJobs({ store: failing, jobBell, log }, [
      newKind(async (key) => void ran.push(key), { timeoutMs: 300 }),
    ]);
    undo.push(() => jobs.close());
    await ask("a");
    await untilSo("done", () => isEmpty(store));
    expect(ran).toEqual(["a", "a"]);
  });

  it("of a process that is killed within them are another one's, and have their effect once", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "notary.db");
    const { store } = open(file);
    const house = newHouse(folder, file);
    const first = await house.start();
    await first.ask("hang", "plain");
    await untilSo("it runs", () => house.runs().some(({ key }) => key === "hang"));
    await untilSo("the other has its effect", () => house.effects().includes("plain"));
    const second = await house.start();
    await first.kill("SIGKILL");
    house.letHangingGoOn();
    await untilSo("all done", () => isEmpty(store));
    expect(house.effects()).toEqual(["hang", "plain"]);
    // The first may have tried it more than once while the other began.
    const [last, ...before] = house
      .runs()
      .filter(({ key }) => key === "hang")
      .reverse();
    expect(last?.pid).toBe(second.pid);
    expect(new Set(before.map(({ pid }) => pid))).toEqual(new Set([first.pid]));
    await second.close();
  }, 30_000);

  it("of a process that stood still and goes on have their effect once, though two run one", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "notary.db");
    const { store } = open(file);
    const house = newHouse(folder, file);
    const first = await house.start();
    await first.ask("hang");
    await untilSo("it runs", () => house.runs().length === 1);
    await first.kill("SIGSTOP");
    const second = await house.start();
    house.letHangingGoOn();
    await untilSo("the other has taken it", () => house.runs().at(-1)?.pid === second.pid);
    await untilSo("all done", () => isEmpty(store));
    await first.kill("SIGCONT");
    await first.ask("after");
    await untilSo("all done", () => isEmpty(store));
    expect(house.effects()).toEqual(["after", "hang"]);
    await first.close();
    await second.close();
  }, 30_000);
});
