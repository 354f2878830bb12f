import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import Database from "better-sqlite3";
import { utf8 } from "../../../src/core/bytes.js";
import { hashLeaf } from "../../../src/core/merkle/hash.js";
import type { CosignedCheckpoint } from "../../../src/witness-node/memory/checkpoint-table.js";
import {
  type Decision,
  KEPT_AT_EACH_END,
  KEPT_PENDING,
  type Misconduct,
  openCheckpointStore,
} from "../../../src/witness-node/memory/store.js";
import { temporaryFolders } from "../../temporary-folder.js";

const folder = temporaryFolders();
const ORIGIN = "notary.example/log";

interface Seen extends Decision {
  readonly previous: CosignedCheckpoint | undefined;
}

const checkpoint = (treeSize: number, timeSeconds = 100): CosignedCheckpoint => ({
  treeSize,
  rootHash: hashLeaf(utf8(`root ${treeSize}`)),
  timeSeconds,
  note: `note ${treeSize}\n`,
});
const misconduct = (treeSize: number, kind: Misconduct["kind"] = "fork"): Misconduct => ({
  kind,
  treeSize,
  rootHash: hashLeaf(utf8(`lie ${treeSize}`)),
  note: `lie ${treeSize}\n`,
  receivedAtMs: treeSize,
});

function opened(file = join(folder(), "witness.db")) {
  return { file, store: openCheckpointStore(file) };
}

describe("update", () => {
  it("shows the latest checkpoint to the decision and stores what it says", () => {
    const { file, store } = opened();
    expect(store.update(ORIGIN, (previous) => ({ previous, next: checkpoint(5) })).previous).toBeUndefined();
    expect(store.update<Seen>(ORIGIN, (previous) => ({ previous })).previous).toEqual(checkpoint(5));
    store.close();
    const again = openCheckpointStore(file);
    expect(again.latest(ORIGIN)).toEqual(checkpoint(5));
    expect(again.latest("other.example/log")).toBeUndefined();
    again.close();
  });

  it("changes nothing when the decision throws", () => {
    const { store } = opened();
    store.update(ORIGIN, () => ({ next: checkpoint(5) }));
    const decide = () => {
      throw new Error("no");
    };
    expect(() => store.update(ORIGIN, decide)).toThrow("no");
    expect(store.latest(ORIGIN)).toEqual(checkpoint(5));
    store.close();
  });

  it.each([
    ["size", checkpoint(4)],
    ["root", { ...checkpoint(5), rootHash: checkpoint(6).rootHash }],
    ["time", checkpoint(6, 99)],
  ])("never goes back in %s, whatever the decision says", (_what, next) => {
    const { store } = opened();
    store.update(ORIGIN, () => ({ next: checkpoint(5) }));
    expect(() => store.update(ORIGIN, () => ({ next, misconduct: misconduct(1) }))).toThrow("internal:");
    expect(store.latest(ORIGIN)).toEqual(checkpoint(5));
    expect(store.misconducts(ORIGIN)).toEqual([]);
    store.close();
  });

  it("keeps sizes beyond 32 bits whole", () => {
    const { store } = opened();
    store.update(ORIGIN, () => ({ next: checkpoint(2 ** 53 - 1) }));
    expect(store.latest(ORIGIN)?.treeSize).toBe(2 ** 53 - 1);
    store.close();
  });
});

describe("misconducts", () => {
  it("stand beside the checkpoint that they contradict, each once", () => {
    const { store } = opened();
    store.update(ORIGIN, () => ({ misconduct: misconduct(3) }));
    store.update(ORIGIN, () => ({ next: checkpoint(5) }));
    store.update(ORIGIN, () => ({ misconduct: misconduct(5) }));
    store.update(ORIGIN, () => ({ misconduct: { ...misconduct(5), receivedAtMs: 999 } }));
    expect(store.misconducts(ORIGIN)).toEqual([
      misconduct(3),
      { ...misconduct(5), cosignedNote: checkpoint(5).note },
    ]);
    store.close();
  });

  it("are bounded: the oldest and the newest of each kind stay", () => {
    const { store } = opened();
    store.update(ORIGIN, () => ({ misconduct: misconduct(1, "suspect") }));
    const count = 3 * KEPT_AT_EACH_END;
    for (let i = 0; i < count; i++) store.update(ORIGIN, () => ({ misconduct: misconduct(i) }));
    const kept = store.misconducts(ORIGIN).filter(({ kind }) => kind === "fork");
    const expected = Array.from({ length: count }, (_, i) => i).filter(
      (i) => i < KEPT_AT_EACH_END || i >= count - KEPT_AT_EACH_END,
    );
    expect(kept.map(({ treeSize }) => treeSize)).toEqual(expected);
    expect(store.misconducts(ORIGIN)).toHaveLength(expected.length + 1);
    store.close();
  });
});

describe("what the mirror remembers", () => {
  it("is every cosigned checkpoint of late, whichever the witness has cosigned since", () => {
    const { file, store } = opened();
    for (let size = 1; size <= KEPT_PENDING + 5; size++)
      store.update(ORIGIN, () => ({ next: checkpoint(size) }));
    store.close();
    const again = openCheckpointStore(file);
    expect(again.pending(ORIGIN, 5)).toBeUndefined();
    for (const size of [6, 7, KEPT_PENDING + 5]) {
      const { treeSize, rootHash, note } = checkpoint(size);
      expect(again.pending(ORIGIN, size)).toEqual({ treeSize, rootHash, note });
    }
    expect(again.pending("other.example/log", 6)).toBeUndefined();
    again.close();
  });

  it("is its own latest checkpoint, which never goes back, whatever is decided", () => {
    const { file, store } = opened();
    const seen: (CosignedCheckpoint | undefined)[] = [];
    const decide = (next: CosignedCheckpoint | undefined) =>
      store.updateMirrored(ORIGIN, (previous) => {
        seen.push(previous);
        return next;
      });
    decide(undefined);
    decide(checkpoint(5));
    expect(() => decide(checkpoint(4))).toThrow("would go back to 4");
    expect(() => decide(checkpoint(6, 99))).toThrow("would go back");
    expect(() => decide({ ...checkpoint(5), rootHash: checkpoint(6).rootHash })).toThrow("would go back");
    decide(checkpoint(5, 101));
    expect(seen).toEqual([undefined, undefined, ...Array(4).fill(checkpoint(5))]);
    store.close();
    const again = openCheckpointStore(file);
    expect(again.mirrored(ORIGIN)).toEqual(checkpoint(5, 101));
    // The witness's memory is another.
    expect(again.latest(ORIGIN)).toBeUndefined();
    again.close();
  });

  it("takes up what a witness has cosigned before it knew of mirrors", () => {
    const { file, store } = opened();
    store.update(ORIGIN, () => ({ next: checkpoint(7) }));
    store.close();
    const old = new Database(file);
    for (const table of [
      "pending_checkpoint",
      "mirrored_checkpoint",
      "seen_checkpoint",
      "unjudged_checkpoint",
    ])
      old.exec(`DROP TABLE ${table}`);
    old.exec("ALTER TABLE misconduct DROP COLUMN beginning");
    old.pragma("user_version = 1");
    old.close();
    const again = openCheckpointStore(file);
    expect(again.pending(ORIGIN, 7)?.note).toBe(checkpoint(7).note);
    again.close();
  });
});

describe("what peers have shown", () => {
  const seen = (peer: string, treeSize: number, note = `${treeSize}`) =>
    ({ peer, role: "witness", treeSize, note }) as const;

  it("is one note of each peer's witness and mirror, and never a smaller one", () => {
    const { file, store } = opened();
    store.see(ORIGIN, seen("bank", 5));
    store.see(ORIGIN, seen("bank", 4));
    store.see(ORIGIN, seen("bank", 5, "5, cosigned again"));
    store.see(ORIGIN, { ...seen("bank", 3), role: "mirror" });
    store.see(ORIGIN, seen("court", 2));
    store.see("other.example/log", seen("bank", 9));
    store.close();
    const again = openCheckpointStore(file);
    expect(again.seen(ORIGIN)).toEqual([
      { ...seen("bank", 3), role: "mirror" },
      seen("bank", 5, "5, cosigned again"),
      seen("court", 2),
    ]);
    again.close();
  });
});

describe("misconduct that was proved when it came", () => {
  it("keeps what the larger tree says of the smaller one", () => {
    const { file, store } = opened();
    const hash = (byte: number) => new Uint8Array(32).fill(byte);
    const { treeSize, rootHash, note } = checkpoint(9);
    const kept = {
      ...{ treeSize, rootHash, note, receivedAtMs: 1, cosignedNote: "smaller" },
      kind: "fork",
      beginning: { rootHash: hash(1), path: [hash(2), hash(3)] },
    } as const;
    store.keepMisconduct(ORIGIN, kept);
    store.keepMisconduct(ORIGIN, { ...kept, note: "the same again" });
    store.close();
    const again = openCheckpointStore(file);
    expect(again.misconducts(ORIGIN)).toEqual([kept]);
    again.close();
  });
});
