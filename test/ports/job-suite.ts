/** The contract of `JobStore` in src/notary/ports/work.ts, as tests: every adapter passes the same ones. */
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import type { Store } from "../../src/notary/ports/ports.js";
import { type ClaimedJob, type JobOutcome, LONGEST_WAIT_MS } from "../../src/notary/ports/work.js";
import type { StoreUnderTest } from "./store-suite.js";

const KIND = "example";
const LEASE_MS = 60_000;
const failed: JobOutcome = { attempts: 1, waitMs: 0, lastError: "it failed", isDead: false };

const claim = (store: Store, limit = 9, leaseMs = LEASE_MS) =>
  store.claimJobs({ kind: KIND, limit, leaseMs });
const keys = (jobs: readonly { readonly key: string }[]) => jobs.map(({ key }) => key);
const alive = (store: Store) => store.listJobs({ fate: "open", limit: 99 });
const dead = (store: Store) => store.listJobs({ fate: "dead", limit: 99 });

async function claimOne(store: Store, leaseMs = LEASE_MS): Promise<ClaimedJob> {
  const [claimed] = await claim(store, 1, leaseMs);
  if (claimed === undefined) throw new Error("there is nothing to claim");
  return claimed;
}

export interface JobStoreUnderTest extends StoreUnderTest {
  /** Has the rows of the store that was opened last say that they wait for so long, as a clock does that was set back. */
  waitFor(ms: number): Promise<void>;
}

export function describeJobs(name: string, { open, waitFor }: JobStoreUnderTest): void {
  const opened = async () => (await open()).store;
  const openedTwice = async () => {
    const { store, reopen } = await open();
    return [store, await reopen()] as const;
  };
  const ask = async (store: Store, ...asked: string[]) => {
    for (const key of asked) await store.askForJob({ kind: KIND, key });
  };

  describe(`${name}: jobs`, () => {
    it("are there once, however often they are asked for, and each kind apart", async () => {
      const { store, reopen } = await open();
      expect(await claim(store)).toEqual([]);
      expect(await store.countJobs()).toEqual([]);
      expect(await store.askForJob({ kind: KIND, key: "a" })).toBe(true);
      expect(await store.askForJob({ kind: KIND, key: "a" })).toBe(false);
      expect(await store.askForJob({ kind: "other", key: "a" })).toBe(true);
      await store.close();
      const again = await reopen();
      expect(await alive(again)).toEqual([
        { kind: KIND, key: "a", state: "waiting", attempts: 0, ageMs: expect.any(Number) },
        { kind: "other", key: "a", state: "waiting", attempts: 0, ageMs: expect.any(Number) },
      ]);
      expect(await claim(again)).toEqual([{ kind: KIND, key: "a", attempts: 1, claim: expect.any(String) }]);
      expect(keys(await again.claimJobs({ kind: "other", limit: 9, leaseMs: 1 }))).toEqual(["a"]);
    });

    it("are claimed for longest first, up to the limit, and by nobody else while the claim lasts", async () => {
      const store = await opened();
      for (const key of ["c", "a", "b"]) {
        await ask(store, key);
        await delay(3);
      }
      expect(keys(await claim(store, 2))).toEqual(["c", "a"]);
      expect(keys(await claim(store))).toEqual(["b"]);
      expect(await claim(store)).toEqual([]);
    });

    it("may be claimed by others when the claim has ended, which ends the first one's say", async () => {
      const [one, other] = await openedTwice();
      await ask(one, "a");
      const gone = await claimOne(one, 1);
      await delay(20);
      const taken = await claimOne(other);
      expect(taken).toMatchObject({ key: "a", attempts: 2 });
      expect(taken.claim).not.toBe(gone.claim);
      expect(await one.finishJob(gone)).toBe(false);
      expect(await one.giveBackJob(gone, { ...failed, isDead: true })).toBe(false);
      expect(await alive(one)).toMatchObject([{ key: "a", state: "running", attempts: 2 }]);
      expect(await other.finishJob(taken)).toBe(true);
      expect(await other.finishJob(taken)).toBe(false);
      expect(await alive(one)).toEqual([]);
    });

    it("are claimed by one of two at one time", async () => {
      const both = await openedTwice();
      const asked = Array.from({ length: 20 }, (_, i) => `job ${i}`);
      await ask(both[0], ...asked);
      const claimed = await Promise.all([0, 1, 2, 3, 4, 5].map((i) => claim(both[i % 2 ? 1 : 0], 5)));
      const rest = await claim(both[0], 99);
      expect([...keys(claimed.flat()), ...keys(rest)].sort()).toEqual([...asked].sort());
    });

    it("are asked for once by two at one time", async () => {
      const both = await openedTwice();
      for (let round = 0; round < 5; round++) {
        const job = { kind: KIND, key: `job ${round}` };
        expect((await Promise.all(both.map((store) => store.askForJob(job)))).sort()).toEqual([false, true]);
      }
    });

    it("wait when they are given back, for as long as is said, and keep why", async () => {
      const store = await opened();
      await ask(store, "a", "b");
      const [a, b] = (await claim(store)) as [ClaimedJob, ClaimedJob];
      expect(await store.giveBackJob(a, { ...failed, waitMs: 60_000 })).toBe(true);
      expect(await store.giveBackJob(b, { ...failed, attempts: 0, lastError: undefined })).toBe(true);
      expect(await alive(store)).toMatchObject([
        { key: "a", state: "waiting", attempts: 1, lastError: "it failed" },
        { key: "b", state: "waiting", attempts: 0 },
      ]);
      expect((await alive(store))[1]).not.toHaveProperty("lastError");
      const again = await claimOne(store);
      expect(again).toMatchObject({ key: "b", attempts: 1 });
      expect(await claim(store)).toEqual([]);
    });

    it("wait for no longer than anybody may be made to wait, also where the clock was set back", async () => {
      const store = await opened();
      await ask(store, "a");
      await store.giveBackJob(await claimOne(store), { ...failed, waitMs: 100 * LONGEST_WAIT_MS });
      await waitFor(LONGEST_WAIT_MS - 60_000);
      expect(await claim(store)).toEqual([]);
      await waitFor(LONGEST_WAIT_MS + 60_000);
      expect(await claimOne(store, 100 * LONGEST_WAIT_MS)).toMatchObject({ key: "a", attempts: 2 });
      expect(await claim(store)).toEqual([]);
    });

    it("run once more where they are asked for while they run", async () => {
      const store = await opened();
      await ask(store, "a");
      const first = await claimOne(store, 50);
      expect(await store.askForJob(first)).toBe(false);
      expect(await store.finishJob(first)).toBe(false);
      expect(await claim(store)).toEqual([]);
      await delay(80);
      expect(await store.finishJob(await claimOne(store))).toBe(true);
      expect(await store.askForJob(first)).toBe(true);
    });

    it("are attempted by nobody when they are dead, until they are replayed", async () => {
      const { store, reopen } = await open();
      await ask(store, "a", "b", "c");
      for (const claimed of await claim(store, 2)) {
        const outcome = { attempts: 7, waitMs: 0, lastError: `${claimed.key} failed`, isDead: true };
        expect(await store.giveBackJob(claimed, outcome)).toBe(true);
      }
      expect(keys(await claim(store))).toEqual(["c"]);
      await ask(store, "a");
      expect(await claim(store)).toEqual([]);
      expect(await store.replayJob({ kind: KIND, key: "c" })).toBe(false);
      expect(await store.replayJob({ kind: KIND, key: "unknown" })).toBe(false);
      await store.close();
      const again = await reopen();
      expect(await dead(again)).toMatchObject([
        { kind: KIND, key: "a", state: "dead", attempts: 7, lastError: "a failed" },
        { kind: KIND, key: "b", state: "dead", attempts: 7, lastError: "b failed" },
      ]);
      expect(await again.replayJob({ kind: KIND, key: "a" })).toBe(true);
      expect(await again.replayJob({ kind: KIND, key: "a" })).toBe(false);
      expect(keys(await dead(again))).toEqual(["b"]);
      expect(await claimOne(again)).toMatchObject({ key: "a", attempts: 1 });
    });

    it("are neither attempted nor asked for again when they were dropped, until they are replayed", async () => {
      const store = await opened();
      await ask(store, "a", "b");
      expect(await store.dropJob({ kind: KIND, key: "a" })).toBe(false);
      await store.giveBackJob(await claimOne(store), { ...failed, isDead: true });
      expect(await store.dropJob({ kind: KIND, key: "a" })).toBe(true);
      expect(await store.dropJob({ kind: KIND, key: "a" })).toBe(false);
      expect(await store.askForJob({ kind: KIND, key: "a" })).toBe(false);
      expect(keys(await claim(store))).toEqual(["b"]);
      expect(await dead(store)).toEqual([]);
      const other = { kind: "another", key: "a" };
      await store.askForJob(other);
      const [claimed] = await store.claimJobs({ kind: other.kind, limit: 1, leaseMs: LEASE_MS });
      await store.giveBackJob(claimed as ClaimedJob, { ...failed, isDead: true });
      expect(await store.dropJob(other)).toBe(true);
      expect(await store.countJobs()).toMatchObject([{ kind: KIND, waiting: 0, running: 1, dead: 0 }]);
      expect(await store.listJobs({ fate: "dropped", limit: 9 })).toMatchObject([
        { ...other, state: "dropped", lastError: "it failed" },
        { kind: KIND, key: "a", state: "dropped", lastError: "it failed" },
      ]);
      expect(await store.replayJob({ kind: KIND, key: "a" })).toBe(true);
      expect(await store.listJobs({ fate: "dropped", limit: 9 })).toMatchObject([other]);
      expect(keys(await claim(store))).toEqual(["a"]);
    });

    it("are listed by page, by kind and key", async () => {
      const store = await opened();
      await ask(store, "b", "a");
      await store.askForJob({ kind: "another", key: "z" });
      const page = (after?: { kind: string; key: string }) =>
        store.listJobs({ fate: "open", limit: 2, ...(after && { after }) });
      const first = await page();
      expect(first).toMatchObject([
        { kind: "another", key: "z" },
        { kind: KIND, key: "a" },
      ]);
      expect(await page(first[1])).toMatchObject([{ kind: KIND, key: "b" }]);
      expect(await page({ kind: KIND, key: "b" })).toEqual([]);
    });

    it("are counted by kind, with the age of the oldest that is not dead", async () => {
      const store = await opened();
      await ask(store, "dead");
      await store.giveBackJob(await claimOne(store), { ...failed, isDead: true });
      expect(await store.countJobs()).toEqual([{ kind: KIND, waiting: 0, running: 0, dead: 1, oldestMs: 0 }]);
      await ask(store, "running");
      await claimOne(store);
      await delay(30);
      await ask(store, "waiting", "waiting too");
      await store.askForJob({ kind: "another", key: "z" });
      const [another, example] = await store.countJobs();
      expect(another).toMatchObject({ kind: "another", waiting: 1, running: 0, dead: 0 });
      expect(example).toMatchObject({ kind: KIND, waiting: 2, running: 1, dead: 1 });
      expect(example?.oldestMs).toBeGreaterThanOrEqual(30);
      expect(example?.oldestMs).toBeLessThan(10_000);
    });
  });
}
