/** What a worker promises to whoever asks it twice, or late: over a real store. */
import { join } from "node:path";
import { afterEach, expect, it } from "@jest/globals";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.js";
import { systemPorts } from "../../../src/adapters/system/system.js";
import { utf8 } from "../../../src/core/bytes.js";
import { hashLeaf } from "../../../src/core/merkle/hash.js";
import { Refusal } from "../../../src/notary/model/refusal.js";
import { openRecording } from "../../../src/notary/depositing/record-drafts.js";
import { StorageFullError } from "../../../src/notary/ports/host.js";
import { recordInGroups } from "../../../src/notary/depositing/record-in-groups.js";
import type { Decision, Draft } from "../../../src/notary/ports/worker.js";
import { temporaryFolders } from "../../temporary-folder.js";

const temporaryFolder = temporaryFolders();
const stores: ReturnType<typeof openSqliteStore>[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

const NOW_MS = 1_795_507_200_000;
const sealing = { afterMs: 1000, promiseMs: 10_000, maxBatchSize: 100 };

async function opened(nowMs = () => NOW_MS, refuseHalted: () => void = () => undefined) {
  const folder = temporaryFolder();
  const store = openSqliteStore(join(folder, "notary.db"));
  stores.push(store);
  await store.putOrganisation({ id: "bank-a", name: "Example Bank A" });
  const noted: number[] = [];
  const recording = openRecording(
    { ...systemPorts(folder), store, now: nowMs },
    {
      ...{ sealing, minFreeBytes: 0, refuseHalted },
      noteDeposits: (count) => noted.push(count),
    },
  );
  return { store, recording, noted };
}

function draft(id: string, change: Partial<Draft> = {}): Draft {
  const encoded = utf8(`statement ${id}`);
  return {
    ...{ id, organisationId: "bank-a", canBeFinal: true },
    receivedAtMs: NOW_MS,
    sealByMs: NOW_MS + sealing.afterMs + sealing.promiseMs,
    content: { encoded, leafHash: hashLeaf(encoded) },
    ...change,
  };
}

const newestSeq = async ({ store }: Awaited<ReturnType<typeof opened>>) =>
  (await store.unsealedDeposits(100))?.leafHashes.length ?? 0;

it("records the drafts of a group that comes twice once, whoever has recorded it", async () => {
  const world = await opened();
  const drafts = [draft("A"), draft("B", { idempotencyKey: { key: "k", fingerprint: new Uint8Array(32) } })];
  const first = await world.recording.record(drafts);
  expect(first.map(({ kind }) => kind)).toEqual(["recorded", "recorded"]);
  const again = await world.recording.record([...drafts, draft("C")]);
  expect(
    again.map((one) => (one.kind === "found" ? `${one.deposited.id} ${one.replayed}` : one.kind)),
  ).toEqual(["A false", "B false", "recorded"]);
  expect(await newestSeq(world)).toBe(3);
});

it("records a draft once that stands twice in one group", async () => {
  const world = await opened();
  const [one, other] = await world.recording.record([draft("A"), draft("A")]);
  expect([one?.kind, other?.kind]).toEqual(["recorded", "found"]);
  expect(await newestSeq(world)).toBe(1);
});

it.each([
  ["at the last moment", sealing.promiseMs, "recorded"],
  ["a millisecond later", sealing.promiseMs + 1, "refused"],
] as const)("decides %s whether its receipt's promise can be kept: %d ms, %s", async (_, lateMs, kind) => {
  const world = await opened(() => NOW_MS + lateMs);
  const [decision] = await world.recording.record([draft("A")]);
  expect(decision?.kind).toBe(kind);
  if (decision?.kind === "refused") expect(decision.refusal.code).toBe("overloaded");
  expect(await newestSeq(world)).toBe(kind === "recorded" ? 1 : 0);
});

it("refuses what a clock makes late that is set in the middle of a group by the clock, and not as if it had waited", async () => {
  let looks = 0;
  // Right when the draft is submitted, and when its group is begun; an hour ahead when it is decided.
  const world = await opened(
    () => (looks < 2 ? NOW_MS : NOW_MS + 3_600_000),
    () => {
      looks += 1;
      if (looks > 2) throw new Refusal("clock-wrong", "an hour ahead");
    },
  );
  const [decision] = await world.recording.record([draft("A")]);
  expect(decision).toMatchObject({ kind: "refused", refusal: { code: "clock-wrong" } });
  expect(await newestSeq(world)).toBe(0);
});

it("finds a draft that was recorded in time, however late it is asked for again", async () => {
  let nowMs = NOW_MS;
  const world = await opened(() => nowMs);
  await world.recording.record([draft("A")]);
  nowMs += 60_000;
  const [again] = await world.recording.record([draft("A")]);
  expect(again?.kind).toBe("found");
});

it("answers each draft for itself where some of those that came together can't be recorded", async () => {
  const many = Array.from({ length: 600 }, (_, i) => draft(`D${i}`));
  let groups = 0;
  const folder = temporaryFolder();
  const store = openSqliteStore(join(folder, "notary.db"));
  stores.push(store);
  await store.putOrganisation({ id: "bank-a", name: "Example Bank A" });
  const recording = openRecording(
    {
      ...systemPorts(folder),
      now: () => NOW_MS,
      store: {
        ...store,
        record: (scope, decide) => {
          groups += 1;
          return groups === 2 ? Promise.reject(new StorageFullError("full")) : store.record(scope, decide);
        },
      },
    },
    { ...{ sealing, minFreeBytes: 0, refuseHalted: () => undefined, noteDeposits: () => undefined } },
  );
  const decisions = await recording.record(many);
  const codes = decisions.map((one) => (one.kind === "refused" ? one.refusal.code : one.kind));
  expect(codes).toEqual([...Array(512).fill("recorded"), ...Array(88).fill("storage-full")]);
  expect((await store.unsealedDeposits(1000))?.leafHashes).toHaveLength(512);
});

it("refuses the late ones of a group alone", async () => {
  const world = await opened();
  const late = draft("LATE", { sealByMs: NOW_MS });
  const decisions = await world.recording.record([draft("A"), late, draft("B")]);
  expect(decisions.map(({ kind }) => kind)).toEqual(["recorded", "refused", "recorded"]);
  expect(world.noted).toEqual([3]);
});

it("goes elsewhere in groups: what comes while one is on its way shares the next", async () => {
  const sent: number[] = [];
  let answer: () => void = () => undefined;
  const lefts: number[] = [];
  const grouped = recordInGroups(async (drafts, withinMs) => {
    sent.push(drafts.length);
    lefts.push(withinMs);
    await new Promise<void>((resolve) => (answer = resolve));
    return drafts.map((): Decision => ({ kind: "recorded", leafHash: hashLeaf(utf8("x")) }));
  }, 1000);
  const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
  const all = [grouped.record([draft("A")])];
  await turn();
  all.push(grouped.record([draft("B")]), grouped.record([draft("C"), draft("D")]));
  await new Promise((resolve) => setTimeout(resolve, 100));
  answer();
  await turn();
  answer();
  expect((await Promise.all(all)).map(({ length }) => length)).toEqual([1, 1, 2]);
  expect(sent).toEqual([1, 3]);
  // The second group has waited for the first.
  expect(lefts[1]).toBeLessThan(950);
  await grouped.close();
  await expect(grouped.record([draft("E")])).rejects.toMatchObject({ code: "stopping" });
});
