/**
 * Claims: a file that a living process holds. It is an SQLite file held by BEGIN EXCLUSIVE, or shared by an open read: the
 * kernel frees it with the process, also at kill -9, so nobody ever deletes a stale lock file by hand.
 *
 * These are POSIX locks: a process that opens and closes the file itself, and not by SQLite, drops its own lock. Nothing
 * here does, and a backup runs in a process of its own.
 */
import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import { createPrivateFile } from "./files/owner-alone.js";
import { sqliteErrorCode } from "./sqlite.js";

export interface Claim {
  /** Gives the file up; calling it twice is harmless. */
  release(): void;
}

export class ClaimedError extends Error {
  override readonly name = "ClaimedError";
}

export interface ClaimOptions {
  /** Others that share may hold it too, and nobody who does not. */
  readonly isShared?: boolean;
}

/** Creates the file (its owner's alone) where it is missing. Throws `ClaimedError` at once where another process holds it. */
export function claim(file: string, { isShared = false }: ClaimOptions = {}): Claim {
  createPrivateFile(file);
  const database = new Database(file, { timeout: 0 });
  try {
    if (isShared) {
      database.exec("BEGIN");
      database.prepare("SELECT count(*) FROM sqlite_master").get();
    } else database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (sqliteErrorCode(error)?.startsWith("SQLITE_BUSY"))
      throw new ClaimedError(`${file} is held by another process`);
    throw error;
  }
  return {
    release: () => {
      database.close();
    },
  };
}

/** Whether a living process holds it, shared or not; false where there is no such file. */
export function isClaimed(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    claim(file).release();
    return false;
  } catch (error) {
    if (error instanceof ClaimedError) return true;
    throw error;
  }
}
