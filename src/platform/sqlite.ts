/**
 * Opening a SQLite file so that a committed transaction survives kill -9 and power loss.
 * WAL with synchronous=FULL syncs the log at every commit (sqlite.org/pragma.html#pragma_synchronous).
 */
import Database from "better-sqlite3";
import { createPrivateFile, refuseSharedDatabase } from "./files/owner-alone.js";

export type SqliteDatabase = Database.Database;

export interface OpenDatabaseOptions {
  /** SQL texts in order, for ever: the n-th brings a file from `user_version` n to n + 1. Append, never edit. */
  readonly migrations: readonly string[];
  /** Nothing is written, made or migrated: beside a program that writes, or when there is none any more. */
  readonly isReadOnly?: boolean;
  /** The file lies in no data folder and is somebody's copy: it is read whoever else may read it, or owns it. */
  readonly isCopy?: boolean;
  /** So long, in milliseconds, a write waits for another process's; it holds up the thread meanwhile. */
  readonly busyMs?: number;
}

const BUSY_MS = 5000;

/**
 * Opens or creates `file` (0600), brings it to the newest schema, and throws where durability can't be had or where it is
 * not its owner's alone. Read-only: throws where it is missing or of another schema.
 */
export function openDatabase(
  file: string,
  { migrations, isReadOnly = false, isCopy = false, busyMs = BUSY_MS }: OpenDatabaseOptions,
): SqliteDatabase {
  if (!isReadOnly) createPrivateFile(file);
  if (!isCopy) refuseSharedDatabase(file, { isReadOnly });
  const database = new Database(file, { timeout: busyMs, readonly: isReadOnly });
  try {
    if (isReadOnly) refuseOtherSchema(database, file, migrations);
    else {
      makeDurable(database, file);
      migrate(database, file, migrations);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * `SQLITE_FULL`, `SQLITE_CONSTRAINT_UNIQUE`...; undefined for what is no error of SQLite. By its shape: the driver
 * keeps one error class a process, so `instanceof` fails where the module was loaded twice (as test runners do).
 */
export function sqliteErrorCode(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" && code.startsWith("SQLITE_") ? code : undefined;
}

function makeDurable(database: SqliteDatabase, file: string): void {
  const mode = database.pragma("journal_mode = WAL", { simple: true });
  if (mode !== "wal")
    throw new Error(`${file}: the file system allows no write-ahead log (got ${String(mode)})`);
  // better-sqlite3 is compiled with synchronous=NORMAL for WAL files: a commit could be lost with the power.
  database.pragma("synchronous = FULL");
  database.pragma("foreign_keys = ON");
}

function refuseOtherSchema(database: SqliteDatabase, file: string, migrations: readonly string[]): void {
  const version = database.pragma("user_version", { simple: true }) as number;
  if (version !== migrations.length)
    throw new Error(
      `${file} was written by another version of the program (schema ${version}, this one knows ${migrations.length}): start the node once`,
    );
}

/** Each step and its number commit together, so a crash between two steps resumes with the next. */
function migrate(database: SqliteDatabase, file: string, migrations: readonly string[]): void {
  const version = database.pragma("user_version", { simple: true }) as number;
  if (version > migrations.length)
    throw new Error(
      `${file} was written by a newer program (schema ${version}, this one knows ${migrations.length})`,
    );
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue;
    const step = database.transaction(() => {
      // Another process may have been faster.
      if ((database.pragma("user_version", { simple: true }) as number) > index) return;
      database.exec(sql);
      database.pragma(`user_version = ${index + 1}`);
    });
    step.immediate();
  }
}
