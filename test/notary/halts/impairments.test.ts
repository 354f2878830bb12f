/** That readiness, status and what deposits meet say the same, whatever is wrong. */
import { describe, expect, it } from "@jest/globals";
import type { ImpairmentCode } from "../../../src/notary/model/model.js";
import { LOCAL_OPERATOR } from "../../../src/notary/model/model.js";
import { watchStorage } from "../../../src/notary/halts/watch-storage.js";
import { eventually } from "../../story/eventually.js";
import { requestOf, type Running, worlds } from "../world.js";

const world = worlds();
const until = (isSo: () => Promise<boolean>) =>
  eventually("it is so", async () => ((await isSo()) ? true : undefined), 20_000);
const MIB = 1024 * 1024;

/** Of both, which must agree. */
async function impaired({ notary }: Running): Promise<readonly ImpairmentCode[]> {
  const [ready, status] = [await notary.readiness(), await notary.status(LOCAL_OPERATOR)];
  expect(ready.impairments.map(({ code }) => code)).toEqual(status.impairments.map(({ code }) => code));
  expect(ready.halts.map(({ code }) => code)).toEqual(status.halts?.map(({ code }) => code));
  expect(ready.isFull).toBe(status.storage.isFull);
  return ready.impairments.map(({ code }) => code);
}

describe("a notary says", () => {
  it("nothing where all is well", async () => {
    const running = await world().start();
    await until(async () => (await impaired(running)).length === 0);
  });

  it("that there is no room, for deposits or for originals alone", async () => {
    const free = { data: 100, originals: 100 };
    const running = await world().start({
      ports: () => ({ freeBytes: async (of) => free[of] }),
      settings: { minFreeBytes: 50 },
    });
    await until(async () => (await impaired(running)).length === 0);
    free.originals = 10;
    expect(await impaired(running)).toEqual(["storage-full"]);
    expect((await running.notary.readiness()).isFull).toBe(false);
    const bank = await running.principal("stranger");
    await running.notary.deposit(bank, requestOf("without its original"));
    const keep = { keep: true, maxBytes: 100 };
    await expect(running.notary.stageOriginal([Buffer.from("x")], keep)).rejects.toMatchObject({
      code: "storage-full",
    });
    free.data = 10;
    expect((await running.notary.readiness()).isFull).toBe(true);
    await expect(running.notary.deposit(bank, requestOf("more"))).rejects.toMatchObject({
      code: "storage-full",
    });
    Object.assign(free, { data: 100, originals: 100 });
    expect(await impaired(running)).toEqual([]);
  });

  it("that finality stopped, while deposits are taken, and that it goes on", async () => {
    const one = world();
    const running = await one.start();
    const dead = ["court-east", "court-west"] as const;
    for (const name of dead) one.witness(name).failure = new Error("ECONNREFUSED");
    const bank = await running.principal("stranger");
    const { statement } = await running.notary.deposit(bank, requestOf("waits"));
    await until(async () => (await running.notary.status(LOCAL_OPERATOR)).ledgerSize > 0);
    one.clock.nowMs += 61_000;
    await until(async () => (await impaired(running)).includes("finality-stopped"));
    await running.notary.deposit(bank, requestOf("is taken"));
    for (const name of dead) one.witness(name).failure = undefined;
    await running.notary.waitForFinality(statement.id, 20_000);
    await until(async () => !(await impaired(running)).includes("finality-stopped"));
  });

  it("that nodes are awaited before anything is signed", async () => {
    const one = world();
    for (const name of ["court-east", "court-west", "bank-a"] as const)
      one.witness(name).failure = new Error("ECONNREFUSED");
    const running = await one.start();
    expect(await impaired(running)).toContain("nodes-awaited");
  });

  it("that a thread died and has done nothing since, that the queue is away, and that nothing can be sealed", async () => {
    const failing: ("certificates" | "verifier" | "queue")[] = [];
    let isBroken = false;
    const running = await world().start({
      ports: ({ store }) => ({
        failingWorkers: () => failing,
        store: {
          ...store,
          sealBatch: async (batch) => {
            if (isBroken) throw new Error("disk I/O error");
            return store.sealBatch(batch);
          },
        },
      }),
    });
    await until(async () => (await impaired(running)).length === 0);
    failing.push("queue", "verifier", "certificates");
    expect(await impaired(running)).toEqual(["certificates-failing", "verifier-failing", "queue-away"]);
    failing.splice(0);
    isBroken = true;
    await running.notary.deposit(await running.principal("stranger"), requestOf("can't be sealed"));
    await until(async () => (await impaired(running)).includes("sealing-failing"));
    isBroken = false;
    await until(async () => (await impaired(running)).length === 0);
  });
});

describe("room that seemed to be there and was not", () => {
  const state = { nowMs: 0, free: 10 * MIB };
  const watch = watchStorage({ freeBytes: async () => state.free, monotonicMs: () => state.nowMs }, 0);
  const isFull = async () => (await watch.standing()).isFull;

  it("is believed to be none until a write succeeds, some is made, or a minute is over", async () => {
    expect(await isFull()).toBe(false);
    await watch.noteRefused();
    expect(await isFull()).toBe(true);
    watch.noteWritten();
    expect(await isFull()).toBe(false);
    await watch.noteRefused();
    state.free += MIB - 1;
    expect(await isFull()).toBe(true);
    state.free += 1;
    expect(await isFull()).toBe(false);
    await watch.noteRefused();
    state.nowMs += 59_999;
    expect(await isFull()).toBe(true);
    state.nowMs += 1;
    expect(await isFull()).toBe(false);
  });
});
