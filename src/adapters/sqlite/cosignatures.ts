/** Cosignatures and finality in SQLite: the cosignature that completes a quorum commits with the finality it makes. */
import type {
  CosignatureStore,
  DeferredBatch,
  Finality,
  FinalityStanding,
  QuorumMet,
  StoredCosignature,
} from "../../notary/ports/cosignatures.js";
import { type SqliteDatabase, transact } from "./rows.js";

interface CosignatureRow {
  readonly name: string;
  readonly key_id: number;
  readonly time_seconds: number;
  readonly stored_at_ms: number;
  readonly line: string;
}
interface FinalityRow {
  readonly depositor_class: string;
  readonly tree_size: number;
  readonly final_at_ms: number;
}

interface DeferredRow {
  readonly ledger_index: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly sealed_at_ms: number;
}

export function sqliteCosignatures(database: SqliteDatabase): CosignatureStore {
  const list = database.prepare<[number], CosignatureRow>(
    "SELECT * FROM cosignatures WHERE tree_size = ? ORDER BY stored",
  );
  const insert = database.prepare<[number, string, number, number, number, string]>(
    `INSERT INTO cosignatures (tree_size, name, key_id, time_seconds, stored_at_ms, line)
     VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const newestOfKey = database
    .prepare<[string, number], number>(
      "SELECT coalesce(max(tree_size), 0) FROM cosignatures WHERE name = ? AND key_id = ?",
    )
    .pluck();
  const insertFinality = database.prepare<[string, number, number]>(
    "INSERT INTO finalities VALUES (?, ?, ?)",
  );
  const firstAbove = database.prepare<[string, number], FinalityRow>(
    "SELECT * FROM finalities WHERE depositor_class = ? AND tree_size > ? ORDER BY tree_size LIMIT 1",
  );
  const newest = database.prepare<[string], FinalityRow>(
    "SELECT * FROM finalities WHERE depositor_class = ? ORDER BY tree_size DESC LIMIT 1",
  );
  // Batches are sealed in the order of the ledger, but a clock that was set back leaves later ones with earlier times.
  const sealedLater = database.prepare<
    [number, number, number],
    { readonly entry_index: number; readonly sealed_at_ms: number }
  >(
    `SELECT entry_index, sealed_at_ms FROM ledger_entries JOIN batches ON first_seq = batch_first_seq
     WHERE entry_index >= ? AND entry_index < ? AND sealed_at_ms > ?`,
  );
  const defer = database.prepare<[string, number, number]>(
    "INSERT INTO deferred_batches (depositor_class, ledger_index, sealed_at_ms) VALUES (?, ?, ?)",
  );
  const settle = database.prepare<[number, number, string, number, number]>(
    `UPDATE deferred_batches SET tree_size = ?, final_at_ms = ?
     WHERE depositor_class = ? AND tree_size IS NULL AND ledger_index < ? AND sealed_at_ms <= ?`,
  );
  const deferred = database.prepare<[string], DeferredRow>(
    `SELECT ledger_index, first_seq, last_seq, batches.sealed_at_ms FROM deferred_batches
     JOIN ledger_entries ON entry_index = ledger_index JOIN batches ON first_seq = batch_first_seq
     WHERE depositor_class = ? AND tree_size IS NULL ORDER BY ledger_index`,
  );
  const deferredFrom = database
    .prepare<[string, number], number | null>(
      `SELECT min(sealed_at_ms) FROM deferred_batches
       WHERE depositor_class = ? AND tree_size IS NULL AND ledger_index < ?`,
    )
    .pluck();
  const findDeferred = database.prepare<
    [string, number],
    { readonly tree_size: number | null; readonly final_at_ms: number | null }
  >("SELECT tree_size, final_at_ms FROM deferred_batches WHERE depositor_class = ? AND ledger_index = ?");

  /** True where it has changed what is deferred. */
  const takeUp = ({ depositorClass, treeSize, finalAtMs, sealedUpToMs }: QuorumMet): boolean => {
    const covered = newestFinality(depositorClass)?.treeSize ?? 0;
    let changed = false;
    if (treeSize > covered) {
      insertFinality.run(depositorClass, treeSize, finalAtMs);
      for (const { entry_index, sealed_at_ms } of sealedLater.all(covered, treeSize, sealedUpToMs)) {
        defer.run(depositorClass, entry_index, sealed_at_ms);
        changed = true;
      }
    }
    return settle.run(treeSize, finalAtMs, depositorClass, treeSize, sealedUpToMs).changes > 0 || changed;
  };
  const deferredBatches = (depositorClass: string) => deferred.all(depositorClass).map(deferredOf);
  const newestFinality = (depositorClass: string): Finality | undefined => {
    const row = newest.get(depositorClass);
    return row && finalityOf(row);
  };

  return {
    cosign: async ({ treeSize, depositorClasses }, decide) =>
      transact(database, () => {
        const known = depositorClasses.flatMap((name) => {
          const finality = newestFinality(name);
          return finality ? [[name, finality] as const] : [];
        });
        const deferredFromMs = Math.min(
          ...depositorClasses.map((name) => deferredFrom.get(name, treeSize) ?? Infinity),
        );
        const { add, met } = decide(
          list.all(treeSize).map(cosignatureOf),
          new Map(known),
          deferredFromMs === Infinity ? undefined : deferredFromMs,
        );
        for (const { name, keyId, timeSeconds, storedAtMs, line } of add)
          insert.run(treeSize, name, keyId, timeSeconds, storedAtMs, line);
        const changed = new Set(met.filter(takeUp).map(({ depositorClass }) => depositorClass));
        return new Map(
          depositorClasses.map((name): [string, FinalityStanding] => {
            const newest = newestFinality(name);
            return [
              name,
              { ...(newest && { newest }), ...(changed.has(name) && { deferred: deferredBatches(name) }) },
            ];
          }),
        );
      }),
    cosignatures: async (treeSize) => list.all(treeSize).map(cosignatureOf),
    newestCosigned: async ({ name, keyId }) => newestOfKey.get(name, keyId) as number,
    findFinality: async (depositorClass, ledgerIndex) => {
      const late = findDeferred.get(depositorClass, ledgerIndex);
      if (late !== undefined)
        return late.tree_size === null || late.final_at_ms === null
          ? undefined
          : { depositorClass, treeSize: late.tree_size, finalAtMs: late.final_at_ms };
      const row = firstAbove.get(depositorClass, ledgerIndex);
      return row && finalityOf(row);
    },
    newestFinality: async (depositorClass) => newestFinality(depositorClass),
    deferredBatches: async (depositorClass) => deferredBatches(depositorClass),
  };
}

const cosignatureOf = (row: CosignatureRow): StoredCosignature => ({
  name: row.name,
  keyId: row.key_id,
  line: row.line,
  timeSeconds: row.time_seconds,
  storedAtMs: row.stored_at_ms,
});

const finalityOf = (row: FinalityRow): Finality => ({
  depositorClass: row.depositor_class,
  treeSize: row.tree_size,
  finalAtMs: row.final_at_ms,
});

const deferredOf = (row: DeferredRow): DeferredBatch => ({
  ledgerIndex: row.ledger_index,
  firstSeq: row.first_seq,
  lastSeq: row.last_seq,
  sealedAtMs: row.sealed_at_ms,
});
