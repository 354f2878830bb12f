/** The ledger in SQLite: entries, tiles and checkpoints advance together or not at all. */
import { isConsortiumEntry } from "../../core/membership/change.js";
import type { LedgerStore, StoredCheckpoint } from "../../notary/ports/ledger.js";
import { isSameTree } from "../../notary/ports/rules.js";
import { bytesOf, type SqliteDatabase, transact } from "./rows.js";

interface CheckpointRow {
  readonly tree_size: number;
  readonly root_hash: Buffer;
  readonly last_seq: number;
  readonly sealed_at_ms: number;
  readonly note: string;
}

export function sqliteLedger(database: SqliteDatabase): LedgerStore {
  const newest = database.prepare<[], CheckpointRow>(
    "SELECT * FROM checkpoints ORDER BY tree_size DESC LIMIT 1",
  );
  const find = database.prepare<[number], CheckpointRow>("SELECT * FROM checkpoints WHERE tree_size = ?");
  const insertCheckpoint = database.prepare<[number, Uint8Array, number, number, string]>(
    "INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?)",
  );
  const insertEntry = database.prepare<[number, number | null, Uint8Array]>(
    "INSERT INTO ledger_entries VALUES (?, ?, ?)",
  );
  const entries = database
    .prepare<[number, number], Buffer>(
      "SELECT content FROM ledger_entries WHERE entry_index >= ? ORDER BY entry_index LIMIT ?",
    )
    .pluck();
  const ofNoBatch = database.prepare<[number], { readonly entry_index: number; readonly content: Buffer }>(
    "SELECT entry_index, content FROM ledger_entries WHERE batch_first_seq IS NULL AND entry_index >= ? ORDER BY entry_index",
  );
  const findTile = database
    .prepare<[number, number], Buffer>("SELECT hashes FROM tiles WHERE level = ? AND tile_index = ?")
    .pluck();
  const putTile = database.prepare<[number, number, Uint8Array]>(
    `INSERT INTO tiles (level, tile_index, hashes) VALUES (?, ?, ?)
     ON CONFLICT (level, tile_index) DO UPDATE SET hashes = excluded.hashes`,
  );
  const show = database.prepare<[number]>(
    `INSERT INTO shown_checkpoint VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET tree_size = excluded.tree_size
     WHERE excluded.tree_size > tree_size`,
  );
  const shown = database.prepare<[], CheckpointRow>(
    "SELECT checkpoints.* FROM shown_checkpoint JOIN checkpoints USING (tree_size)",
  );
  const newestCheckpoint = () => {
    const row = newest.get();
    return row && checkpointOf(row);
  };

  return {
    newestCheckpoint: async () => newestCheckpoint(),
    findCheckpoint: async (treeSize) => {
      const row = find.get(treeSize);
      return row && checkpointOf(row);
    },
    showCheckpoint: async (treeSize) => {
      transact(database, () => show.run(treeSize));
    },
    shownCheckpoint: async () => {
      const row = shown.get();
      return row && checkpointOf(row);
    },
    advanceLedger: async ({ previous, checkpoint, entries: added, tiles }) =>
      transact(database, () => {
        if (!isSameTree(newestCheckpoint(), previous)) return false;
        const first = previous?.treeSize ?? 0;
        for (const [i, { content, batchFirstSeq }] of added.entries())
          insertEntry.run(first + i, batchFirstSeq ?? null, content);
        for (const { level, index, hashes } of tiles) putTile.run(level, index, hashes);
        const { treeSize, rootHash, lastSeq, sealedAtMs, note } = checkpoint;
        insertCheckpoint.run(treeSize, rootHash, lastSeq, sealedAtMs, note);
        return true;
      }),
    tiles: async (ids) =>
      ids.map(({ level, index }) => {
        const hashes = findTile.get(level, index);
        return hashes && bytesOf(hashes);
      }),
    consortiumEntries: async (from = 0) => {
      const found: { readonly index: number; readonly content: Uint8Array }[] = [];
      // One by one: of a ledger that was adopted, no entry has its batch here.
      for (const { entry_index: index, content } of ofNoBatch.iterate(from))
        if (isConsortiumEntry(content)) found.push({ index, content: bytesOf(content) });
      return found;
    },
    ledgerEntries: async ({ first, count }) => entries.all(first, count).map(bytesOf),
  };
}

const checkpointOf = (row: CheckpointRow): StoredCheckpoint => ({
  treeSize: row.tree_size,
  rootHash: bytesOf(row.root_hash),
  lastSeq: row.last_seq,
  sealedAtMs: row.sealed_at_ms,
  note: row.note,
});
