/** Between SQLite's rows and the ports' values. */
import { type SqliteDatabase, sqliteErrorCode } from "../../platform/sqlite.js";
import { StorageBusyError, StorageFullError } from "../../notary/ports/host.js";

export type { SqliteDatabase } from "../../platform/sqlite.js";

/** A blob as plain bytes: the driver's Buffer is the same memory under another class. */
export const bytesOf = (blob: Buffer): Uint8Array =>
  new Uint8Array(blob.buffer, blob.byteOffset, blob.byteLength);

/**
 * Runs `work` in one transaction that takes the write lock first, so what it reads is still so when it commits.
 * With synchronous=FULL the commit is on disk when this returns. What SQLite refuses is told as our own error; no room
 * becomes `StorageFullError`.
 */
export function transact<T>(database: SqliteDatabase, work: () => T): T {
  try {
    return database.transaction(work).immediate();
  } catch (error) {
    const code = sqliteErrorCode(error);
    if (code === undefined) throw error;
    if (code === "SQLITE_FULL") throw new StorageFullError("the store has no room left", { cause: error });
    if (code.startsWith("SQLITE_BUSY"))
      throw new StorageBusyError("another process is writing, and does not end", { cause: error });
    throw new Error(`couldn't store: ${(error as Error).message} (${code})`, { cause: error });
  }
}
