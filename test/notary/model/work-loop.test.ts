import { afterEach, expect, it } from "@jest/globals";
import { startWorkLoop, type WorkLoop, type WorkLoopSettings } from "../../../src/notary/model/work-loop.js";
import { eventually } from "../../story/eventually.js";

const loops: WorkLoop[] = [];
afterEach(async () => {
  for (const loop of loops.splice(0)) await loop.close();
});

function start(settings: Partial<WorkLoopSettings> & Pick<WorkLoopSettings, "look">): WorkLoop {
  const loop = startWorkLoop({ backoff: { firstMs: 1, longestMs: 4 }, tell: () => undefined, ...settings });
  loops.push(loop);
  return loop;
}
/** Resolves when the expectation holds. */
const soon = (check: () => void) =>
  eventually("the expectation", () => {
    try {
      check();
      return true;
    } catch {
      return undefined;
    }
  });

it("looks at once, and then when it is rung", async () => {
  let looks = 0;
  const loop = start({ look: async () => void (looks += 1) });
  await soon(() => expect(looks).toBe(1));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(looks).toBe(1);
  loop.ring();
  await soon(() => expect(looks).toBe(2));
});

it("remembers a ring that comes while it looks, and looks once more, never twice at a time", async () => {
  let [looks, under, most] = [0, 0, 0];
  let go: () => void = () => undefined;
  const loop = start({
    look: async () => {
      looks += 1;
      most = Math.max(most, (under += 1));
      await new Promise<void>((resolve) => (go = resolve));
      under -= 1;
    },
  });
  await soon(() => expect(looks).toBe(1));
  loop.ring();
  loop.ring();
  go();
  await soon(() => expect(looks).toBe(2));
  go();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([looks, most]).toEqual([2, 1]);
  go();
});

it("looks without a ring at its interval, and when a look has asked for it", async () => {
  let looks = 0;
  start({ look: async () => void (looks += 1), everyMs: 2 });
  await soon(() => expect(looks).toBeGreaterThan(3));
  let asked = 0;
  start({ look: async () => ((asked += 1) < 5 ? { againAfterMs: 0 } : undefined) });
  await soon(() => expect(asked).toBe(5));
});

it("rests after a failure although it is rung, tells the first of a row, and tells its end", async () => {
  const told: string[] = [];
  let looks = 0;
  const loop = start({
    look: async () => {
      looks += 1;
      if (looks < 4) throw new Error(`failure ${looks}`);
    },
    backoff: { firstMs: 200, longestMs: 200 },
    tell: (error, { failures }) => told.push(`${(error as Error).message} (${failures})`),
    tellEnd: ({ failures }) => told.push(`ended after ${failures}`),
  });
  await soon(() => expect(loop.failures()).toBe(1));
  for (let i = 0; i < 5; i++) loop.ring();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(looks).toBe(1);
  await soon(() => expect(looks).toBe(4));
  await soon(() => expect(told).toEqual(["failure 1 (1)", "ended after 3"]));
  expect(loop.failures()).toBe(0);
});

it("tells a failure that lasts once a minute", async () => {
  const told: number[] = [];
  let [nowMs, looks] = [0, 0];
  start({
    look: async () => {
      looks += 1;
      nowMs += 10_000;
      throw new Error("still");
    },
    monotonicMs: () => nowMs,
    tell: (_, { forMs }) => told.push(forMs),
  });
  await soon(() => expect(looks).toBeGreaterThan(14));
  expect(told.slice(0, 3)).toEqual([0, 60_000, 120_000]);
});

it("keeps counting over a look that settles nothing", async () => {
  let looks = 0;
  const loop = start({
    look: async () => {
      looks += 1;
      if (looks === 1) throw new Error("failure");
      return { isUnsettled: true };
    },
  });
  await soon(() => expect(looks).toBe(2));
  expect(loop.failures()).toBe(1);
});

it("ends a rest when it is closed, and looks no more", async () => {
  let looks = 0;
  const loop = start({
    look: async () => {
      looks += 1;
      throw new Error("failure");
    },
    backoff: { firstMs: 60_000, longestMs: 60_000 },
  });
  await soon(() => expect(loop.failures()).toBe(1));
  await loop.close();
  loop.ring();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(looks).toBe(1);
});
