/** Cosignatures and finality in SQLite: the cosignature that completes a quorum commits with the finality it makes. */
import type { CosignatureStore, Finality, StoredCosignature } from "../../notary/ports.js";
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

export function sqliteCosignatures(database: SqliteDatabase): CosignatureStore {
  const list = database.prepare<[number], CosignatureRow>(
    "SELECT * FROM cosignatures WHERE tree_size = ? ORDER BY stored",
  );
  const insert = database.prepare<[number, string, number, number, number, string]>(
    `INSERT INTO cosignatures (tree_size, name, key_id, time_seconds, stored_at_ms, line)
     VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (tree_size, name, key_id) DO NOTHING`,
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
  const newestFinality = (depositorClass: string): Finality | undefined => {
    const row = newest.get(depositorClass);
    return row && finalityOf(row);
  };

  return {
    cosign: async ({ treeSize, depositorClasses }, decide) => {
      transact(database, () => {
        const known = depositorClasses.flatMap((name) => {
          const finality = newestFinality(name);
          return finality ? [[name, finality] as const] : [];
        });
        const { add, finalities } = decide(list.all(treeSize).map(cosignatureOf), new Map(known));
        for (const { name, keyId, timeSeconds, storedAtMs, line } of add)
          insert.run(treeSize, name, keyId, timeSeconds, storedAtMs, line);
        for (const finality of finalities)
          insertFinality.run(finality.depositorClass, finality.treeSize, finality.finalAtMs);
      });
    },
    cosignatures: async (treeSize) => list.all(treeSize).map(cosignatureOf),
    newestCosigned: async ({ name, keyId }) => newestOfKey.get(name, keyId) as number,
    findFinality: async (depositorClass, ledgerIndex) => {
      const row = firstAbove.get(depositorClass, ledgerIndex);
      return row && finalityOf(row);
    },
    newestFinality: async (depositorClass) => newestFinality(depositorClass),
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
