/** Who answers requests records by itself only where the store takes that, the worker is silent, and one led not long ago. */
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createBell } from "../../../src/adapters/bell/bell.js";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.js";
import { utf8 } from "../../../src/core/bytes.js";
import { hashLeaf } from "../../../src/core/merkle/hash.js";
import { recordWhileAway, type FoundWorker } from "../../../src/notary/depositing/record-while-away.js";
import type { Halt } from "../../../src/notary/model/model.js";
import { Refusal } from "../../../src/notary/model/refusal.js";
import type { Store } from "../../../src/notary/ports/ports.js";
import type { Decision, Draft } from "../../../src/notary/ports/worker.js";
import { temporaryFolders } from "../../temporary-folder.js";

const temporaryFolder = temporaryFolders();
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

const PROMISE_MS = 10_000;
const draft = (id: string): Draft => {
  const encoded = utf8(`statement ${id}`);
  return {
    ...{ id, organisationId: "bank-a", receivedAtMs: Date.now(), sealByMs: Date.now() + PROMISE_MS },
    ...{ content: { encoded, leafHash: hashLeaf(encoded) }, canBeFinal: true },
  };
};
const HALT: Halt = {
  ...{ code: "clock-wrong", detail: "a day ahead", stops: ["deposits"], forSeconds: 1 },
  since: "2026-11-24T08:00:00.000Z" as Halt["since"],
};
const away = () => Promise.reject(new Refusal("worker-away", "it is away", {}));

interface Situation extends Partial<ReturnType<FoundWorker["sight"]>> {
  readonly takesManyWriters?: true | undefined;
  readonly record?: FoundWorker["record"];
  readonly now?: () => number;
  /** Has the store meet a conflict; it is called before the second decision. */
  readonly decidesTwice?: () => void;
}

/** By default: a worker led three seconds ago, and has been silent since. */
async function openIn({
  takesManyWriters,
  record = away,
  now = Date.now,
  decidesTwice,
  ...sight
}: Situation) {
  const sqlite = openSqliteStore(join(temporaryFolder(), "notary.db"));
  stores.push(sqlite);
  await sqlite.putOrganisation({ id: "bank-a", name: "Example Bank A" });
  const store: Store = {
    ...sqlite,
    ...(takesManyWriters && { takesManyWriters }),
    record: (scope, decide) =>
      sqlite.record(scope, (context) => {
        if (decidesTwice === undefined) return decide(context);
        decide(context);
        decidesTwice();
        return decide(context);
      }),
  };
  const bell = createBell();
  const seen = {
    ...{ rung: 0, asked: 0, told: 0 },
    sight: { silentMs: 3000, ledMsAgo: 3000, halts: [], ...sight },
    halt: (): void => undefined,
  };
  bell.hear(() => void (seen.rung += 1));
  const log = { info: () => undefined, warn: () => void (seen.told += 1), error: () => undefined };
  const recording = recordWhileAway(
    { ...{ store, bell, log, now, nextId: () => "NEW" }, freeBytes: async () => 1e12 },
    {
      ...{ sealing: { afterMs: 100, promiseMs: PROMISE_MS, maxBatchSize: 64 }, minFreeBytes: 0 },
      refuseHalted: () => seen.halt(),
    },
    {
      sight: () => seen.sight,
      record: (...given) => {
        seen.asked += 1;
        return record(...given);
      },
    },
  );
  return { recording, store, seen };
}

describe("where the store takes many writers", () => {
  const takesManyWriters = true as const;

  it("records itself while the worker is away, rings the bell, and tells it once", async () => {
    const { recording, store, seen } = await openIn({ takesManyWriters });
    const [first] = await recording.record([draft("A")], 8000);
    const [again] = await recording.record([draft("A")], 8000);
    expect([first?.kind, again?.kind]).toEqual(["recorded", "found"]);
    expect(await store.findDeposit("A")).toMatchObject({ seq: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toMatchObject({ asked: 0, told: 1 });
    expect(seen.rung).toBeGreaterThan(0);
  });

  it("leaves it to a worker that was heard just now, and records when that falls silent on the way", async () => {
    const deciding: readonly Decision[] = [
      { kind: "refused", refusal: new Refusal("chain-unknown", "no", {}) },
    ];
    const { recording, store, seen } = await openIn({
      ...{ takesManyWriters, silentMs: 100, ledMsAgo: 100 },
      record: async () => deciding,
    });
    expect(await recording.record([draft("A")], 8000)).toEqual(deciding);
    expect([seen.asked, await store.findDeposit("A")]).toEqual([1, undefined]);
    const falling = await openIn({
      ...{ takesManyWriters, silentMs: 100, ledMsAgo: 100 },
      record: async (_drafts, _withinMs, isAwaited) => {
        expect(isAwaited()).toBe(true);
        falling.seen.sight = { silentMs: 2100, ledMsAgo: 2100, halts: [] };
        expect(isAwaited()).toBe(false);
        return away();
      },
    });
    expect((await falling.recording.record([draft("A")], 8000))[0]?.kind).toBe("recorded");
  });

  it.each<readonly [string, Situation]>([
    ["none has led for half of what receipts promise", { ledMsAgo: PROMISE_MS / 2 + 1 }],
    ["none was ever seen", { ledMsAgo: Infinity }],
    ["it was heard a second ago", { silentMs: 1000 }],
    ["it had halted deposits", { halts: [HALT] }],
  ])("refuses what it can't have recorded: %s", async (_, situation) => {
    const { recording, store, seen } = await openIn({ takesManyWriters, ...situation });
    await expect(recording.record([draft("A")], 8000)).rejects.toMatchObject({ code: "worker-away" });
    expect([seen.asked, await store.findDeposit("A")]).toEqual([1, undefined]);
  });

  it("refuses by a halt of its own process, though it might record otherwise", async () => {
    const { recording, store, seen } = await openIn({ takesManyWriters });
    seen.halt = () => {
      throw new Refusal("clock-wrong", "an hour ahead");
    };
    await expect(recording.record([draft("A")], 8000)).rejects.toMatchObject({ code: "clock-wrong" });
    expect(await store.findDeposit("A")).toBeUndefined();
  });

  it("records in spite of a halt that stops no deposits", async () => {
    const { recording } = await openIn({ takesManyWriters, halts: [{ ...HALT, stops: ["signing"] }] });
    expect((await recording.record([draft("A")], 8000))[0]?.kind).toBe("recorded");
  });

  it("passes on any other refusal of the worker", async () => {
    const { recording, store } = await openIn({
      ...{ takesManyWriters, silentMs: 100 },
      record: () => Promise.reject(new Refusal("clock-wrong", "it is wrong", {})),
    });
    await expect(recording.record([draft("A")], 8000)).rejects.toMatchObject({ code: "clock-wrong" });
    expect(await store.findDeposit("A")).toBeUndefined();
  });
});

it("records nothing in a store that takes one writer, however long the worker is away", async () => {
  const { recording, store } = await openIn({});
  await expect(recording.record([draft("A")], 8000)).rejects.toMatchObject({ code: "worker-away" });
  expect(await store.findDeposit("A")).toBeUndefined();
});

it("decides anew by the clock of then: what was in time before a stop is not recorded too late", async () => {
  let stoppedMs = 0;
  const { recording, store } = await openIn({
    takesManyWriters: true,
    now: () => Date.now() + stoppedMs,
    decidesTwice: () => void (stoppedMs = 2 * PROMISE_MS),
  });
  const [decision] = await recording.record([draft("A")], 8000);
  expect(decision?.kind === "refused" && decision.refusal.code).toBe("overloaded");
  expect(await store.findDeposit("A")).toBeUndefined();
});
