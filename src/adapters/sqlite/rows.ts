/** Between SQLite's rows and the ports' values. */
import { type SqliteDatabase, sqliteErrorCode } from "../../platform/sqlite.js";
import { StorageFullError } from "../../notary/ports.js";

export type { SqliteDatabase } from "../../platform/sqlite.js";

/** A blob as plain bytes: the driver's Buffer is the same memory under another class. */
export const bytesOf = (blob: Buffer): Uint8Array =>
  new Uint8Array(blob.buffer, blob.byteOffset, blob.byteLength);

/**
 * Runs `work` in one transaction that takes the write lock first, so what it reads is still so when it commits.
 * With synchronous=FULL the commit is on disk when this returns. No room becomes `StorageFullError`.
 */
export function transact<T>(database: SqliteDatabase, work: () => T): T {
  try {
    return database.transaction(work).immediate();
  } catch (error) {
    throw sqliteErrorCode(error) === "SQLITE_FULL"
      ? new StorageFullError("the store has no room left", { cause: error })
      : error;
  }
}
