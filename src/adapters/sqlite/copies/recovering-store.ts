/**
 * A notary's store out of a backup that is joined with the ledger as a mirror has it: a copy of the backup in a file of its
 * own, which becomes the store by being renamed. Beside what an adopting store does, it takes back the end of a ledger that
 * nobody has cosigned, gives deposits of the backup their places on the ledger, and holds chains.
 */
import { existsSync, linkSync, renameSync, rmSync } from "node:fs";
import Database from "better-sqlite3";
import { TILE_WIDTH } from "../../../core/ledger/tile.js";
import type { Hash } from "../../../core/merkle/hash.js";
import type { BatchStore, NewBatch } from "../../../notary/ports/batches.js";
import type { StoredCheckpoint } from "../../../notary/ports/ledger.js";
import { createPrivateFile } from "../../../platform/files/owner-alone.js";
import { openDatabase } from "../../../platform/sqlite.js";
import { type AdoptingStore, adoptingStore } from "./adopting-store.js";
import { sqliteBatches } from "../batches.js";
import { holdChains } from "./hold-chains.js";
import { sqliteLedger } from "../ledger.js";
import { bytesOf, type SqliteDatabase, transact } from "../rows.js";
import { MIGRATIONS } from "../schema.js";
import { refuseStoreElsewhere } from "../standing.js";

export interface KnownDeposit {
  readonly organisationId: string;
  readonly leafHash: Hash;
}

export interface RecoveringStore extends Omit<AdoptingStore, "finish"> {
  newestCheckpoint(): Promise<StoredCheckpoint | undefined>;
  /** The largest size of which a cosignature is stored; 0 where there is none. */
  cosignedSize(): number;
  /** Of the newest deposit whose batch is on the ledger, and of the newest of all. */
  lastLedgeredSeq(): number;
  lastSeq(): number;
  deposits(range: { readonly firstSeq: number; readonly lastSeq: number }): readonly KnownDeposit[];
  leafHashes: BatchStore["leafHashes"];
  /** The ledger's first `size` entries stay, and checkpoints up to there: nothing beyond may be cosigned. */
  cutTo(size: number): void;
  /**
   * In one step: batches that are on no ledger are undone, those that were found on it get their entries, every chain is
   * held, and the checkpoint over all entries is stored where it is beyond the newest. How many chains are held.
   */
  join(joined: {
    readonly batches: readonly { readonly ledgerIndex: number; readonly batch: NewBatch }[];
    readonly checkpoint: StoredCheckpoint;
  }): number;
  /** Closes the file, which is then whole by itself. */
  finish(): void;
}

/** Copies `from` as it stands, with what its write-ahead log holds, to `to`, which must not exist, and opens that. */
export function openRecoveringStore(from: string, to: string): RecoveringStore {
  const source = new Database(from, { timeout: 0 });
  try {
    createPrivateFile(to);
    source.prepare("VACUUM INTO ?").run(to);
  } finally {
    source.close();
  }
  const database = openDatabase(to, { migrations: MIGRATIONS });
  refuseStoreElsewhere(database, from);
  return recoveringStore(database);
}

/** `file` becomes `store`; what that was is kept as `former`. A crash leaves the one or the other, whole. */
export function replaceStore(
  file: string,
  { store, former }: { readonly store: string; readonly former: string },
): void {
  // A log of the former file must not be taken for one of the new.
  const database = new Database(store, { timeout: 0 });
  try {
    database.pragma("wal_checkpoint(TRUNCATE)");
    database.pragma("journal_mode = DELETE");
  } finally {
    database.close();
  }
  if (existsSync(`${store}-wal`)) throw new Error(`${store} is in use: its write-ahead log can't be closed`);
  rmSync(former, { force: true });
  linkSync(store, former);
  renameSync(file, store);
}

function recoveringStore(database: SqliteDatabase): RecoveringStore {
  const ledger = sqliteLedger(database);
  const { leafHashes } = sqliteBatches(database);
  const number = (sql: string) => database.prepare<[], number>(sql).pluck();
  const cosignedSize = number("SELECT coalesce(max(tree_size), 0) FROM cosignatures");
  const lastLedgeredSeq = number(
    `SELECT coalesce(max(last_seq), 0) FROM batches JOIN ledger_entries ON batch_first_seq = first_seq`,
  );
  const lastSeq = number("SELECT coalesce(max(seq), 0) FROM deposits");
  const deposits = database.prepare<[number, number], { organisation_id: string; leaf_hash: Buffer }>(
    "SELECT organisation_id, leaf_hash FROM deposits WHERE seq BETWEEN ? AND ? ORDER BY seq",
  );

  function cutTo(size: number): void {
    transact(database, () => {
      database.prepare("DELETE FROM checkpoints WHERE tree_size > ?").run(size);
      database.prepare("DELETE FROM ledger_entries WHERE entry_index >= ?").run(size);
      const levels = number("SELECT coalesce(max(level), -1) FROM tiles").get() ?? -1;
      for (let level = 0, count = size; level <= levels; level++, count = Math.floor(count / TILE_WIDTH)) {
        const [index, width] = [Math.floor(count / TILE_WIDTH), count % TILE_WIDTH];
        database
          .prepare("DELETE FROM tiles WHERE level = ? AND tile_index >= ?")
          .run(level, width > 0 ? index + 1 : index);
        database
          .prepare("UPDATE tiles SET hashes = substr(hashes, 1, ?) WHERE level = ? AND tile_index = ?")
          .run(32 * width, level, index);
      }
    });
  }

  return {
    ...adoptingStore(database),
    newestCheckpoint: () => ledger.newestCheckpoint(),
    cosignedSize: () => cosignedSize.get() ?? 0,
    lastLedgeredSeq: () => lastLedgeredSeq.get() ?? 0,
    lastSeq: () => lastSeq.get() ?? 0,
    deposits: ({ firstSeq, lastSeq: last }) =>
      deposits
        .all(firstSeq, last)
        .map((row) => ({ organisationId: row.organisation_id, leafHash: bytesOf(row.leaf_hash) })),
    leafHashes,
    cutTo,
    join: ({ batches, checkpoint }) =>
      transact(database, () => {
        database
          .prepare(
            "DELETE FROM batches WHERE first_seq NOT IN (SELECT batch_first_seq FROM ledger_entries WHERE batch_first_seq IS NOT NULL)",
          )
          .run();
        const insert = database.prepare("INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?)");
        const place = database.prepare("UPDATE ledger_entries SET batch_first_seq = ? WHERE entry_index = ?");
        for (const { ledgerIndex, batch } of batches) {
          const { firstSeq, lastSeq: last, id, sealedAtMs, depositorIds, entry } = batch;
          insert.run(firstSeq, last, id, sealedAtMs, JSON.stringify(depositorIds), entry);
          place.run(firstSeq, ledgerIndex);
        }
        const held = holdChains(database);
        const { treeSize, rootHash, lastSeq: last, sealedAtMs, note } = checkpoint;
        database
          .prepare("INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?) ON CONFLICT (tree_size) DO NOTHING")
          .run(treeSize, rootHash, last, sealedAtMs, note);
        return held;
      }),
    finish: () => {
      database.pragma("wal_checkpoint(TRUNCATE)");
      database.close();
    },
  };
}
