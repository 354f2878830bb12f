/**
 * What a witness must never forget: the latest checkpoint it cosigned of each log. A witness that lost it would
 * sign a second branch, so `witness.db` is never restored from an old backup.
 */
import type { Hash } from "../core/merkle/hash.js";
import { openDatabase, type SqliteDatabase } from "../platform/sqlite.js";

/** The latest checkpoint of a log that this witness has cosigned. */
export interface CosignedCheckpoint {
  readonly treeSize: number;
  readonly rootHash: Hash;
  /** Of the newest cosignature. */
  readonly timeSeconds: number;
  /** The signed note for monitors: the log's signatures that were verified and this witness's cosignature. */
  readonly note: string;
}

/**
 * A checkpoint that the log has signed and that was refused. `fork`: of the cosigned size with another root, or an
 * empty tree with a root of its own, which the log's signature proves by itself. `suspect`: its proof did not lead
 * from the cosigned checkpoint; the log may be asked for one that does.
 */
export interface Misconduct {
  readonly kind: "fork" | "suspect";
  readonly treeSize: number;
  readonly rootHash: Hash;
  /** With the log's signatures. */
  readonly note: string;
  readonly receivedAtMs: number;
}

/** A misconduct beside what it contradicts: the cosigned note of that time, where there was one. */
export interface KeptMisconduct extends Misconduct {
  readonly cosignedNote?: string;
}

/** What came of one look at the latest checkpoint; what is present is stored. */
export interface Decision {
  readonly next?: CosignedCheckpoint;
  readonly misconduct?: Misconduct;
}

export interface CheckpointStore {
  /**
   * Reads the latest checkpoint of `origin`, lets `decide` judge, and stores its decision, as one step that no other
   * update can come between. Durable when it returns; when it throws, nothing has changed. `decide` runs once.
   */
  update<D extends Decision>(origin: string, decide: (previous: CosignedCheckpoint | undefined) => D): D;
  latest(origin: string): CosignedCheckpoint | undefined;
  /** Oldest first. Bounded: of each kind the oldest and the newest KEPT_AT_EACH_END are kept. */
  misconducts(origin: string): KeptMisconduct[];
  close(): void;
}

/** The first ones show how it began, the last ones what goes on; a flood can push out only those between. */
export const KEPT_AT_EACH_END = 64;

const MIGRATIONS = [
  `CREATE TABLE cosigned_checkpoint (
     origin       TEXT PRIMARY KEY,
     tree_size    INTEGER NOT NULL CHECK (tree_size >= 0),
     root_hash    BLOB NOT NULL CHECK (length(root_hash) = 32),
     time_seconds INTEGER NOT NULL CHECK (time_seconds > 0),
     note         TEXT NOT NULL
   ) STRICT;
   CREATE TABLE misconduct (
     id             INTEGER PRIMARY KEY,
     origin         TEXT NOT NULL,
     kind           TEXT NOT NULL CHECK (kind IN ('fork', 'suspect')),
     tree_size      INTEGER NOT NULL,
     root_hash      BLOB NOT NULL,
     note           TEXT NOT NULL,
     received_at_ms INTEGER NOT NULL,
     cosigned_note  TEXT,
     UNIQUE (origin, kind, tree_size, root_hash)
   ) STRICT;`,
];

interface CheckpointRow {
  tree_size: number;
  root_hash: Uint8Array;
  time_seconds: number;
  note: string;
}

interface MisconductRow {
  kind: Misconduct["kind"];
  tree_size: number;
  root_hash: Uint8Array;
  note: string;
  received_at_ms: number;
  cosigned_note: string | null;
}

/** Opens or creates the file of a witness's memory. */
export function openCheckpointStore(file: string): CheckpointStore {
  return checkpointStore(openDatabase(file, { migrations: MIGRATIONS }));
}

function checkpointStore(database: SqliteDatabase): CheckpointStore {
  const select = database.prepare<[string], CheckpointRow>(
    "SELECT tree_size, root_hash, time_seconds, note FROM cosigned_checkpoint WHERE origin = ?",
  );
  // The WHERE is a second lock on the same door: whatever `decide` says, no size and no time ever goes back.
  const upsert = database.prepare(
    `INSERT INTO cosigned_checkpoint (origin, tree_size, root_hash, time_seconds, note) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (origin) DO UPDATE SET tree_size = excluded.tree_size, root_hash = excluded.root_hash,
       time_seconds = excluded.time_seconds, note = excluded.note
     WHERE (excluded.tree_size > tree_size OR excluded.tree_size = tree_size AND excluded.root_hash = root_hash)
       AND excluded.time_seconds >= time_seconds`,
  );
  const keep = database.prepare(
    `INSERT INTO misconduct (origin, kind, tree_size, root_hash, note, received_at_ms, cosigned_note)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const prune = database.prepare<{ origin: string; kind: string; kept: number }>(
    `DELETE FROM misconduct WHERE origin = @origin AND kind = @kind
       AND id NOT IN (SELECT id FROM misconduct WHERE origin = @origin AND kind = @kind ORDER BY id LIMIT @kept)
       AND id NOT IN (SELECT id FROM misconduct WHERE origin = @origin AND kind = @kind ORDER BY id DESC LIMIT @kept)`,
  );
  const selectMisconducts = database.prepare<[string], MisconductRow>(
    `SELECT kind, tree_size, root_hash, note, received_at_ms, cosigned_note
     FROM misconduct WHERE origin = ? ORDER BY id`,
  );

  const latest = (origin: string): CosignedCheckpoint | undefined => {
    const row = select.get(origin);
    return (
      row && {
        treeSize: row.tree_size,
        rootHash: asHash(row.root_hash),
        timeSeconds: row.time_seconds,
        note: row.note,
      }
    );
  };

  const storeNext = (origin: string, next: CosignedCheckpoint) => {
    const { changes } = upsert.run(origin, next.treeSize, next.rootHash, next.timeSeconds, next.note);
    if (changes !== 1)
      throw new Error(`internal: the checkpoint of ${origin} would go back to ${next.treeSize}`);
  };

  const storeMisconduct = (origin: string, found: Misconduct, cosigned: CosignedCheckpoint | undefined) => {
    const { kind, treeSize, rootHash, note, receivedAtMs } = found;
    keep.run(origin, kind, treeSize, rootHash, note, receivedAtMs, cosigned?.note ?? null);
    prune.run({ origin, kind, kept: KEPT_AT_EACH_END });
  };

  return {
    // IMMEDIATE takes the write lock before the read: what `decide` saw is what gets replaced.
    update: (origin, decide) =>
      database
        .transaction(() => {
          const previous = latest(origin);
          const decision = decide(previous);
          if (decision.next) storeNext(origin, decision.next);
          if (decision.misconduct) storeMisconduct(origin, decision.misconduct, previous);
          return decision;
        })
        .immediate(),
    latest,
    misconducts: (origin) =>
      selectMisconducts.all(origin).map((row) => ({
        kind: row.kind,
        treeSize: row.tree_size,
        rootHash: asHash(row.root_hash),
        note: row.note,
        receivedAtMs: row.received_at_ms,
        ...(row.cosigned_note !== null && { cosignedNote: row.cosigned_note }),
      })),
    close: () => {
      database.close();
    },
  };
}

/** SQLite hands out a Buffer; the column's CHECK has seen to its length. */
const asHash = (bytes: Uint8Array): Hash => Uint8Array.from(bytes) as Hash;
