/**
 * One process a data folder. The lock is a SQLite file held by BEGIN EXCLUSIVE: the kernel frees it with the
 * process, also at kill -9, so nobody ever deletes a stale lock file by hand.
 *
 * These are POSIX locks: a process that opens and closes `lock.db` itself drops its own lock. Nothing here does,
 * and a backup runs in a process of its own.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
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

/** Creates `folder` (readable by its owner alone) where it is missing. Throws DataFolderInUseError at once. */
export function lockDataFolder(folder: string): DataFolderLock {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = new Database(join(folder, "lock.db"), { timeout: 0 });
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
