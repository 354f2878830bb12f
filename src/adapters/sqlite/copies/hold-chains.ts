/**
 * Holding the chains of a store that was put back from a backup: what came after it in them is not known until their
 * depositors have shown it (notary/resume-chain.ts).
 */
import { openDatabase } from "../../../platform/sqlite.js";
import type { SqliteDatabase } from "../rows.js";
import { MIGRATIONS } from "../schema.js";

/** Holds every chain of the store; to be called inside a transaction. How many are held then. */
export function holdChains(database: SqliteDatabase): number {
  database.exec(
    `INSERT OR IGNORE INTO held_chains SELECT chain_id FROM deposits WHERE chain_id IS NOT NULL
     UNION SELECT chain_id FROM shown_links`,
  );
  return database.prepare<[], number>("SELECT count(*) FROM held_chains").pluck().get() ?? 0;
}

/** The same for a file that nobody has open, which is whole by itself afterwards: no log is left beside it. */
export function holdChainsOf(file: string): number {
  const database = openDatabase(file, { migrations: MIGRATIONS });
  try {
    const held = holdChains(database);
    database.pragma("wal_checkpoint(TRUNCATE)");
    return held;
  } finally {
    database.close();
  }
}
