/**
 * This node's copy of the ledgers: every entry and every tile, verified before it was stored. It is kept apart from
 * `witness.db` because it can be fetched again, while a witness's memory can't.
 */
import type { FetchedTile } from "../../core/ledger/open-tiles.js";
import { TILE_WIDTH, type Tile } from "../../core/ledger/tile.js";
import { openDatabase, type OpenDatabaseOptions, type SqliteDatabase } from "../../platform/sqlite.js";

export interface CopiedEntries {
  /** This is the index of the first of the entries: the copy's size until now. */
  readonly firstIndex: number;
  readonly entries: readonly Uint8Array[];
  /** These tiles prove the entries. */
  readonly tiles: readonly FetchedTile[];
}

/**
 * A ledger store keeps what was copied of ledgers. What is stored has been verified: nothing else may be handed to
 * `append`.
 */
export interface LedgerStore {
  /** Tells the copy's size: the entries [0, copiedSize) are stored. */
  copiedSize(origin: string): number;
  /** Gives the hashes of a tile, or of the narrower one within it; undefined where fewer are stored. */
  tile(origin: string, tile: Tile): Uint8Array | undefined;
  /** Gives a bundle's entries, `width` of them; undefined where fewer are stored. */
  entries(origin: string, index: number, width: number): Uint8Array[] | undefined;
  /**
   * Stores entries, tiles and the copy's new size together. It is durable on return; when it throws, nothing has
   * changed.
   */
  append(origin: string, copied: CopiedEntries): void;
  close(): void;
}

const MIGRATIONS = [
  `CREATE TABLE ledger (
     id          INTEGER PRIMARY KEY,
     origin      TEXT NOT NULL UNIQUE,
     copied_size INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE TABLE entry (
     ledger_id  INTEGER NOT NULL REFERENCES ledger,
     leaf_index INTEGER NOT NULL,
     content    BLOB NOT NULL,
     PRIMARY KEY (ledger_id, leaf_index)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE tile (
     ledger_id  INTEGER NOT NULL REFERENCES ledger,
     level      INTEGER NOT NULL,
     tile_index INTEGER NOT NULL,
     hashes     BLOB NOT NULL,
     PRIMARY KEY (ledger_id, level, tile_index)
   ) STRICT;`,
];

export function openLedgerStore(
  file: string,
  options: Pick<OpenDatabaseOptions, "isReadOnly"> = {},
): LedgerStore {
  return ledgerStore(openDatabase(file, { migrations: MIGRATIONS, ...options }));
}

function ledgerStore(database: SqliteDatabase): LedgerStore {
  const selectLedger = database.prepare<[string], { id: number; copied_size: number }>(
    "SELECT id, copied_size FROM ledger WHERE origin = ?",
  );
  const insertLedger = database.prepare("INSERT INTO ledger (origin) VALUES (?) ON CONFLICT DO NOTHING");
  const selectTile = database.prepare<[string, number, number], { hashes: Uint8Array }>(
    `SELECT hashes FROM tile JOIN ledger ON ledger.id = ledger_id
     WHERE origin = ? AND level = ? AND tile_index = ?`,
  );
  // A tile only ever grows: a narrower one adds nothing.
  const upsertTile = database.prepare(
    `INSERT INTO tile (ledger_id, level, tile_index, hashes) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET hashes = excluded.hashes WHERE length(excluded.hashes) > length(hashes)`,
  );
  const selectEntries = database.prepare<[string, number, number], { content: Uint8Array }>(
    `SELECT content FROM entry JOIN ledger ON ledger.id = ledger_id
     WHERE origin = ? AND leaf_index >= ? AND leaf_index < ? ORDER BY leaf_index`,
  );
  const insertEntry = database.prepare("INSERT INTO entry (ledger_id, leaf_index, content) VALUES (?, ?, ?)");
  const advance = database.prepare("UPDATE ledger SET copied_size = ? WHERE id = ? AND copied_size = ?");

  const ledgerId = (origin: string): number => {
    insertLedger.run(origin);
    return (selectLedger.get(origin) as { id: number }).id;
  };

  return {
    copiedSize: (origin) => selectLedger.get(origin)?.copied_size ?? 0,
    tile: (origin, { level, index, width }) => {
      const hashes = selectTile.get(origin, level, index)?.hashes;
      return hashes !== undefined && hashes.length >= 32 * width ? hashes.subarray(0, 32 * width) : undefined;
    },
    entries: (origin, index, width) => {
      const first = index * TILE_WIDTH;
      const rows = selectEntries.all(origin, first, first + width);
      return rows.length === width ? rows.map(({ content }) => content) : undefined;
    },
    append: (origin, { firstIndex, entries, tiles }) => {
      const step = database.transaction(() => {
        const id = ledgerId(origin);
        entries.forEach((content, i) => insertEntry.run(id, firstIndex + i, content));
        for (const { level, index, bytes } of tiles) upsertTile.run(id, level, index, bytes);
        const { changes } = advance.run(firstIndex + entries.length, id, firstIndex);
        if (changes !== 1) throw new Error(`internal: entries of ${origin} don't follow the copy's end`);
      });
      step.immediate();
    },
    close: () => {
      database.close();
    },
  };
}
