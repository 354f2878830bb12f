/** Cosignatures and finality in MongoDB: the cosignature that completes a quorum commits with the finality it makes. */
import type { ClientSession, Connection } from "mongoose";
import type {
  CosignatureStore,
  DeferredBatch,
  Finality,
  FinalityStanding,
  QuorumMet,
  StoredCosignature,
} from "../../notary/ports/cosignatures.js";
import type { Collections } from "./schema/collections.js";
import type { CosignatureRow, DeferredRow, FinalityRow } from "./schema/finality.js";
import type { EntryRow } from "./schema/ledger.js";
import { refuseMissing, transact } from "./server/storing.js";

export function mongoCosignatures(connection: Connection, collections: Collections): CosignatureStore {
  const { checkpoints, cosignatures, counters, deferredBatches, finalities, ledgerEntries } = collections;
  type Session = ClientSession | null;

  const list = (treeSize: number, session: Session = null) =>
    cosignatures.find({ treeSize }).sort({ place: 1 }).session(session).lean<CosignatureRow[]>();
  const newestFinality = async (
    depositorClass: string,
    session: Session = null,
  ): Promise<Finality | undefined> => {
    const row = await finalities
      .findOne({ depositorClass })
      .sort({ treeSize: -1 })
      .session(session)
      .lean<FinalityRow>();
    return row ? finalityOf(row) : undefined;
  };
  const waiting = (depositorClass: string, session: Session = null) =>
    deferredBatches
      .find({ waiting: depositorClass })
      .sort({ ledgerIndex: 1 })
      .session(session)
      .lean<DeferredRow[]>();

  const add = async (
    treeSize: number,
    { stored, added }: { stored: readonly CosignatureRow[]; added: readonly StoredCosignature[] },
    session: ClientSession,
  ): Promise<void> => {
    const nameOf = (one: StoredCosignature) => JSON.stringify([one.name, one.keyId, one.timeSeconds]);
    const there = new Set(stored.map(nameOf));
    const rows: CosignatureRow[] = [];
    for (const one of added) {
      if (there.has(nameOf(one))) continue;
      there.add(nameOf(one));
      const { name, keyId, timeSeconds, storedAtMs, line } = one;
      rows.push({
        ...{ treeSize, place: stored.length + rows.length, name, keyId, timeSeconds, storedAtMs, line },
      });
    }
    if (rows.length > 0) await cosignatures.collection.insertMany(rows as never, { session });
  };

  /** True where it has changed what is deferred. */
  const takeUp = async (
    { depositorClass, treeSize, finalAtMs, sealedUpToMs }: QuorumMet,
    session: ClientSession,
  ): Promise<boolean> => {
    const covered = (await newestFinality(depositorClass, session))?.treeSize ?? 0;
    let changed = false;
    if (treeSize > covered) {
      refuseMissing("checkpoint", await checkpoints.exists({ _id: treeSize }).session(session));
      const row: FinalityRow = { depositorClass, treeSize, finalAtMs };
      await finalities.collection.insertOne(row as never, { session });
      // Batches are sealed in the order of the ledger, but a clock that was set back leaves later ones with earlier times.
      const later = await ledgerEntries
        .find(
          { _id: { $gte: covered, $lt: treeSize }, "batch.sealedAtMs": { $gt: sealedUpToMs } },
          { batch: 1 },
        )
        .session(session)
        .lean<EntryRow[]>();
      const deferred = later.flatMap(({ _id: ledgerIndex, batch }): DeferredRow[] => {
        if (batch === undefined) return [];
        const { firstSeq, lastSeq, sealedAtMs } = batch;
        return [{ depositorClass, ledgerIndex, firstSeq, lastSeq, sealedAtMs, waiting: depositorClass }];
      });
      if (deferred.length > 0) await deferredBatches.collection.insertMany(deferred as never, { session });
      changed = deferred.length > 0;
    }
    const { modifiedCount } = await deferredBatches.updateMany(
      { waiting: depositorClass, ledgerIndex: { $lt: treeSize }, sealedAtMs: { $lte: sealedUpToMs } },
      { $set: { treeSize, finalAtMs }, $unset: { waiting: 1 } },
      { session },
    );
    return modifiedCount > 0 || changed;
  };

  return {
    cosign: ({ treeSize, depositorClasses }, decide) =>
      transact(connection, async (session) => {
        const known = new Map<string, Finality>();
        let deferredFromMs = Infinity;
        for (const name of depositorClasses) {
          const finality = await newestFinality(name, session);
          if (finality) known.set(name, finality);
          for (const { ledgerIndex, sealedAtMs } of await waiting(name, session))
            if (ledgerIndex < treeSize) deferredFromMs = Math.min(deferredFromMs, sealedAtMs);
        }
        const stored = await list(treeSize, session);
        const { add: added, met } = decide(
          stored.map(cosignatureOf),
          known,
          deferredFromMs === Infinity ? undefined : deferredFromMs,
        );
        const changed = new Set<string>();
        if (added.length > 0 || met.length > 0) {
          // Whoever else takes a turn from the same snapshot collides with this one.
          await counters.updateOne({ _id: "cosign" }, { $inc: { value: 1 } }, { upsert: true, session });
          if (added.length > 0)
            refuseMissing("checkpoint", await checkpoints.exists({ _id: treeSize }).session(session));
          await add(treeSize, { stored, added }, session);
          for (const one of met) if (await takeUp(one, session)) changed.add(one.depositorClass);
        }
        const standings: [string, FinalityStanding][] = [];
        for (const name of depositorClasses) {
          const newest = await newestFinality(name, session);
          const deferred = changed.has(name) ? (await waiting(name, session)).map(deferredOf) : undefined;
          standings.push([name, { ...(newest && { newest }), ...(deferred && { deferred }) }]);
        }
        return new Map(standings);
      }),
    cosignatures: async (treeSize) => (await list(treeSize)).map(cosignatureOf),
    newestCosigned: async ({ name, keyId }) =>
      (await cosignatures.findOne({ name, keyId }).sort({ treeSize: -1 }).lean<CosignatureRow>())?.treeSize ??
      0,
    findFinality: async (depositorClass, ledgerIndex) => {
      const late = await deferredBatches.findOne({ depositorClass, ledgerIndex }).lean<DeferredRow>();
      if (late)
        return late.treeSize === undefined || late.finalAtMs === undefined
          ? undefined
          : { depositorClass, treeSize: late.treeSize, finalAtMs: late.finalAtMs };
      const row = await finalities
        .findOne({ depositorClass, treeSize: { $gt: ledgerIndex } })
        .sort({ treeSize: 1 })
        .lean<FinalityRow>();
      return row ? finalityOf(row) : undefined;
    },
    newestFinality: (depositorClass) => newestFinality(depositorClass),
    deferredBatches: async (depositorClass) => (await waiting(depositorClass)).map(deferredOf),
  };
}

const cosignatureOf = ({
  name,
  keyId,
  line,
  timeSeconds,
  storedAtMs,
}: CosignatureRow): StoredCosignature => ({
  ...{ name, keyId, line, timeSeconds, storedAtMs },
});

const finalityOf = ({ depositorClass, treeSize, finalAtMs }: FinalityRow): Finality => ({
  ...{ depositorClass, treeSize, finalAtMs },
});

const deferredOf = ({ ledgerIndex, firstSeq, lastSeq, sealedAtMs }: DeferredRow): DeferredBatch => ({
  ...{ ledgerIndex, firstSeq, lastSeq, sealedAtMs },
});
