/**
 * Checkpoints that the log has signed and this node refused without knowing whether they are false: larger than what it
 * has cosigned, or of an earlier size that its copy has not come to. Once it has, the log's own signature convicts it or
 * the checkpoint is one of its branch. Bounded: of each log the oldest and the newest are kept.
 */
import type { Hash } from "../../core/merkle/hash.js";
import type { SqliteDatabase } from "../../platform/sqlite.js";
import { asHash } from "./checkpoint-table.js";

export interface UnjudgedCheckpoint {
  readonly treeSize: number;
  readonly rootHash: Hash;
  /** The note has the log's signatures. */
  readonly note: string;
  readonly receivedAtMs: number;
}

export interface UnjudgedTable {
  keepUnjudged(origin: string, unjudged: UnjudgedCheckpoint): void;
  /** Gives what is not judged yet, oldest first. */
  unjudged(origin: string): UnjudgedCheckpoint[];
}

export const UNJUDGED_TABLE_SQL = `CREATE TABLE unjudged_checkpoint (
     id             INTEGER PRIMARY KEY,
     origin         TEXT NOT NULL,
     tree_size      INTEGER NOT NULL,
     root_hash      BLOB NOT NULL CHECK (length(root_hash) = 32),
     note           TEXT NOT NULL,
     received_at_ms INTEGER NOT NULL,
     UNIQUE (origin, tree_size, root_hash)
   ) STRICT;`;

interface UnjudgedRow {
  tree_size: number;
  root_hash: Uint8Array;
  note: string;
  received_at_ms: number;
}

export function unjudgedTable(database: SqliteDatabase, keptAtEachEnd: number): UnjudgedTable {
  const insert = database.prepare(
    `INSERT INTO unjudged_checkpoint (origin, tree_size, root_hash, note, received_at_ms) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  const prune = database.prepare<{ origin: string; kept: number }>(
    `DELETE FROM unjudged_checkpoint WHERE origin = @origin
       AND id NOT IN (SELECT id FROM unjudged_checkpoint WHERE origin = @origin ORDER BY id LIMIT @kept)
       AND id NOT IN (SELECT id FROM unjudged_checkpoint WHERE origin = @origin ORDER BY id DESC LIMIT @kept)`,
  );
  const select = database.prepare<[string], UnjudgedRow>(
    "SELECT tree_size, root_hash, note, received_at_ms FROM unjudged_checkpoint WHERE origin = ? ORDER BY id",
  );
  return {
    keepUnjudged: (origin, { treeSize, rootHash, note, receivedAtMs }) => {
      insert.run(origin, treeSize, rootHash, note, receivedAtMs);
      prune.run({ origin, kept: keptAtEachEnd });
    },
    unjudged: (origin) =>
      select.all(origin).map((row) => ({
        treeSize: row.tree_size,
        rootHash: asHash(row.root_hash),
        note: row.note,
        receivedAtMs: row.received_at_ms,
      })),
  };
}
