/**
 * One process a data folder. The lock is a SQLite file held by BEGIN EXCLUSIVE: the kernel frees it with the
 * process, also at kill -9, so nobody ever deletes a stale lock file by hand.
 *
 * These are POSIX locks: a process that opens and closes `lock.db` itself drops its own lock. Nothing here does,
 * and a backup runs in a process of its own.
 */
import { join } from "node:path";
import Database from "better-sqlite3";
import { createPrivateFile, openPrivateFolder } from "./files/owner-alone.js";
import { sqliteErrorCode } from "./sqlite.js";

export interface DataFolderLock {
  /** Gives the folder up; calling it twice is harmless. */
  release(): void;
}

export class DataFolderInUseError extends Error {
  override readonly name = "DataFolderInUseError";
  readonly folder: string;

  constructor(folder: string) {
    super(`the data folder ${folder} is in use by another process`);
    this.folder = folder;
  }
}

/**
 * Creates `folder` (its owner's alone) where it is missing. Throws DataFolderInUseError at once, and an `Error` with the
 * command that mends it where others may read or write the folder or a database in it.
 */
export function lockDataFolder(folder: string): DataFolderLock {
  const file = join(openPrivateFolder(folder), "lock.db");
  createPrivateFile(file);
  const database = new Database(file, { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (sqliteErrorCode(error)?.startsWith("SQLITE_BUSY")) throw new DataFolderInUseError(folder);
    throw error;
  }
  return {
    release: () => {
      database.close();
    },
  };
}
