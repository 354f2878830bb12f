/** Real leases in a real store; the processes are three holders of this one. */
import { join } from "node:path";
import { afterEach, expect, it } from "@jest/globals";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.js";
import type { Lease, LeaseStore } from "../../../src/notary/ports/leases.js";
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
  let most = 0;
  const hold = (holder: string, over: LeaseStore = store): Holder => {
    const holding = holdLease(
      { store: over, log: quiet },
      {
        ...{ name: "worker", holder, address: `/${holder}` },
        lead: async () => {
          leading.add(holder);
          most = Math.max(most, leading.size);
          return { close: async () => void leading.delete(holder) };
        },
      },
    );
    ended.push(() => holding.close());
    return { ...holding, isLeading: () => leading.has(holder) };
  };
  return { store, leading, most: () => most, hold };
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
