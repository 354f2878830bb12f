/** The notary's store read from its first row to its last, for whoever checks a copy of it. Nothing is written. */
import type { StoredCheckpoint } from "../../../notary/ports/ledger.js";
import { openDatabase } from "../../../platform/sqlite.js";
import { sqliteLedger } from "../ledger.js";
import { bytesOf } from "../rows.js";
import { MIGRATIONS } from "../schema.js";
import { namedOriginals } from "./store-copy.js";

export interface StoreReader {
  /** What SQLite itself finds wrong with the file: pages, indexes, references. */
  damages(): readonly string[];
  newestCheckpoint(): Promise<StoredCheckpoint | undefined>;
  consortiumEntries(): Promise<readonly { readonly index: number; readonly content: Uint8Array }[]>;
  tile(level: number, index: number): Uint8Array | undefined;
  /** By index; `batch` is what the store holds as the entry of the batch that stands there. */
  entries(range: { readonly first: number; readonly count: number }): readonly {
    readonly index: number;
    readonly content: Uint8Array;
    readonly batch?: Uint8Array;
  }[];
  batches(range: { readonly after: number; readonly limit: number }): readonly {
    readonly id: string;
    readonly firstSeq: number;
    readonly lastSeq: number;
    readonly entry: Uint8Array;
  }[];
  deposits(range: { readonly firstSeq: number; readonly lastSeq: number }): readonly {
    readonly seq: number;
    readonly id: string;
    readonly leafHash: Uint8Array;
    readonly statement: Uint8Array;
    readonly receivedAtMs: number;
  }[];
  /** `seq` of the newest deposit, which is their number where none is missing; 0 where there is none. */
  lastSeq(): number;
  originals(): Iterable<Uint8Array>;
  close(): void;
}

/** Of a copy: whoever may read it, and whoever owns it. Throws where it is of another schema. */
export function openStoreReader(file: string): StoreReader {
  const database = openDatabase(file, { migrations: MIGRATIONS, isReadOnly: true, isCopy: true });
  const ledger = sqliteLedger(database);
  const findTile = database
    .prepare<[number, number], Buffer>("SELECT hashes FROM tiles WHERE level = ? AND tile_index = ?")
    .pluck();
  const entries = database.prepare<
    [number, number],
    { entry_index: number; content: Buffer; batch: Buffer | null }
  >(
    `SELECT entry_index, content, batches.entry AS batch FROM ledger_entries
     LEFT JOIN batches ON first_seq = batch_first_seq
     WHERE entry_index >= ? ORDER BY entry_index LIMIT ?`,
  );
  const batches = database.prepare<
    [number, number],
    { id: string; first_seq: number; last_seq: number; entry: Buffer }
  >("SELECT id, first_seq, last_seq, entry FROM batches WHERE first_seq > ? ORDER BY first_seq LIMIT ?");
  const deposits = database.prepare<
    [number, number],
    { seq: number; id: string; leaf_hash: Buffer; statement: Buffer; received_at_ms: number }
  >(
    `SELECT seq, id, leaf_hash, statement, received_at_ms FROM deposits
     WHERE seq BETWEEN ? AND ? ORDER BY seq`,
  );
  const lastSeq = database.prepare<[], number>("SELECT coalesce(max(seq), 0) FROM deposits").pluck();
  return {
    damages: () => {
      const found = database.pragma("integrity_check") as { readonly integrity_check: string }[];
      const references = database.pragma("foreign_key_check") as { readonly table: string }[];
      return [
        ...found.map(({ integrity_check: text }) => text).filter((text) => text !== "ok"),
        ...references.map(({ table }) => `a row of ${table} refers to one that is not there`),
      ];
    },
    newestCheckpoint: () => ledger.newestCheckpoint(),
    consortiumEntries: () => ledger.consortiumEntries(),
    tile: (level, index) => {
      const hashes = findTile.get(level, index);
      return hashes && bytesOf(hashes);
    },
    entries: ({ first, count }) =>
      entries.all(first, count).map(({ entry_index: index, content, batch }) => ({
        ...{ index, content: bytesOf(content) },
        ...(batch && { batch: bytesOf(batch) }),
      })),
    batches: ({ after, limit }) =>
      batches.all(after, limit).map((row) => ({
        ...{ id: row.id, firstSeq: row.first_seq, lastSeq: row.last_seq, entry: bytesOf(row.entry) },
      })),
    deposits: ({ firstSeq, lastSeq: last }) =>
      deposits.all(firstSeq, last).map((row) => ({
        ...{ seq: row.seq, id: row.id, leafHash: bytesOf(row.leaf_hash), statement: bytesOf(row.statement) },
        receivedAtMs: row.received_at_ms,
      })),
    lastSeq: () => lastSeq.get() ?? 0,
    originals: () => namedOriginals(database),
    close: () => {
      database.close();
    },
  };
}
