/**
 * The embedded store: one SQLite file that any archive can read. WAL, synchronous=FULL: what a method resolved
 * survives power loss. The driver is synchronous, so every method has happened when its promise is made, and two
 * calls never interleave; the promises are the port's, for stores that are elsewhere.
 */
import { openDatabase } from "../../platform/sqlite.js";
import type { Store } from "../../notary/ports/ports.js";
import { sqliteAccounts } from "./accounts.js";
import { sqliteBatches } from "./batches.js";
import { sqliteCertificates } from "./certificates.js";
import { sqliteCosignatures } from "./cosignatures.js";
import { sqliteDeposits } from "./deposits.js";
import { sqliteJobs } from "./jobs.js";
import { sqliteLeases } from "./leases.js";
import { sqliteLedger } from "./ledger.js";
import { MIGRATIONS } from "./schema.js";
import { sqliteTimestamps } from "./timestamps.js";
import { refuseStoreElsewhere } from "./standing.js";

export interface SqliteStoreOptions {
  /** So long, in milliseconds, a write waits for another process's, and the event loop with it. */
  readonly busyMs?: number;
  /** Nothing is made or migrated: throws where the file is of another schema. */
  readonly isAsItIs?: boolean;
}

/** Throws where the file is no store to go on with: it was moved away, or is not whole. */
export function openSqliteStore(
  file: string,
  { isAsItIs = false, ...options }: SqliteStoreOptions = {},
): Store {
  if (isAsItIs) openDatabase(file, { migrations: MIGRATIONS, isReadOnly: true }).close();
  const database = openDatabase(file, { migrations: MIGRATIONS, ...options });
  refuseStoreElsewhere(database, file);
  return {
    ...sqliteAccounts(database),
    ...sqliteDeposits(database),
    ...sqliteBatches(database),
    ...sqliteLedger(database),
    ...sqliteLeases(database),
    ...sqliteJobs(database),
    ...sqliteCosignatures(database),
    ...sqliteCertificates(database),
    ...sqliteTimestamps(database),
    close: async () => {
      database.close();
    },
  };
}
