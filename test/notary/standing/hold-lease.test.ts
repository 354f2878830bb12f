/** Real leases in a real store; the processes are three holders of this one. */
import { join } from "node:path";
import { afterEach, expect, it } from "@jest/globals";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.js";
import type { Lease, LeaseStore } from "../../../src/notary/ports/work.js";
import { holdLease, type LeaseHolding } from "../../../src/notary/standing/hold-lease.js";
import { eventually } from "../../story/eventually.js";
import { temporaryFolders } from "../../temporary-folder.js";

const temporaryFolder = temporaryFolders();
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const ended: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

interface Holder extends LeaseHolding {
  isLeading(): boolean;
}

function world() {
  const store = openSqliteStore(join(temporaryFolder(), "notary.db"));
  ended.push(() => store.close());
  const leading = new Set<string>();
  let [most, begun] = [0, 0];
  const hold = (holder: string, over: LeaseStore = store): Holder => {
    const holding = holdLease(
      { store: over, log: quiet },
      {
        ...{ name: "worker", holder, address: `/${holder}` },
        lead: async () => {
          leading.add(holder);
          begun += 1;
          most = Math.max(most, leading.size);
          return { close: async () => void leading.delete(holder) };
        },
      },
    );
    ended.push(() => holding.close());
    return { ...holding, isLeading: () => leading.has(holder) };
  };
  return { store, leading, most: () => most, begun: () => begun, hold };
}

const leads = (holding: Holder) => eventually("it leads", () => (holding.isLeading() ? true : undefined));

it("is held by one of several, and by the next at once where the first ends by itself", async () => {
  const { hold, most, store } = world();
  const first = hold("a");
  await leads(first);
  const second = hold("b");
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect(second.isLeading()).toBe(false);
  const begunMs = performance.now();
  await first.close();
  await leads(second);
  expect(performance.now() - begunMs).toBeLessThan(2500);
  expect((await store.findLease("worker"))?.address).toBe("/b");
  expect(most()).toBe(1);
});

it("is taken from one that beats no more, who finds that out when it goes on", async () => {
  const { hold, store, leading } = world();
  // Its process is stopped: nothing of it reaches the store, until it goes on.
  let isStopped = false;
  let goOn: () => void = () => undefined;
  const stoppable: LeaseStore = {
    findLease: (name) => store.findLease(name),
    endLease: (name, holder) => store.endLease(name, holder),
    swapLease: async (name, previous: Lease | undefined, next) => {
      if (isStopped) await new Promise<void>((resolve) => (goOn = resolve));
      return store.swapLease(name, previous, next);
    },
  };
  const first = hold("a", stoppable);
  await leads(first);
  isStopped = true;
  const second = hold("b");
  await leads(second);
  expect((await store.findLease("worker"))?.holder).toBe("b");
  isStopped = false;
  goOn();
  await eventually("the first leads no more", () => (first.isLeading() ? undefined : true));
  expect([...leading]).toEqual(["b"]);
  await first.close();
  // It has ended nothing of the second's.
  expect((await store.findLease("worker"))?.holder).toBe("b");
});

it("left by a process that was killed is taken, whatever any clock says", async () => {
  const { hold, store } = world();
  await store.swapLease("worker", undefined, { holder: "gone", beat: 7, address: "/gone" });
  const begunMs = performance.now();
  const holding = hold("a");
  await leads(holding);
  expect(performance.now() - begunMs).toBeGreaterThan(2900);
  expect((await store.findLease("worker"))?.beat).toBeGreaterThan(7);
});

it("is given back by one that can't lead", async () => {
  const { store, hold } = world();
  const broken = holdLease(
    { store, log: quiet },
    {
      ...{ name: "worker", holder: "broken", address: "" },
      lead: () => Promise.reject(new Error("no key")),
    },
  );
  ended.push(() => broken.close());
  await new Promise((resolve) => setTimeout(resolve, 200));
  const holding = hold("a");
  await leads(holding);
});

it("is kept where a beat was stored and its answer lost", async () => {
  const { hold, store, begun } = world();
  let isLost = false;
  const lossy: LeaseStore = {
    ...store,
    swapLease: async (...swap) => {
      const isSwapped = await store.swapLease(...swap);
      if (!isLost) return isSwapped;
      isLost = false;
      throw new Error("the answer is lost");
    },
  };
  const first = hold("a", lossy);
  await leads(first);
  const before = (await store.findLease("worker"))?.beat ?? 0;
  isLost = true;
  await eventually("it beats on", async () =>
    ((await store.findLease("worker"))?.beat ?? 0) > before + 2 ? true : undefined,
  );
  expect([first.isLeading(), begun()]).toEqual([true, 1]);
});

it("is not taken by one that finds a beat standing still since the store did not answer", async () => {
  const { hold, store, begun } = world();
  // Nobody reaches the store for a while: each call waits, as it does while a primary is elected.
  let [elected, isReading] = [Promise.resolve(), true];
  const reachedAfter = (ms: number): LeaseStore => ({
    findLease: async (name) => {
      if (!isReading) await elected;
      return store.findLease(name);
    },
    swapLease: async (...swap) => {
      await elected;
      await new Promise((resolve) => setTimeout(resolve, ms));
      return store.swapLease(...swap);
    },
    endLease: (name, holder) => store.endLease(name, holder),
  });
  // The leader is not the first to be answered.
  const first = hold("a", reachedAfter(50));
  await leads(first);
  const second = hold("b", reachedAfter(0));
  await new Promise((resolve) => setTimeout(resolve, 1200));
  elected = new Promise((resolve) => setTimeout(resolve, 4000));
  // The last beat is seen, and then nothing.
  await new Promise((resolve) => setTimeout(resolve, 700));
  isReading = false;
  await elected;
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect([first.isLeading(), second.isLeading(), begun()]).toEqual([true, false, 1]);
}, 15_000);
