/** What a process that answers says of how it stands, beside what the worker says of itself. */
import { describe, expect, it } from "@jest/globals";
import type { Impairment, Readiness, WorkStatus } from "../../../src/notary/model/model.js";
import { standBeside } from "../../../src/notary/standing/beside-worker.js";

const AWAY: Impairment = { code: "worker-away", detail: "no worker leads" };
const OTHER: Impairment = { code: "queue-away", detail: "it is away" };

function beside({ aheadMs = 0, mayRecord = false, isWorkerThere = true } = {}) {
  const world = { nowMs: 1_795_507_200_000 + aheadMs, isWorkerThere };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const impairments = () => (world.isWorkerThere ? [OTHER] : [AWAY, OTHER]);
  const standing = standBeside(
    { now: () => world.nowMs, monotonicMs: () => 5000, log },
    {
      refuseHalted: () => undefined,
      halts: () => [],
      readiness: async () => ({ halts: [], isFull: false, impairments: impairments() }) as Readiness,
      status: async () =>
        ({ ...(world.isWorkerThere && { halts: [] }), impairments: impairments() }) as unknown as WorkStatus,
    },
    {
      toleranceMs: 5000,
      clockReading: () => ({ lowMs: 1_795_507_195_000, highMs: 1_795_507_197_000, atMs: 5000 }),
      mayRecord: () => mayRecord,
    },
  );
  return { standing, world };
}

describe("a clock that is not the worker's", () => {
  it("stops deposits and nothing else, says so everywhere, and ends by itself", async () => {
    const { standing, world } = beside({ aheadMs: -20_000 });
    expect(() => {
      standing.refuseHalted("deposits");
    }).toThrow(
      expect.objectContaining({
        code: "clock-wrong",
        detail: expect.objectContaining({ got: "21 s behind" }),
      }),
    );
    expect(() => {
      standing.refuseHalted("signing");
    }).not.toThrow();
    const codes = (halts: readonly { readonly code: string }[] = []) => halts.map(({ code }) => code);
    expect(codes(standing.halts())).toEqual(["clock-wrong"]);
    expect(codes((await standing.readiness()).halts)).toEqual(["clock-wrong"]);
    expect(codes((await standing.status()).halts)).toEqual(["clock-wrong"]);
    world.nowMs += 20_000;
    expect(() => {
      standing.refuseHalted("deposits");
    }).not.toThrow();
    expect(codes((await standing.readiness()).halts)).toEqual([]);
  });

  it("is no matter within the tolerance", () => {
    for (const aheadMs of [-4000, 0, 4000])
      expect(() => {
        beside({ aheadMs }).standing.refuseHalted("deposits");
      }).not.toThrow();
  });
});

describe("a worker that does not answer", () => {
  const codesOf = async ({ standing }: ReturnType<typeof beside>) => [
    (await standing.readiness()).impairments.map(({ code }) => code),
    (await standing.status()).impairments.map(({ code }) => code),
  ];

  it("is told as such where deposits have to wait for it", async () => {
    const codes = ["worker-away", "queue-away"];
    expect(await codesOf(beside({ isWorkerThere: false }))).toEqual([codes, codes]);
  });

  it("is another matter where this process records by itself, and ends with it", async () => {
    const codes = ["worker-away-recording", "queue-away"];
    expect(await codesOf(beside({ isWorkerThere: false, mayRecord: true }))).toEqual([codes, codes]);
    expect(await codesOf(beside({ mayRecord: true }))).toEqual([["queue-away"], ["queue-away"]]);
  });
});
