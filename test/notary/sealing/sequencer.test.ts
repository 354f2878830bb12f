import { afterEach, describe, expect, it } from "@jest/globals";
import { type Sequencer, startSequencer } from "../../../src/notary/sealing/sequencer.js";
import { eventually } from "../../story/eventually.js";

const HOUR_MS = 3_600_000;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

let sequencer: Sequencer | undefined;
afterEach(async () => {
  await sequencer?.close();
});

/** Each step's question; what is given says when the first deposit that is left is due. */
function start(afterMs: number, leftMs: () => number | undefined = () => undefined) {
  const steps: { readonly isEverything: boolean; readonly atMs: number }[] = [];
  const startedMs = performance.now();
  sequencer = startSequencer(
    async (isEverything) => {
      steps.push({ isEverything, atMs: performance.now() - startedMs });
      return leftMs();
    },
    { afterMs, maxBatchSize: 10, log },
  );
  return { sequencer, steps };
}
const everythings = (steps: readonly { readonly isEverything: boolean }[]) =>
  steps.filter(({ isEverything }) => isEverything).length;
const looked = (steps: readonly unknown[], count: number) =>
  eventually("that many looks", () => steps.length >= count || undefined);

describe("everything is sealed", () => {
  it("at the start, and by the look of every second only what is due", async () => {
    const { sequencer, steps } = start(HOUR_MS);
    await looked(steps, 1);
    sequencer.noteDeposits(9, 0);
    await looked(steps, 3);
    expect(steps.map(({ isEverything }) => isEverything).slice(0, 3)).toEqual([true, false, false]);
  });

  it("afterMs after the first deposit, whatever was looked at in between", async () => {
    const { sequencer, steps } = start(1500);
    await looked(steps, 1);
    sequencer.noteDeposits(1, 0);
    await eventually("everything is sealed again", () => everythings(steps) === 2 || undefined);
    expect(steps.at(-1)?.atMs).toBeGreaterThanOrEqual(1500);
    expect(steps.length).toBeGreaterThan(2);
  });

  it("at once where a batch is full, also of several notes", async () => {
    const { sequencer, steps } = start(HOUR_MS);
    await looked(steps, 1);
    sequencer.noteDeposits(5, 0);
    sequencer.noteDeposits(5, 0);
    await eventually("everything is sealed again", () => everythings(steps) === 2 || undefined);
  });

  it("when what another process recorded is due, in afterMs at the latest by the clock that nobody sets", async () => {
    const { steps } = start(200, () => HOUR_MS);
    await eventually("everything is sealed again", () => everythings(steps) === 3 || undefined);
    expect(steps.at(-1)?.atMs).toBeGreaterThanOrEqual(400);
  });

  it("where it is asked for", async () => {
    const { sequencer, steps } = start(HOUR_MS);
    await looked(steps, 1);
    sequencer.look();
    await looked(steps, 2);
    expect(steps.map(({ isEverything }) => isEverything)).toEqual([true, true]);
  });

  it("after a step that failed, as before it", async () => {
    const asked: boolean[] = [];
    sequencer = startSequencer(
      async (isEverything) => {
        asked.push(isEverything);
        if (asked.length < 3) throw new Error("the disk is away");
        return undefined;
      },
      { afterMs: HOUR_MS, maxBatchSize: 10, log },
    );
    await looked(asked, 3);
    expect(asked.slice(0, 3)).toEqual([true, true, true]);
    expect(sequencer.isFailing()).toBe(false);
  });
});
