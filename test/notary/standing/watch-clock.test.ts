/** The clock, watched: when a notary takes and seals nothing, who can bring that about, and that it goes on by itself. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { boundsBy, judgeByServers, stateBy } from "../../../src/notary/halts/judge-clock.js";
import { LOCAL_OPERATOR } from "../../../src/notary/model/model.js";
import type { TimeReading, TimeServers } from "../../../src/notary/ports/host.js";
import { Refusal } from "../../../src/notary/model/refusal.js";
import { eventually } from "../../story/eventually.js";
import {
  requestOf,
  type Running,
  START_MS,
  type WitnessName,
  type World,
  WITNESSES,
  worlds,
} from "../world.js";

const world = worlds();
const DAY_MS = 86_400_000;

interface Wrong {
  /** Of the notary's clock. */
  ms: number;
}

/** `serversAhead`: by how much each time server is ahead of true time; null: it does not answer. */
function start(one: World, wrong: Wrong, serversAhead?: (number | null)[]): Promise<Running> {
  const timeServers: TimeServers | undefined = serversAhead && {
    names: serversAhead.map((_, i) => `server-${i}`),
    ask: () => Promise.resolve(serversAhead.map((ms) => (ms === null ? undefined : readingOf(one, ms)))),
  };
  return one.start({
    ports: () => ({ now: () => one.clock.nowMs + wrong.ms, ...(timeServers && { timeServers }) }),
  });
}

/** In a world time passes as everybody's clock does. */
const readingOf = (one: World, aheadMs: number): TimeReading => ({
  lowMs: START_MS + aheadMs - 5,
  highMs: START_MS + aheadMs + 5,
  atMs: one.clock.nowMs - START_MS,
});

async function answerOf(running: Running): Promise<string> {
  const bank = await running.principal("stranger");
  try {
    return (await running.notary.deposit(bank, requestOf("x"))).statement.id;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

const until = (what: string, isSo: () => Promise<boolean> | boolean) =>
  eventually(what, async () => ((await isSo()) ? true : undefined), 15_000);
const isFinal = (running: Running, id: string) =>
  until(`${id} is final`, async () => (await running.notary.depositState(id)).state === "final");
const clockOf = async (running: Running) => (await running.notary.status(LOCAL_OPERATOR)).clock;

describe("a notary whose clock is wrong by the nodes", () => {
  it.each([
    ["20 seconds ahead", 20_000, "ahead"],
    ["a day ahead", DAY_MS, "ahead"],
    ["seven thousand years ahead", 7000 * 365 * DAY_MS, "ahead"],
    ["20 seconds behind", -20_000, "behind"],
    ["a day behind", -DAY_MS, "behind"],
    ["in the year 1970", 2000 - START_MS, "behind"],
  ])(
    "%s takes and seals nothing from its very first deposit on, and goes on by itself",
    async (_, ms, state) => {
      const one = world();
      const wrong = { ms };
      const running = await start(one, wrong);
      expect(await answerOf(running)).toBe("clock-wrong");
      expect(running.notary.halts()).toMatchObject([{ code: "clock-wrong", stops: ["deposits", "signing"] }]);
      const clock = await clockOf(running);
      expect(clock).toMatchObject({ state, by: "nodes" });
      expect(Math.abs((clock?.aheadSeconds as number) - ms / 1000)).toBeLessThan(2);
      expect(one.logged.filter(({ message }) => message === "halted")).toHaveLength(1);
      // Nobody is asked again: what the nodes said judges the clock as it is now.
      wrong.ms = 0;
      const id = await answerOf(running);
      await isFinal(running, id);
      expect(running.notary.halts()).toEqual([]);
      expect(await clockOf(running)).toMatchObject({ state: "right", by: "nodes" });
    },
  );

  it("seals nothing that it took before, until the clock is right, and then all of it", async () => {
    const one = world();
    const wrong = { ms: 0 };
    const running = await one.start({
      ports: () => ({ now: () => one.clock.nowMs + wrong.ms }),
      settings: { sealing: { afterMs: 60_000, promiseMs: 60_000, maxBatchSize: 2 } },
    });
    const bank = await running.principal("stranger");
    const first = (await running.notary.deposit(bank, requestOf("first"))).statement.id;
    await isFinal(running, (await running.notary.deposit(bank, requestOf("second"))).statement.id);
    const waiting = (await running.notary.deposit(bank, requestOf("third"))).statement.id;
    wrong.ms = DAY_MS;
    for (let i = 0; i < 3; i++) expect(await answerOf(running)).toBe("clock-wrong");
    expect((await running.notary.depositState(waiting)).state).toBe("received");
    wrong.ms = 0;
    const after = [await answerOf(running), await answerOf(running)];
    for (const id of [first, waiting, ...after]) await isFinal(running, id);
    for (const id of [first, waiting]) await running.notary.evidence(bank, id);
  });

  it("issues no certificate, and hands out those that it has", async () => {
    const one = world();
    const wrong = { ms: 0 };
    const running = await start(one, wrong);
    const bank = await running.principal("stranger");
    const id = await answerOf(running);
    await isFinal(running, id);
    const issued = await running.notary.certificate(bank, id, { language: "zh" });
    wrong.ms = DAY_MS;
    await expect(running.notary.certificate(bank, id, { language: "en" })).rejects.toMatchObject({
      code: "clock-wrong",
    });
    expect(await running.notary.certificate(bank, id, { language: "zh" })).toEqual(issued);
  });

  it("is noticed where nobody deposits", async () => {
    const one = world();
    const wrong = { ms: 0 };
    await start(one, wrong);
    wrong.ms = -DAY_MS;
    await until("it is told", () => one.logged.some(({ message }) => message === "halted"));
    wrong.ms = 0;
    await until("its end is told", () =>
      one.logged.some(({ message }) => message === "goes on after a halt"),
    );
    expect(
      one.logged.filter(({ message }) => message.startsWith("this machine's clock was set")),
    ).toHaveLength(2);
  });

  it("within what is tolerated is let be", async () => {
    const one = world();
    for (const ms of [3000, -3000]) {
      const running = await start(one, { ms });
      await isFinal(running, await answerOf(running));
      await running.stop();
    }
  });
});

describe("who can stop a notary", () => {
  it.each<[string, WitnessName[]]>([
    ["one node", ["court-east"]],
    ["two of five nodes, of which three make a quorum", ["court-east", "bank-a"]],
    ["three that are no quorum for want of a court", ["bank-a", "bank-b", "arbitration"]],
  ])("not %s with clocks of their own", async (_, liars) => {
    for (const offset of [DAY_MS, -DAY_MS]) {
      const one = world();
      for (const name of liars) one.witness(name).clockOffsetMs = offset;
      const running = await start(one, { ms: 0 });
      expect(await answerOf(running)).not.toBe("clock-wrong");
      expect(running.notary.halts()).toEqual([]);
    }
  });

  it("not the lie of a few while the clock is wrong: it stays stopped", async () => {
    const one = world();
    for (const name of ["court-east", "bank-a"] as const) one.witness(name).clockOffsetMs = DAY_MS;
    const running = await start(one, { ms: DAY_MS });
    expect(await answerOf(running)).toBe("clock-wrong");
  });

  it("not one time server, be it the only one: then the nodes decide", async () => {
    for (const servers of [
      [DAY_MS],
      [0, DAY_MS],
      [0, 0, -DAY_MS],
      [null, null, DAY_MS],
      [DAY_MS, DAY_MS, 0, 0],
    ]) {
      const running = await start(world(), { ms: 0 }, servers);
      expect([servers, await clockOf(running)]).toMatchObject([servers, { state: "right" }]);
      expect(await answerOf(running)).not.toBe("clock-wrong");
    }
  });

  it("more than half of the time servers, and the nodes are not asked", async () => {
    const one = world();
    const running = await start(one, { ms: DAY_MS }, [0, 0, DAY_MS]);
    expect(await answerOf(running)).toBe("clock-wrong");
    expect(await clockOf(running)).toMatchObject({
      state: "ahead",
      by: "time-servers",
      aheadSeconds: 86_400,
    });
    expect((await running.notary.status(LOCAL_OPERATOR)).clockOffsetMs).toBe(DAY_MS);
  });

  it("nobody who does not answer: it goes on, and says that nobody can say", async () => {
    const one = world();
    for (const name of WITNESSES) one.witness(name).failure = new Error("away");
    const running = await start(one, { ms: DAY_MS }, [null, null, null]);
    expect(await clockOf(running)).toEqual({ state: "unknown", by: null });
    expect(await answerOf(running)).not.toBe("clock-wrong");
    for (const name of WITNESSES) one.witness(name).failure = undefined;
    // As soon as they answer they are heard.
    one.clock.nowMs += 61_000;
    await until("it is halted", () => running.notary.halts().length > 0);
  });
});

describe("the offset by time servers", () => {
  it("follows a clock that is set, between two questions", async () => {
    const one = world();
    const wrong = { ms: 0 };
    const running = await start(one, wrong, [10, 20, 600]);
    const offset = async () => (await running.notary.status(LOCAL_OPERATOR)).clockOffsetMs;
    expect(await offset()).toBe(-20);
    wrong.ms = 700;
    expect(await offset()).toBe(680);
    one.clock.nowMs += 3_600_001;
    expect([null, 680]).toContain(await offset());
  });
});

describe("one voice", () => {
  const TOLERANCE_MS = 5000;
  const reading = fc.record({
    trueMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    offsetMs: fc.integer({ min: -20_000, max: 20_000 }),
    thereMs: fc.integer({ min: 0, max: 3000 }),
    backMs: fc.integer({ min: 0, max: 3000 }),
  });
  /** A node that is right, asked over such a way: it cuts off the second. */
  const boundsOf = ({
    trueMs,
    offsetMs,
    thereMs,
    backMs,
  }: typeof reading extends fc.Arbitrary<infer T> ? T : never) => {
    const second = Math.floor((trueMs + thereMs) / 1000) * 1000;
    const [askedMs, answeredMs] = [50_000, 50_000 + thereMs + backMs];
    const said = { lowMs: second - answeredMs, highMs: second + 1000 - askedMs, atMs: answeredMs };
    const nowMs = trueMs + thereMs + backMs + offsetMs;
    return boundsBy(said, { nowMs, monotonicMs: answeredMs });
  };

  it("never calls a clock wrong that is not, however long the way and wherever the second ends", () => {
    fc.assert(
      fc.property(reading, (one) => {
        const bounds = boundsOf(one);
        expect(bounds.lowMs).toBeLessThanOrEqual(one.offsetMs);
        expect(bounds.highMs).toBeGreaterThanOrEqual(one.offsetMs);
        if (Math.abs(one.offsetMs) <= TOLERANCE_MS) expect(stateBy(bounds, TOLERANCE_MS)).toBe("right");
        const surely = TOLERANCE_MS + 1000 + one.thereMs + one.backMs;
        if (one.offsetMs > surely) expect(stateBy(bounds, TOLERANCE_MS)).toBe("ahead");
        if (one.offsetMs < -surely) expect(stateBy(bounds, TOLERANCE_MS)).toBe("behind");
      }),
    );
  });

  it("says less the longer ago it was", () => {
    const said = { lowMs: 0, highMs: 0, atMs: 0 };
    expect(stateBy(boundsBy(said, { nowMs: 6000, monotonicMs: 0 }), TOLERANCE_MS)).toBe("ahead");
    const day = { nowMs: DAY_MS + 6000, monotonicMs: DAY_MS };
    expect(stateBy(boundsBy(said, day), TOLERANCE_MS)).toBe("right");
    expect(stateBy(boundsBy(said, { ...day, nowMs: 2 * DAY_MS }), TOLERANCE_MS)).toBe("ahead");
  });

  it("of time servers decides nothing alone", () => {
    expect(judgeByServers(["ahead"], 1)).toBe("unknown");
    expect(judgeByServers(["ahead", "ahead"], 2)).toBe("ahead");
    expect(judgeByServers(["ahead", "ahead"], 3)).toBe("ahead");
    expect(judgeByServers(["ahead", "ahead"], 4)).toBe("unknown");
    expect(judgeByServers([], 0)).toBe("unknown");
  });
});
