/** Halts alone: what is refused, what is told, and that a clock that steps does not make them older or younger. */
import { describe, expect, it } from "@jest/globals";
import { type HaltReason, openHalts } from "../../../src/notary/halts/halts.js";
import { Refusal } from "../../../src/notary/model/refusal.js";

const WRONG: HaltReason = {
  message: "the clock is a day ahead",
  detail: { got: "a day ahead" },
  stops: ["deposits", "signing"],
};

function opened() {
  const clock = { nowMs: Date.parse("2026-11-24T08:00:00.000Z"), monotonicMs: 5000 };
  const logged: [string, object, string][] = [];
  const logTo = (level: string) => (fields: object, message: string) =>
    void logged.push([level, fields, message]);
  const halts = openHalts({
    now: () => clock.nowMs,
    monotonicMs: () => clock.monotonicMs,
    log: { info: logTo("info"), warn: logTo("warn"), error: logTo("error") },
  });
  return { clock, logged, halts };
}

function refusalOf(act: () => void): Refusal | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

describe("halts", () => {
  it("refuse what they stop, with their own code, and nothing else", () => {
    const { halts } = opened();
    expect(refusalOf(() => halts.refuse("deposits"))).toBeUndefined();
    halts.declare("clock-wrong", { ...WRONG, stops: ["deposits"] });
    expect(refusalOf(() => halts.refuse("deposits"))).toMatchObject({
      code: "clock-wrong",
      message: "the clock is a day ahead",
      detail: { got: "a day ahead", retryAfterSeconds: 30 },
    });
    expect(refusalOf(() => halts.refuse("signing"))).toBeUndefined();
    expect([halts.isStopped("deposits"), halts.isStopped("signing")]).toEqual([true, false]);
  });

  it("are measured by the clock that nobody sets, and name their beginning by the clock as it is now", () => {
    const { clock, halts } = opened();
    clock.nowMs += 86_400_000; // A day ahead: which is why it halts.
    halts.declare("clock-wrong", WRONG);
    clock.monotonicMs += 7000;
    clock.nowMs -= 86_400_000 - 7000;
    expect(halts.current()).toEqual([
      {
        code: "clock-wrong",
        detail: "the clock is a day ahead",
        stops: ["deposits", "signing"],
        since: "2026-11-24T08:00:00.000Z",
        forSeconds: 7,
      },
    ]);
  });

  it("are told when they begin, again each minute with what is known by then, and when they end", () => {
    const { clock, logged, halts } = opened();
    let looks = 0;
    halts.onEnd(() => (looks += 1));
    halts.end("clock-wrong");
    expect([logged, looks]).toEqual([[], 0]);
    for (let i = 0; i < 100; i++) {
      halts.declare("clock-wrong", { ...WRONG, message: `look ${i}` });
      clock.monotonicMs += 1000;
    }
    halts.end("clock-wrong");
    halts.end("clock-wrong");
    expect(looks).toBe(1);
    expect(logged).toEqual([
      ["error", expect.objectContaining({ code: "clock-wrong", reason: "look 0", forSeconds: 0 }), "halted"],
      ["error", expect.objectContaining({ reason: "look 60", forSeconds: 60 }), "halted"],
      ["info", { code: "clock-wrong", afterSeconds: 100 }, "goes on after a halt"],
    ]);
    expect(halts.current()).toEqual([]);
  });
});
