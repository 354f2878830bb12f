/** The ledger in MongoDB: entries, tiles and checkpoints advance in one transaction or not at all. */
import { isConsortiumEntry } from "../../core/membership/change.js";
import type { Connection } from "mongoose";
import type { LedgerAdvance, LedgerStore, StoredCheckpoint } from "../../notary/ports/ledger.js";
import { isSameTree } from "../../notary/ports/rules.js";
import { blob, bytesOf } from "./schema/documents.js";
import type { Collections } from "./schema/collections.js";
import type { BatchRow, CheckpointRow, EntryRow, TileRow } from "./schema/ledger.js";
import type { CounterRow } from "./schema/single.js";
import { refuseMissing, storing, transact } from "./server/storing.js";

export function mongoLedger(connection: Connection, collections: Collections): LedgerStore {
  const { batches, checkpoints, counters, ledgerEntries, tiles } = collections;
  const findCheckpoint = async (treeSize: number): Promise<StoredCheckpoint | undefined> => {
    const row = await checkpoints.findById(treeSize).lean<CheckpointRow>();
    return row ? checkpointOf(row) : undefined;
  };

  /** Throws where a batch is named that is not there; one that is in the ledger already its index refuses. */
  const entriesOf = async ({ previous, entries }: LedgerAdvance): Promise<readonly EntryRow[]> => {
    const firstSeqs = entries.flatMap(({ batchFirstSeq }) => batchFirstSeq ?? []);
    const rows = await batches.find({ _id: { $in: firstSeqs } }, { entry: 0 }).lean<BatchRow[]>();
    const found = new Map(rows.map((row) => [row._id, row]));
    return entries.map(({ content, batchFirstSeq }, i) => {
      const index = (previous?.treeSize ?? 0) + i;
      const entry = { _id: index, content: blob(content) };
      if (batchFirstSeq === undefined)
        return { ...entry, ...(isConsortiumEntry(content) && { changeIndex: index }) };
      const batch = found.get(batchFirstSeq);
      refuseMissing("batch", batch);
      const { lastSeq, sealedAtMs, depositorIds } = batch as BatchRow;
      return { ...entry, batch: { firstSeq: batchFirstSeq, lastSeq, sealedAtMs, depositorIds } };
    });
  };

  return {
    newestCheckpoint: async () => {
      const row = await checkpoints.findOne().sort({ _id: -1 }).lean<CheckpointRow>();
      return row ? checkpointOf(row) : undefined;
    },
    findCheckpoint,
    advanceLedger: (advance) =>
      storing(async () => {
        const { previous, checkpoint, tiles: changed } = advance;
        const entries = await entriesOf(advance);
        return transact(connection, async (session) => {
          const newest = await checkpoints.findOne().sort({ _id: -1 }).session(session).lean<CheckpointRow>();
          if (!isSameTree(newest ? checkpointOf(newest) : undefined, previous)) return false;
          const { treeSize, rootHash, lastSeq, sealedAtMs, note } = checkpoint;
          const row: CheckpointRow = {
            ...{ _id: treeSize, previous: previous?.treeSize ?? -1, rootHash: blob(rootHash) },
            ...{ lastSeq, sealedAtMs, note },
          };
          await checkpoints.collection.insertOne(row as never, { session });
          if (entries.length > 0) await ledgerEntries.collection.insertMany(entries as never, { session });
          if (changed.length > 0)
            await tiles.collection.bulkWrite(
              changed.map(({ level, index, hashes }) => ({
                updateOne: {
                  filter: { level, index },
                  update: { $set: { hashes: blob(hashes) } },
                  upsert: true,
                },
              })),
              { session },
            );
          return true;
        });
      }),
    showCheckpoint: (treeSize) =>
      storing(async () => {
        refuseMissing("checkpoint", await checkpoints.exists({ _id: treeSize }));
        await counters.updateOne({ _id: "shown" }, { $max: { value: treeSize } }, { upsert: true });
      }),
    shownCheckpoint: async () => {
      const shown = await counters.findById("shown").lean<CounterRow>();
      return shown ? findCheckpoint(shown.value) : undefined;
    },
    tiles: async (ids) => {
      if (ids.length === 0) return [];
      const nameOf = (level: number, index: number) => `${level}/${index}`;
      const rows = await tiles
        .find({ $or: ids.map(({ level, index }) => ({ level, index })) })
        .lean<TileRow[]>();
      const found = new Map(rows.map(({ level, index, hashes }) => [nameOf(level, index), bytesOf(hashes)]));
      return ids.map(({ level, index }) => found.get(nameOf(level, index)));
    },
    consortiumEntries: async (from = 0) => {
      const rows = await ledgerEntries
        .find({ changeIndex: { $gte: from } }, { content: 1 })
        .sort({ changeIndex: 1 })
        .lean<EntryRow[]>();
      return rows.map(({ _id: index, content }) => ({ index, content: bytesOf(content) }));
    },
    ledgerEntries: async ({ first, count }) => {
      if (count <= 0) return [];
      const rows = await ledgerEntries
        .find({ _id: { $gte: first } }, { content: 1 })
        .sort({ _id: 1 })
        .limit(count)
        .lean<EntryRow[]>();
      return rows.map(({ content }) => bytesOf(content));
    },
  };
}

const checkpointOf = (row: CheckpointRow): StoredCheckpoint => ({
  treeSize: row._id,
  rootHash: bytesOf(row.rootHash),
  lastSeq: row.lastSeq,
  sealedAtMs: row.sealedAtMs,
  note: row.note,
});
