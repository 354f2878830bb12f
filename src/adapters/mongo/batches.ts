/** Batches in MongoDB: ranges of `seq`, each sealed by the document that has the next place. */
import type { BatchStore, NewBatch } from "../../notary/ports/batches.js";
import { unsealedOf } from "../../notary/ports/rules.js";
import { blob, bytesOf, present } from "./schema/documents.js";
import type { Collections } from "./schema/collections.js";
import type { DepositRow, StepRow } from "./schema/deposits.js";
import type { BatchRow, EntryRow } from "./schema/ledger.js";
import { isDuplicate, refuseMissing, storing } from "./server/storing.js";

export function mongoBatches({ batches, deposits, ledgerEntries }: Collections): BatchStore {
  const lastSealed = async (): Promise<number> =>
    (await batches.findOne().sort({ _id: -1 }).lean<BatchRow>())?.lastSeq ?? 0;

  /** From `first` on, in order, `count` at the most, without their statements. */
  const leaves = async (first: number, count: number): Promise<readonly DepositRow[]> => {
    const before = await deposits
      .findOne({ _id: { $gte: 1, $lte: first } }, { _id: 1 })
      .sort({ _id: -1 })
      .lean<StepRow>();
    const found: DepositRow[] = [];
    const groups = deposits
      .find({ _id: { $gte: before?._id ?? first } }, { deposits: 1 })
      .select("-deposits.statement")
      .sort({ _id: 1 })
      .lean<StepRow[]>()
      .cursor();
    for await (const group of groups) {
      found.push(...((group as StepRow).deposits ?? []).filter(({ seq }) => seq >= first));
      if (found.length >= count) break;
    }
    return found.slice(0, count);
  };

  const withIndex = async (row: BatchRow) => {
    const entry = await ledgerEntries.findOne({ "batch.firstSeq": row._id }, { _id: 1 }).lean<EntryRow>();
    return { ...batchOf(row), ...present("ledgerIndex", entry?._id) };
  };

  return {
    unsealedDeposits: async (limit, belongTogether) =>
      unsealedOf(
        (await leaves((await lastSealed()) + 1, limit)).map((row) => ({
          ...row,
          leafHash: bytesOf(row.leafHash),
        })),
        belongTogether,
      ),
    sealBatch: ({ firstSeq, lastSeq, id, sealedAtMs, depositorIds, entry }) =>
      storing(async () => {
        if (firstSeq !== (await lastSealed()) + 1) return false;
        refuseMissing("deposit", lastSeq >= firstSeq ? (await leaves(lastSeq, 1))[0] : undefined);
        const row: BatchRow = { _id: firstSeq, lastSeq, id, sealedAtMs, depositorIds, entry: blob(entry) };
        try {
          await batches.collection.insertOne(row as never);
          return true;
        } catch (error) {
          if (!isDuplicate(error)) throw error;
          // What refused it need not be kept by the majority yet, and a read of that would not find it.
          const there = await batches
            .findById(firstSeq)
            .read("primary")
            .readConcern("local")
            .lean<BatchRow>();
          // Another index refused it: a batch of this id is there, at another place.
          if (there === null) throw error;
          // The driver sends an insert again whose answer was lost.
          return there.id === id;
        }
      }),
    findBatchOfSeq: async (seq) => {
      const row = await batches
        .findOne({ _id: { $lte: seq } })
        .sort({ _id: -1 })
        .lean<BatchRow>();
      return row && row.lastSeq >= seq ? withIndex(row) : undefined;
    },
    // Batches enter the ledger in their order, so those without an index are all above the newest with one.
    unledgeredBatches: async (limit) => {
      const newest = await ledgerEntries
        .findOne({ "batch.firstSeq": { $gt: 0 } }, { batch: 1 })
        .sort({ "batch.firstSeq": -1 })
        .lean<EntryRow>();
      const rows = await batches
        .find({ _id: { $gt: newest?.batch?.firstSeq ?? 0 } })
        .sort({ _id: 1 })
        .limit(limit)
        .lean<BatchRow[]>();
      return rows.map(batchOf);
    },
    leafHashes: async ({ firstSeq, lastSeq }) =>
      (await leaves(firstSeq, lastSeq - firstSeq + 1)).map(({ leafHash }) => bytesOf(leafHash)),
    depositorsOfEntries: async ({ from, to }) => {
      const rows = await ledgerEntries
        .find({ _id: { $gte: from, $lt: to } }, { batch: 1 })
        .sort({ _id: 1 })
        .lean<EntryRow[]>();
      return rows.flatMap(({ _id: ledgerIndex, batch }) =>
        batch ? [{ ledgerIndex, depositorIds: batch.depositorIds }] : [],
      );
    },
  };
}

const batchOf = (row: BatchRow): NewBatch => ({
  id: row.id,
  firstSeq: row._id,
  lastSeq: row.lastSeq,
  sealedAtMs: row.sealedAtMs,
  depositorIds: row.depositorIds,
  entry: bytesOf(row.entry),
});
