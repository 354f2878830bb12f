/** What is learnt of a mirror from its answers: whether to send it more, or to let it fetch the ledger itself. */
import { describe, expect, it } from "@jest/globals";
import {
  ENTRIES_A_REQUEST,
  FAR_BEHIND,
  learnProgress,
  newProgress,
} from "../../../src/notary/finality/upload-entries.js";

const MILLION = 1_000_000;
const target = { treeSize: MILLION, rootHash: new Uint8Array(32), note: "", lastSeq: 0, sealedAtMs: 0 };
const answer = (status: 202 | 409, nextEntry: number) =>
  ({
    kind: "unfinished",
    status,
    info: { treeSize: MILLION, nextEntry, ticket: Uint8Array.of(7) },
  }) as const;

function after(...answers: readonly ReturnType<typeof answer>[]) {
  const progress = newProgress(0);
  return answers.map((one) => {
    learnProgress({ progress, target }, one);
    const { nextEntry, fetchesItself, conflicts } = progress;
    return { nextEntry, fetchesItself, conflicts };
  });
}

describe("a mirror that is a million entries behind", () => {
  it("is sent request by request where it takes what it is sent, and no more", () => {
    const [once, twice] = [ENTRIES_A_REQUEST, 2 * ENTRIES_A_REQUEST];
    expect(after(answer(202, once), answer(202, twice))).toEqual([
      { nextEntry: once, fetchesItself: false, conflicts: 0 },
      { nextEntry: twice, fetchesItself: false, conflicts: 0 },
    ]);
  });

  it("is left to itself while it gets on by itself, however it says so", () => {
    const states = after(
      answer(202, ENTRIES_A_REQUEST + 4096),
      answer(202, 100_000),
      answer(409, 300_000),
      answer(409, MILLION - FAR_BEHIND - 1),
    );
    expect(states.every(({ fetchesItself, conflicts }) => fetchesItself && conflicts === 0)).toBe(true);
  });

  it("is sent the rest where it gets on no more, or is near", () => {
    const [, stuck, , near] = after(
      answer(409, 100_000),
      answer(202, 100_256),
      answer(409, 800_000),
      answer(409, MILLION - FAR_BEHIND),
    );
    expect([stuck?.fetchesItself, near?.fetchesItself]).toEqual([false, false]);
  });

  it("is asked no more where it answers again and again and has not more", () => {
    expect(after(answer(409, 10), answer(409, 10), answer(409, 0), answer(409, 9))).toMatchObject([
      { conflicts: 0 },
      { conflicts: 1 },
      { conflicts: 2 },
      { conflicts: 0 },
    ]);
  });
});
