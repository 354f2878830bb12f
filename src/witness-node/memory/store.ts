/**
 * What a node must never forget: the latest checkpoint of each log that its witness cosigned, and the latest that its
 * mirror did. A witness that lost it would sign a second branch, so `witness.db` is never restored from an old backup.
 *
 * To the mirror what the witness has cosigned are *pending* checkpoints, one record for both: signed by the log, each
 * consistent with all before.
 */
import { concatBytes } from "../../core/bytes.js";
import { splitTile } from "../../core/ledger/tile.js";
import type { Hash } from "../../core/merkle/hash.js";
import { openDatabase, type OpenDatabaseOptions, type SqliteDatabase } from "../../platform/sqlite.js";
import { asHash, checkpointTable, checkpointTableSql, type CosignedCheckpoint } from "./checkpoint-table.js";
import { SEEN_TABLE_SQL, type SeenTable, seenTable } from "./seen-table.js";
import { UNJUDGED_TABLE_SQL, type UnjudgedCheckpoint, unjudgedTable } from "./unjudged-table.js";
import type { Beginning } from "../ledger/tree-head.js";

/** A pending checkpoint is one up to which the mirror takes entries. */
export interface PendingCheckpoint {
  readonly treeSize: number;
  readonly rootHash: Hash;
  /** SPEC (tlog-mirror): "The mirror MUST retain the log's signature in the pending checkpoint." */
  readonly note: string;
}

/**
 * A checkpoint that the log has signed and that was refused. `fork`: another root than that of the first so many
 * entries of the cosigned ledger, or an empty tree with a root of its own. `suspect`: the proof with it did not lead
 * there from the cosigned checkpoint; the log may be asked for one that does, for others can send it with a bad proof.
 */
export interface Misconduct {
  readonly kind: "fork" | "suspect";
  readonly treeSize: number;
  readonly rootHash: Hash;
  /** The note has the log's signatures. */
  readonly note: string;
  readonly receivedAtMs: number;
}

/** A kept misconduct stands beside what it contradicts: the cosigned note of that time, where there was one. */
export interface KeptMisconduct extends Misconduct {
  readonly cosignedNote?: string;
  /**
   * Of two sizes it has here, where it was proved when it came, what the larger of both trees says of the smaller
   * one.
   */
  readonly beginning?: Beginning;
}

/** A decision is what came of one look at the latest checkpoint; what is present is stored. */
export interface Decision {
  readonly next?: CosignedCheckpoint;
  readonly misconduct?: Misconduct;
  readonly unjudged?: UnjudgedCheckpoint;
}

export interface CheckpointStore extends SeenTable {
  /**
   * Reads the latest checkpoint of `origin`, lets `decide` judge, and stores its decision, as one step that no other
   * update can come between. Durable when it returns; when it throws, nothing has changed. `decide` runs once.
   */
  update<D extends Decision>(origin: string, decide: (previous: CosignedCheckpoint | undefined) => D): D;
  latest(origin: string): CosignedCheckpoint | undefined;
  /** Gives the checkpoint of this size, where it is one of the latest KEPT_PENDING that were cosigned. */
  pending(origin: string, treeSize: number): PendingCheckpoint | undefined;
  /** Gives the latest checkpoint that the mirror has cosigned. */
  mirrored(origin: string): CosignedCheckpoint | undefined;
  /** Updates the mirror's latest checkpoint as `update` does the witness's; undefined changes nothing. */
  updateMirrored<N extends CosignedCheckpoint | undefined>(
    origin: string,
    decide: (previous: CosignedCheckpoint | undefined) => N,
  ): N;
  /** Keeps what was found to contradict a checkpoint, beside that one. */
  keepMisconduct(origin: string, kept: KeptMisconduct): void;
  /**
   * Gives misconduct, oldest first. It is bounded: of each kind the oldest and the newest KEPT_AT_EACH_END are kept.
   */
  misconducts(origin: string): KeptMisconduct[];
  /** Gives what is not judged yet, oldest first. It is bounded in the same way. */
  unjudged(origin: string): UnjudgedCheckpoint[];
  close(): void;
}

/** The first ones show how it began, the last ones what goes on; a flood can push out only those between. */
export const KEPT_AT_EACH_END = 64;

/**
 * SPEC (tlog-mirror): "mirrors SHOULD accept any of the last several pending checkpoint values as `upload_end`." At a
 * checkpoint a second that is a minute for one upload; a longer one goes on under a newer checkpoint.
 */
export const KEPT_PENDING = 64;

const MIGRATIONS = [
  `${checkpointTableSql("cosigned_checkpoint")}
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
  `${checkpointTableSql("mirrored_checkpoint")}
   CREATE TABLE pending_checkpoint (
     origin    TEXT NOT NULL,
     tree_size INTEGER NOT NULL,
     root_hash BLOB NOT NULL CHECK (length(root_hash) = 32),
     note      TEXT NOT NULL,
     PRIMARY KEY (origin, tree_size)
   ) STRICT;
   INSERT INTO pending_checkpoint SELECT origin, tree_size, root_hash, note FROM cosigned_checkpoint;`,
  `${SEEN_TABLE_SQL}
   -- The root, then the hashes of the path.
   ALTER TABLE misconduct ADD COLUMN beginning BLOB CHECK (length(beginning) % 32 = 0);`,
  UNJUDGED_TABLE_SQL,
];

interface MisconductRow {
  kind: Misconduct["kind"];
  tree_size: number;
  root_hash: Uint8Array;
  note: string;
  received_at_ms: number;
  cosigned_note: string | null;
  beginning: Uint8Array | null;
}

/** Opens or creates the file of a witness's memory. */
export function openCheckpointStore(
  file: string,
  options: Pick<OpenDatabaseOptions, "isReadOnly"> = {},
): CheckpointStore {
  return checkpointStore(openDatabase(file, { migrations: MIGRATIONS, ...options }));
}

function checkpointStore(database: SqliteDatabase): CheckpointStore {
  const cosigned = checkpointTable(database, "cosigned_checkpoint");
  const mirrored = checkpointTable(database, "mirrored_checkpoint");
  const selectPending = database.prepare<[string, number], { root_hash: Uint8Array; note: string }>(
    "SELECT root_hash, note FROM pending_checkpoint WHERE origin = ? AND tree_size = ?",
  );
  // Of one size there is one root: what the witness cosigned before it compared.
  const insertPending = database.prepare(
    `INSERT INTO pending_checkpoint (origin, tree_size, root_hash, note) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET note = excluded.note`,
  );
  const prunePending = database.prepare<{ origin: string; kept: number }>(
    `DELETE FROM pending_checkpoint WHERE origin = @origin AND tree_size NOT IN
       (SELECT tree_size FROM pending_checkpoint WHERE origin = @origin ORDER BY tree_size DESC LIMIT @kept)`,
  );
  const keep = database.prepare(
    `INSERT INTO misconduct (origin, kind, tree_size, root_hash, note, received_at_ms, cosigned_note, beginning)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const prune = database.prepare<{ origin: string; kind: string; kept: number }>(
    `DELETE FROM misconduct WHERE origin = @origin AND kind = @kind
       AND id NOT IN (SELECT id FROM misconduct WHERE origin = @origin AND kind = @kind ORDER BY id LIMIT @kept)
       AND id NOT IN (SELECT id FROM misconduct WHERE origin = @origin AND kind = @kind ORDER BY id DESC LIMIT @kept)`,
  );
  const selectMisconducts = database.prepare<[string], MisconductRow>(
    `SELECT kind, tree_size, root_hash, note, received_at_ms, cosigned_note, beginning
     FROM misconduct WHERE origin = ? ORDER BY id`,
  );

  const { keepUnjudged, unjudged } = unjudgedTable(database, KEPT_AT_EACH_END);

  const storeNext = (origin: string, next: CosignedCheckpoint) => {
    cosigned.advance(origin, next);
    insertPending.run(origin, next.treeSize, next.rootHash, next.note);
    prunePending.run({ origin, kept: KEPT_PENDING });
  };

  const storeMisconduct = (origin: string, found: KeptMisconduct) => {
    const { kind, treeSize, rootHash, note, receivedAtMs, cosignedNote, beginning } = found;
    const proof = beginning && concatBytes(beginning.rootHash, ...beginning.path);
    keep.run(origin, kind, treeSize, rootHash, note, receivedAtMs, cosignedNote ?? null, proof ?? null);
    prune.run({ origin, kind, kept: KEPT_AT_EACH_END });
  };

  return {
    // IMMEDIATE takes the write lock before the read: what `decide` saw is what gets replaced.
    update: (origin, decide) =>
      database
        .transaction(() => {
          const previous = cosigned.latest(origin);
          const decision = decide(previous);
          if (decision.next) storeNext(origin, decision.next);
          if (decision.misconduct)
            storeMisconduct(origin, {
              ...decision.misconduct,
              ...(previous && { cosignedNote: previous.note }),
            });
          if (decision.unjudged) keepUnjudged(origin, decision.unjudged);
          return decision;
        })
        .immediate(),
    unjudged,
    latest: cosigned.latest,
    pending: (origin, treeSize) => {
      const row = selectPending.get(origin, treeSize);
      return row && { treeSize, rootHash: asHash(row.root_hash), note: row.note };
    },
    mirrored: mirrored.latest,
    updateMirrored: (origin, decide) =>
      database
        .transaction(() => {
          const next = decide(mirrored.latest(origin));
          if (next) mirrored.advance(origin, next);
          return next;
        })
        .immediate(),
    ...seenTable(database),
    keepMisconduct: (origin, kept) => {
      database.transaction(() => storeMisconduct(origin, kept)).immediate();
    },
    misconducts: (origin) =>
      selectMisconducts.all(origin).map((row) => ({
        kind: row.kind,
        treeSize: row.tree_size,
        rootHash: asHash(row.root_hash),
        note: row.note,
        receivedAtMs: row.received_at_ms,
        ...(row.cosigned_note !== null && { cosignedNote: row.cosigned_note }),
        ...(row.beginning !== null && { beginning: beginningOf(row.beginning) }),
      })),
    close: () => {
      database.close();
    },
  };
}

function beginningOf(bytes: Uint8Array): Beginning {
  const [rootHash, ...path] = splitTile(Uint8Array.from(bytes));
  if (rootHash === undefined) throw new Error("internal: a proof without a root");
  return { rootHash, path };
}
