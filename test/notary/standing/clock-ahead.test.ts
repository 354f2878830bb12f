/** A notary whose clock was ahead, and how little that is allowed to matter when it is right again. */
import { describe, expect, it } from "@jest/globals";
import { parseConsortium } from "../../../src/core/trust/consortium.js";
import { verifyEvidence } from "../../../src/core/verify/verify-evidence.js";
import type { Principal } from "../../../src/notary/model/model.js";
import { eventually } from "../../story/eventually.js";
import { requestOf, type Running, START_MS, type World, worlds } from "../world.js";

const world = worlds();
const DAY_MS = 86_400_000;
/** Nobody notices a wrong clock: what is looked at is what becomes of what was taken and sealed before it was noticed. */
const UNNOTICED = { clock: { toleranceMs: Number.MAX_SAFE_INTEGER } };
const YEAR_MS = 365 * DAY_MS;
/** What `wallClockMs` gives at the least and at the most. */
const FIRST_MS = 1000;
const LAST_MS = Date.UTC(9999, 11, 1);

/** The nodes' clocks are right; the notary's is off by `offsetMs`, and nobody has noticed it yet. */
async function startWrong(one: World, offset: { ms: number }): Promise<Running> {
  return one.start({
    ports: () => ({ now: () => one.clock.nowMs + offset.ms }),
    settings: UNNOTICED,
  });
}

const deposit = async (running: Running, by: Principal, text: string, chain?: string): Promise<string> =>
  (
    await running.notary.deposit(
      by,
      requestOf(text, chain === undefined ? {} : { chain: chain === "" ? {} : { id: chain } }),
    )
  ).statement.id;

const stateOf = (running: Running, id: string) => running.notary.depositState(id);
const until = (what: string, isSo: () => Promise<boolean>) =>
  eventually(what, async () => ((await isSo()) ? true : undefined), 10_000);
const becomes = (running: Running, id: string, state: string) =>
  until(`${id} is ${state}`, async () => (await stateOf(running, id)).state === state);
const isCosignedBy = (running: Running, id: string, count: number) =>
  until(`${count} have cosigned`, async () => (await stateOf(running, id)).cosigners.length === count);

const isVerified = async (one: World, running: Running, by: Principal, id: string): Promise<boolean> => {
  const evidence = await running.notary.evidence(by, id);
  const { verdict } = verifyEvidence({ evidence, consortium: parseConsortium(one.consortium) });
  return verdict === "verified" || verdict === "incomplete";
};

describe("a batch that was sealed while the clock was ahead", () => {
  it.each([
    ["20 seconds", 20_000],
    ["a day", DAY_MS],
    ["70 years", 70 * YEAR_MS],
    ["as much as formats can write", LAST_MS - START_MS],
  ])("by %s keeps nothing behind it waiting, and says when it will be final", async (_, ms) => {
    const one = world();
    const offset = { ms };
    const running = await startWrong(one, offset);
    const bank = await running.principal("stranger");
    const ahead = await deposit(running, bank, "ahead");
    await isCosignedBy(running, ahead, 5);
    offset.ms = 0;
    const next = await deposit(running, bank, "next");
    await becomes(running, next, "final");
    expect(await isVerified(one, running, bank, next)).toBe(true);
    const waiting = await stateOf(running, ahead);
    expect(waiting).toMatchObject({ state: "sealed" });
    expect(Date.parse(waiting.finalNotBefore as string)).toBe(Date.parse(waiting.sealedAt as string) - 5000);
    expect((await running.notary.status(await running.principal("op", "operator"))).deferred).toEqual({
      batches: 1,
      until: waiting.finalNotBefore,
    });
    await expect(running.notary.evidence(bank, ahead)).rejects.toMatchObject({ code: "not-final" });
  });

  it("becomes final by itself when its time has come, with nobody depositing, and after a restart", async () => {
    const one = world();
    const offset = { ms: DAY_MS };
    let running = await startWrong(one, offset);
    let bank = await running.principal("stranger");
    const ahead = await deposit(running, bank, "ahead");
    await isCosignedBy(running, ahead, 5);
    await running.stop();
    offset.ms = 0;
    running = await startWrong(one, offset);
    bank = await running.principal("stranger");
    const next = await deposit(running, bank, "next");
    await becomes(running, next, "final");
    expect((await stateOf(running, ahead)).state).toBe("sealed");
    one.clock.nowMs += DAY_MS;
    await becomes(running, ahead, "final");
    expect(await isVerified(one, running, bank, ahead)).toBe(true);
    expect(await isVerified(one, running, bank, next)).toBe(true);
    expect((await running.notary.certificate(bank, ahead, { language: "zh" })).pdf.length).toBeGreaterThan(0);
    const operator = await running.principal("op", "operator");
    await eventually("none is deferred", async () =>
      (await running.notary.status(operator)).deferred.batches === 0 ? true : undefined,
    );
  });

  it("is deferred in its chain too, and the links behind it are final", async () => {
    const one = world();
    const offset = { ms: DAY_MS };
    const running = await startWrong(one, offset);
    const bank = await running.principal("stranger");
    const ahead = await running.notary.deposit(bank, requestOf("1", { chain: {} }));
    const chain = ahead.statement.chain?.id as string;
    await becomes(running, ahead.statement.id, "sealed");
    offset.ms = 0;
    await becomes(running, await deposit(running, bank, "2", chain), "final");
    const { links } = await running.notary.chain(bank, chain);
    expect(links.map(({ state }) => state)).toEqual(["sealed", "final"]);
  });

  it("leaves those that came with the right clock out, though they are sealed at once with it", async () => {
    const one = world();
    const offset = { ms: 0 };
    const running = await one.start({
      ports: () => ({ now: () => one.clock.nowMs + offset.ms }),
      settings: { ...UNNOTICED, sealing: { afterMs: 60_000, promiseMs: 10_000, maxBatchSize: 5 } },
    });
    const bank = await running.principal("stranger");
    const ids: string[] = [];
    for (const ms of [0, DAY_MS, 10 * YEAR_MS, 500, 0]) {
      offset.ms = ms;
      if (ids.length === 4) offset.ms = 0;
      ids.push(await deposit(running, bank, `${ids.length}`));
    }
    for (const i of [0, 3, 4]) await becomes(running, ids[i] as string, "final");
    for (const i of [1, 2]) await becomes(running, ids[i] as string, "sealed");
    one.clock.nowMs += DAY_MS;
    await becomes(running, ids[1] as string, "final");
    expect((await stateOf(running, ids[2] as string)).state).toBe("sealed");
    for (const i of [0, 1, 3, 4]) expect(await isVerified(one, running, bank, ids[i] as string)).toBe(true);
  });

  it("does not hold the ledger up where nodes are away that could still cosign it", async () => {
    const one = world();
    const offset = { ms: DAY_MS };
    const running = await startWrong(one, offset);
    const bank = await running.principal("stranger");
    for (const name of ["bank-b", "arbitration"] as const) one.witness(name).failure = new Error("away");
    const ahead = await deposit(running, bank, "ahead");
    await isCosignedBy(running, ahead, 3);
    offset.ms = 0;
    await becomes(running, await deposit(running, bank, "next"), "final");
  });
});

describe("a batch that was sealed while the clock was behind", () => {
  it("by as much as formats can write is final at once, as any other", async () => {
    const one = world();
    const offset = { ms: FIRST_MS - START_MS };
    const running = await startWrong(one, offset);
    const bank = await running.principal("stranger");
    const behind = await deposit(running, bank, "behind");
    await becomes(running, behind, "final");
    expect((await stateOf(running, behind)).receivedAt).toBe("1970-01-01T00:00:01.000Z");
    offset.ms = 0;
    await becomes(running, await deposit(running, bank, "next"), "final");
    expect(await isVerified(one, running, bank, behind)).toBe(true);
    expect((await running.notary.certificate(bank, behind, { language: "zh" })).pdf.length).toBeGreaterThan(
      0,
    );
  });
});

describe("a clock that is set back", () => {
  it("between receipt and sealing delays no deposit", async () => {
    const one = world();
    const offset = { ms: 0 };
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    let isAsked = false;
    const running = await one.start({
      ports: (ports) => ({
        now: () => one.clock.nowMs + offset.ms,
        store: {
          ...ports.store,
          record: async (scope, decide) => {
            isAsked = true;
            await gate;
            return ports.store.record(scope, decide);
          },
        },
      }),
      settings: { ...UNNOTICED, sealing: { afterMs: 50, promiseMs: 10_000, maxBatchSize: 8192 } },
    });
    const bank = await running.principal("stranger");
    const depositing = deposit(running, bank, "one");
    await until("it is being stored", () => Promise.resolve(isAsked));
    offset.ms = -DAY_MS;
    release();
    const id = await depositing;
    await until("it is sealed", async () => (await stateOf(running, id)).state !== "received");
  });
});
