/**
 * A notary's store that begins with a ledger from elsewhere: entries and tiles first, of which nothing can be seen until
 * the checkpoint over them is stored. It is a file of its own until then.
 */
import type { LedgerStore, StoredCheckpoint } from "../../../notary/ports/ledger.js";
import { openDatabase } from "../../../platform/sqlite.js";
import { bytesOf, type SqliteDatabase, transact } from "../rows.js";
import { sqliteLedger } from "../ledger.js";
import { MIGRATIONS } from "../schema.js";

interface TileOf {
  readonly level: number;
  readonly index: number;
  readonly width: number;
}

/** As the copy of a ledger wants it (src/witness-node/copy/ledger-copy.ts); a notary has one ledger, whatever its origin. */
export interface AdoptingStore {
  copiedSize(origin: string): number;
  tile(origin: string, tile: TileOf): Uint8Array | undefined;
  append(
    origin: string,
    copied: {
      readonly firstIndex: number;
      readonly entries: readonly Uint8Array[];
      readonly tiles: readonly (TileOf & { readonly bytes: Uint8Array })[];
    },
  ): void;
  entry(index: number): Uint8Array | undefined;
  consortiumEntries: LedgerStore["consortiumEntries"];
  /** Stores the checkpoint over all entries and closes the file, which is then whole by itself. */
  finish(checkpoint: StoredCheckpoint): Promise<void>;
  close(): void;
}

export function openAdoptingStore(file: string): AdoptingStore {
  return adoptingStore(openDatabase(file, { migrations: MIGRATIONS }));
}

export function adoptingStore(database: SqliteDatabase): AdoptingStore {
  const size = database
    .prepare<[], number>("SELECT coalesce(max(entry_index) + 1, 0) FROM ledger_entries")
    .pluck();
  const findTile = database
    .prepare<[number, number], Buffer>("SELECT hashes FROM tiles WHERE level = ? AND tile_index = ?")
    .pluck();
  const findEntry = database
    .prepare<[number], Buffer>("SELECT content FROM ledger_entries WHERE entry_index = ?")
    .pluck();
  const insertEntry = database.prepare<[number, null, Uint8Array]>(
    "INSERT INTO ledger_entries VALUES (?, ?, ?)",
  );
  // A tile only ever grows: a narrower one adds nothing.
  const putTile = database.prepare<[number, number, Uint8Array]>(
    `INSERT INTO tiles (level, tile_index, hashes) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET hashes = excluded.hashes WHERE length(excluded.hashes) > length(hashes)`,
  );
  return {
    copiedSize: () => size.get() ?? 0,
    tile: (_, { level, index, width }) => {
      const hashes = findTile.get(level, index);
      return hashes !== undefined && hashes.length >= 32 * width
        ? bytesOf(hashes).subarray(0, 32 * width)
        : undefined;
    },
    append: (_, { firstIndex, entries, tiles }) => {
      transact(database, () => {
        for (const [i, content] of entries.entries()) insertEntry.run(firstIndex + i, null, content);
        for (const { level, index, bytes } of tiles) putTile.run(level, index, bytes);
      });
    },
    entry: (index) => {
      const content = findEntry.get(index);
      return content && bytesOf(content);
    },
    consortiumEntries: () => sqliteLedger(database).consortiumEntries(),
    finish: async (checkpoint) => {
      const advanced = { previous: undefined, checkpoint, entries: [], tiles: [] };
      if (!(await sqliteLedger(database).advanceLedger(advanced)))
        throw new Error("internal: the adopting store has a checkpoint already");
      database.pragma("wal_checkpoint(TRUNCATE)");
      database.close();
    },
    close: () => {
      database.close();
    },
  };
}
