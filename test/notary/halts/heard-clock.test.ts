/** What is known of another process's clock by what it says now and then, over a line that may be slow, and be stopped. */
import { expect, it } from "@jest/globals";
import { boundsBy, stateBy } from "../../../src/notary/halts/judge-clock.js";
import { heardClock } from "../../../src/notary/halts/heard-clock.js";

const START_MS = 1_795_507_200_000;
const TOLERANCE_MS = 5000;

/** Two machines: `trueMs` passes for both; each has a clock of its own beside. */
function machines({ ownAheadMs = 0, otherAheadMs = 0 } = {}) {
  let passedMs = 1000;
  const clock = heardClock(() => passedMs);
  const state = { ownAheadMs, otherAheadMs };
  const says = (delayMs = 1) => {
    const said = START_MS + passedMs + state.otherAheadMs;
    passedMs += delayMs;
    clock.hear(said);
  };
  return {
    ...{ state, clock, says },
    pass: (ms: number) => {
      passedMs += ms;
    },
    /** As it is heard usually: four times a second. */
    hears: (times: number, delayMs = 1) => {
      for (let i = 0; i < times; i++) {
        passedMs += 250 - delayMs;
        says(delayMs);
      }
    },
    judged: () => {
      const reading = clock.reading();
      if (reading === undefined) return "unknown";
      const nowMs = START_MS + passedMs + state.ownAheadMs;
      return stateBy(boundsBy(reading, { nowMs, monotonicMs: passedMs }), TOLERANCE_MS);
    },
  };
}

it("knows nothing before it has heard something, nor at first", () => {
  const world = machines();
  expect(world.judged()).toBe("unknown");
  world.says();
  expect(world.judged()).toBe("unknown");
  world.hears(5);
  expect(world.judged()).toBe("right");
});

it.each([
  [-20_000, "behind"],
  [-5100, "behind"],
  [-4900, "right"],
  [4900, "right"],
  [7100, "ahead"],
  [86_400_000, "ahead"],
])("judges a clock that is %d ms ahead: %s", (ownAheadMs, state) => {
  const world = machines({ ownAheadMs });
  world.hears(12);
  expect(world.judged()).toBe(state);
});

it("is not misled by a line that is slow, up to where it would be ended", () => {
  const world = machines();
  world.hears(5, 200);
  expect(world.judged()).toBe("right");
  world.pass(100);
  world.says(1900);
  expect(world.judged()).toBe("unknown");
  world.hears(12, 200);
  expect(world.judged()).toBe("right");
});

it("does not believe what lay in the line while this process was stopped", () => {
  const world = machines();
  world.hears(12);
  // A minute passes; then all that was sent in the first two seconds of it is heard at once.
  const said = Array.from({ length: 8 }, (_, i) => START_MS + 4000 + 250 * i);
  world.pass(60_000);
  for (const nowMs of said) world.clock.hear(nowMs);
  expect(world.judged()).toBe("unknown");
  world.hears(5);
  expect(world.judged()).toBe("right");
});

it("follows a clock that is set right, within the time of its window", () => {
  const world = machines({ otherAheadMs: 60_000 });
  world.hears(12);
  expect(world.judged()).toBe("behind");
  world.state.otherAheadMs = 0;
  world.hears(9);
  expect(world.judged()).toBe("right");
});

it("goes on judging this process's clock by what was heard last, also at the moment when it is set", () => {
  const world = machines();
  world.hears(12);
  world.pass(20_000);
  expect(world.judged()).toBe("right");
  world.state.ownAheadMs = 3_600_000;
  expect(world.judged()).toBe("ahead");
});
