/** Batches in SQLite: ranges of `seq`, each sealed by one row. */
import type { BatchStore, NewBatch, StoredBatch } from "../../notary/ports/batches.js";
import { type UnsealedDeposit, unsealedOf } from "../../notary/ports/rules.js";
import { bytesOf, type SqliteDatabase, transact } from "./rows.js";

interface LeafRow {
  readonly seq: number;
  readonly organisation_id: string;
  readonly leaf_hash: Buffer;
  readonly received_at_ms: number;
  readonly seal_by_ms: number;
}
interface BatchRow {
  readonly first_seq: number;
  readonly last_seq: number;
  readonly id: string;
  readonly sealed_at_ms: number;
  readonly depositor_ids: string;
  readonly entry: Buffer;
  readonly entry_index: number | null;
}

const WITH_INDEX =
  "SELECT batches.*, entry_index FROM batches LEFT JOIN ledger_entries ON batch_first_seq = first_seq";

export function sqliteBatches(database: SqliteDatabase): BatchStore {
  const lastSealed = database
    .prepare<[], number>("SELECT last_seq FROM batches ORDER BY first_seq DESC LIMIT 1")
    .pluck();
  const leaves = database.prepare<[number, number], LeafRow>(
    `SELECT seq, organisation_id, leaf_hash, received_at_ms, seal_by_ms FROM deposits
     WHERE seq > ? ORDER BY seq LIMIT ?`,
  );
  const leafHashes = database
    .prepare<[number, number], Buffer>(
      "SELECT leaf_hash FROM deposits WHERE seq BETWEEN ? AND ? ORDER BY seq",
    )
    .pluck();
  const insert = database.prepare<[number, number, string, number, string, Uint8Array]>(
    "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?)",
  );
  const findOfSeq = database.prepare<[number], BatchRow>(
    `${WITH_INDEX} WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1`,
  );
  // Batches enter the ledger in their order, so those without an index are all above the newest with one.
  const unledgered = database.prepare<[number], BatchRow>(
    `${WITH_INDEX} WHERE first_seq > (SELECT coalesce(max(batch_first_seq), 0) FROM ledger_entries)
     ORDER BY first_seq LIMIT ?`,
  );
  const depositors = database.prepare<[number, number], { entry_index: number; depositor_ids: string }>(
    `SELECT entry_index, depositor_ids FROM ledger_entries JOIN batches ON first_seq = batch_first_seq
     WHERE entry_index >= ? AND entry_index < ? ORDER BY entry_index`,
  );

  return {
    unsealedDeposits: async (limit, belongTogether) =>
      unsealedOf(leaves.all(lastSealed.get() ?? 0, limit).map(leafOf), belongTogether),
    sealBatch: async (batch) =>
      transact(database, () => {
        if (batch.firstSeq !== (lastSealed.get() ?? 0) + 1) return false;
        insert.run(
          batch.firstSeq,
          batch.lastSeq,
          batch.id,
          batch.sealedAtMs,
          JSON.stringify(batch.depositorIds),
          batch.entry,
        );
        return true;
      }),
    findBatchOfSeq: async (seq) => {
      const row = findOfSeq.get(seq);
      return row && row.last_seq >= seq ? batchOf(row) : undefined;
    },
    unledgeredBatches: async (limit) => unledgered.all(limit).map(batchOf),
    leafHashes: async ({ firstSeq, lastSeq }) => leafHashes.all(firstSeq, lastSeq).map(bytesOf),
    depositorsOfEntries: async ({ from, to }) =>
      depositors.all(from, to).map((row) => ({
        ledgerIndex: row.entry_index,
        depositorIds: idsOf(row.depositor_ids),
      })),
  };
}

const leafOf = (row: LeafRow): UnsealedDeposit => ({
  seq: row.seq,
  organisationId: row.organisation_id,
  leafHash: bytesOf(row.leaf_hash),
  receivedAtMs: row.received_at_ms,
  sealByMs: row.seal_by_ms,
});

const batchOf = (row: BatchRow): StoredBatch => ({
  ...newBatchOf(row),
  ...(row.entry_index !== null && { ledgerIndex: row.entry_index }),
});

const newBatchOf = (row: BatchRow): NewBatch => ({
  id: row.id,
  firstSeq: row.first_seq,
  lastSeq: row.last_seq,
  sealedAtMs: row.sealed_at_ms,
  depositorIds: idsOf(row.depositor_ids),
  entry: bytesOf(row.entry),
});

const idsOf = (json: string): readonly string[] => JSON.parse(json) as string[];
