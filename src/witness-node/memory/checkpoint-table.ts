/** A table with one checkpoint of each log that only ever moves forward: the memory of one cosigner. */
import type { Hash } from "../../core/merkle/hash.js";
import type { SqliteDatabase } from "../../platform/sqlite.js";

/** A cosigned checkpoint is the latest of a log that this cosigner has signed. */
export interface CosignedCheckpoint {
  readonly treeSize: number;
  readonly rootHash: Hash;
  /** This is the time of the newest cosignature. */
  readonly timeSeconds: number;
  /** This is the signed note for monitors: it has the log's signatures that were verified and the cosigner's own. */
  readonly note: string;
}

export interface CheckpointTable {
  latest(origin: string): CosignedCheckpoint | undefined;
  /** Stores the next checkpoint. Throws where a size or a time would go back, or a root would change. */
  advance(origin: string, next: CosignedCheckpoint): void;
}

interface CheckpointRow {
  tree_size: number;
  root_hash: Uint8Array;
  time_seconds: number;
  note: string;
}

/** Gives the table's SQL, for a migration or a table that is there. */
export const checkpointTableSql = (name: string): string =>
  `CREATE TABLE ${name} (
     origin       TEXT PRIMARY KEY,
     tree_size    INTEGER NOT NULL CHECK (tree_size >= 0),
     root_hash    BLOB NOT NULL CHECK (length(root_hash) = 32),
     time_seconds INTEGER NOT NULL CHECK (time_seconds > 0),
     note         TEXT NOT NULL
   ) STRICT;`;

export function checkpointTable(
  database: SqliteDatabase,
  name: "cosigned_checkpoint" | "mirrored_checkpoint",
): CheckpointTable {
  const select = database.prepare<[string], CheckpointRow>(
    `SELECT tree_size, root_hash, time_seconds, note FROM ${name} WHERE origin = ?`,
  );
  // The WHERE is a second lock on the same door: whatever was decided, no size and no time ever goes back.
  const upsert = database.prepare(
    `INSERT INTO ${name} (origin, tree_size, root_hash, time_seconds, note) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (origin) DO UPDATE SET tree_size = excluded.tree_size, root_hash = excluded.root_hash,
       time_seconds = excluded.time_seconds, note = excluded.note
     WHERE (excluded.tree_size > tree_size OR excluded.tree_size = tree_size AND excluded.root_hash = root_hash)
       AND excluded.time_seconds >= time_seconds`,
  );
  return {
    latest: (origin) => {
      const row = select.get(origin);
      return (
        row && {
          treeSize: row.tree_size,
          rootHash: asHash(row.root_hash),
          timeSeconds: row.time_seconds,
          note: row.note,
        }
      );
    },
    advance: (origin, { treeSize, rootHash, timeSeconds, note }) => {
      const { changes } = upsert.run(origin, treeSize, rootHash, timeSeconds, note);
      if (changes !== 1)
        throw new Error(`internal: the checkpoint of ${origin} would go back to ${treeSize} (${name})`);
    },
  };
}

/** Makes a hash of what SQLite hands out, which is a Buffer; the column's CHECK has seen to its length. */
export const asHash = (bytes: Uint8Array): Hash => Uint8Array.from(bytes) as Hash;
