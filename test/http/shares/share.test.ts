/** What one caller may have, and what is left for the next. */
import { describe, expect, it } from "@jest/globals";
import type { Caller } from "../../../src/http/shares/caller.js";
import { createFairLine } from "../../../src/http/shares/fair-line.js";
import { patienceMs } from "../../../src/http/shares/patience.js";
import { createRate } from "../../../src/http/shares/rate.js";
import { createShare } from "../../../src/http/shares/share.js";
import { createSharedAnswers } from "../../../src/http/shares/shared-answers.js";

const caller = (organisation: string, keyId = `${organisation}-key`): Caller => ({
  address: "192.0.2.1",
  principal: { organisation: { id: organisation, name: organisation }, role: "depositor", keyId },
});
const stranger = (address: string): Caller => ({ address });
const told = (deed: () => unknown): object => {
  try {
    deed();
    return { code: "taken" };
  } catch (error) {
    return error as object;
  }
};

describe("a share", () => {
  it("is half of all for one caller, a third for each of two, and leaves a place to a newcomer", () => {
    const share = createShare("uploads", { total: 12 }, "concurrent-requests");
    const takeAll = (who: Caller) => {
      for (let i = 0; i < 20; i += 1) told(() => share.take(who));
    };
    takeAll(caller("a"));
    expect(share.standing()).toMatchObject({ taken: 6, largest: 6 });
    takeAll(caller("b"));
    expect(share.standing().taken).toBe(9);
    takeAll(caller("c"));
    expect(told(() => share.take(caller("d")))).toEqual({ code: "taken" });
  });

  it("is a key's, an organisation's and a stranger's address', each with its limit; what is given back is there again", () => {
    const limits = { total: 100, perKey: 2, perOrganisation: 3, perAddress: 1 };
    const share = createShare("uploads", limits, "concurrent-requests");
    const release = share.take(caller("a", "1"));
    share.take(caller("a", "1"));
    expect(told(() => share.take(caller("a", "1")))).toMatchObject({
      code: "quota-exceeded",
      detail: { want: "at most 2 at one time", retryAfterSeconds: 1 },
      headers: {
        "RateLimit-Policy":
          '"uploads-key";q=2;qu="concurrent-requests", "uploads-organisation";q=3;qu="concurrent-requests"',
        RateLimit: '"uploads-key";r=0;t=1, "uploads-organisation";r=1;t=1',
      },
    });
    share.take(caller("a", "2"));
    expect(told(() => share.take(caller("a", "3")))).toMatchObject({ code: "quota-exceeded" });
    share.take(stranger("192.0.2.1"));
    expect(told(() => share.take(stranger("192.0.2.1")))).toMatchObject({ code: "quota-exceeded" });
    share.take(stranger("192.0.2.2"));
    release();
    release();
    share.take(caller("a", "1"));
    expect(share.standing()).toEqual({
      ...{ taken: 5, total: 100, largest: 3 },
      refused: { key: 1, organisation: 1, address: 1, all: 0 },
    });
  });

  it("says that nothing is left for anybody where that is so", () => {
    const share = createShare("zips", { total: 1 }, "concurrent-requests");
    const release = share.take(caller("a"));
    expect(told(() => share.take(caller("b")))).toMatchObject({ code: "overloaded" });
    release();
    expect(told(() => share.take(caller("b")))).toEqual({ code: "taken" });
  });

  it("of bytes grows while it is held, and nothing is taken by what is refused", () => {
    const share = createShare("heldBytes", { total: 1000, perKey: 400 }, "content-bytes");
    const held = share.hold(caller("a"));
    held.take(300);
    expect(told(() => held.take(101))).toMatchObject({ code: "quota-exceeded" });
    held.take(100);
    held.give(350);
    expect(share.standing().taken).toBe(50);
    held.release();
    expect(share.standing()).toMatchObject({ taken: 0, largest: 0 });
  });
});

describe("a rate", () => {
  it("allows so many within its window, and more when they are paid for", () => {
    let nowMs = 1000;
    const rate = createRate("requests", { windowSeconds: 10, perAddress: 5 }, () => nowMs);
    for (let i = 0; i < 5; i += 1) rate.spend(stranger("192.0.2.1"));
    expect(told(() => rate.spend(stranger("192.0.2.1")))).toMatchObject({
      code: "quota-exceeded",
      detail: { want: "at most 5 within 10 s", retryAfterSeconds: 2 },
      headers: {
        "RateLimit-Policy": '"requests-address";q=5;w=10',
        RateLimit: '"requests-address";r=0;t=2',
      },
    });
    rate.spend(stranger("192.0.2.2"));
    // A caller with a key is not limited here, wherever it comes from.
    for (let i = 0; i < 20; i += 1) rate.spend({ ...caller("a"), address: "192.0.2.1" });
    nowMs += 2000;
    rate.spend(stranger("192.0.2.1"));
    expect(rate.refused()).toEqual({ key: 0, organisation: 0, address: 1 });
  });

  it("remembers so many callers and no more, and forgets those who have paid", () => {
    let nowMs = 0;
    const rate = createRate("requests", { windowSeconds: 10, perAddress: 5 }, () => nowMs);
    for (let i = 0; i < 200_000; i += 1) rate.spend(stranger(`2001:db8:${i.toString(16)}::/64`));
    expect(rate.size()).toBeLessThanOrEqual(65_536);
    for (let i = 0; i < 2; i += 1) {
      nowMs += 10_000;
      rate.spend(stranger("192.0.2.1"));
    }
    expect(rate.size()).toBeLessThan(10);
  });
});

describe("a line", () => {
  it("serves callers in turn, so many at one time, whatever becomes of the work", async () => {
    const line = createFairLine({ atOnce: 1 });
    const done: string[] = [];
    const work = (who: string) => line.run(who, () => Promise.resolve(done.push(who)));
    const failing = line.run("a", () => Promise.reject(new Error("not this one"))).catch(() => undefined);
    await Promise.all([failing, ...["a", "a", "a", "b", "a", "b", "c"].map(work)]);
    expect(done.join("")).toBe("abcabaa");
  });

  it("lets the event loop breathe while there is a crowd", async () => {
    const line = createFairLine({ atOnce: 1, crowd: 1, restMs: 1 });
    let turns = 0;
    const breathing = setInterval(() => (turns += 1));
    await Promise.all(Array.from({ length: 20 }, () => line.run("a", () => Promise.resolve())));
    clearInterval(breathing);
    expect(turns).toBeGreaterThan(5);
  });
});

describe("shared answers", () => {
  it("are made once for all who wait for the same, and kept no longer than somebody waits", async () => {
    const answers = createSharedAnswers({ atOnce: 2 });
    let made = 0;
    const make = () => Promise.resolve({ serial: (made += 1) });
    const give = (name: string, who = "a") => answers.give(name, who, make);
    const given = Array.from({ length: 500 }, () => give("one"));
    const [other, ...ones] = await Promise.all([give("other", "b"), ...given]);
    expect(new Set(ones).size).toBe(1);
    expect(ones).not.toContain(other);
    expect(made).toBe(2);
    expect(await give("one")).toEqual({ serial: 3 });
  });

  it("that fail do so for all who wait, and are made anew for the next", async () => {
    const answers = createSharedAnswers({ atOnce: 1 });
    let made = 0;
    const make = () => ((made += 1) === 1 ? Promise.reject(new Error("not now")) : Promise.resolve(made));
    const told = await Promise.allSettled([1, 2].map(() => answers.give("one", "a", make)));
    expect(told.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await answers.give("one", "a", make)).toBe(2);
  });
});

it("patience ends where less has come than the slowest pace brings, after a time of grace", () => {
  const pace = { graceMs: 1000, bytesPerSecond: 100 };
  expect(patienceMs(pace, 0, 999)).toBe(1);
  expect(patienceMs(pace, 0, 1000)).toBe(0);
  expect(patienceMs(pace, 500, 5999)).toBe(1);
});
