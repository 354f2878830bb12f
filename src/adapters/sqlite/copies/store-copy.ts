/**
 * A copy of the notary's store while another process writes to it: SQLite's online backup (sqlite.org/backup.html).
 *
 * A read transaction is held from the first page to the last. Without it each write of the notary would begin the copy
 * anew, and under load it would never end; with it the copy is the store of one moment, and the notary goes on writing
 * (to its write-ahead log, which grows meanwhile). It runs in a process of its own: POSIX locks of one process are one.
 */
import { closeSync, openSync } from "node:fs";
import Database from "better-sqlite3";
import { PRIVATE_FILE } from "../../../platform/files/owner-alone.js";
import { openDatabase, type SqliteDatabase } from "../../../platform/sqlite.js";
import { bytesOf } from "../rows.js";
import { MIGRATIONS } from "../schema.js";

export interface CopyProgress {
  readonly pages: number;
  readonly ofPages: number;
}

export interface StoreSnapshot {
  /** Of the whole file, without its write-ahead log. */
  readonly sizeBytes: number;
  /** SHA-256 of each kept original that a deposit of this moment names, in ascending order. */
  originals(): Iterable<Uint8Array>;
  /** Makes `file`, which must not exist: whole by itself, without a write-ahead log, of its owner alone. */
  copyTo(file: string, onProgress: (progress: CopyProgress) => void): Promise<void>;
  close(): void;
}

/** 4 MiB a step: some hundredths of a second between two looks at the progress. */
const PAGES_A_STEP = 1024;

/** Takes the moment: nothing that is committed later belongs to it. Throws where the file is of another schema. */
export function takeSnapshot(file: string): StoreSnapshot {
  const database = openDatabase(file, { migrations: MIGRATIONS, isReadOnly: true });
  database.exec("BEGIN");
  // A transaction sees the store as of its first read.
  const pages = database.pragma("page_count", { simple: true }) as number;
  const pageBytes = database.pragma("page_size", { simple: true }) as number;
  return {
    sizeBytes: pages * pageBytes,
    originals: () => namedOriginals(database),
    copyTo: async (copy, onProgress) => {
      closeSync(openSync(copy, "wx", PRIVATE_FILE));
      await database.backup(copy, {
        progress: ({ totalPages, remainingPages }) => {
          onProgress({ pages: totalPages - remainingPages, ofPages: totalPages });
          return PAGES_A_STEP;
        },
      });
      makeWhole(copy);
    },
    close: () => {
      database.close();
    },
  };
}

/** Out of the write-ahead mode that the copy inherits: it can then be read where nothing can be written. */
function makeWhole(copy: string): void {
  const database = new Database(copy);
  try {
    const mode = database.pragma("journal_mode = DELETE", { simple: true });
    if (mode !== "delete") throw new Error(`${copy} keeps a write-ahead log (got ${String(mode)})`);
  } finally {
    database.close();
  }
}

const ORIGINALS_A_LOOK = 1000;

/** In steps, so that no statement stays open while files are copied. */
export function* namedOriginals(database: SqliteDatabase): Generator<Uint8Array> {
  const next = database
    .prepare<[Uint8Array, number], Buffer>(
      "SELECT DISTINCT original FROM deposits WHERE original > ? ORDER BY original LIMIT ?",
    )
    .pluck();
  for (let after: Uint8Array = new Uint8Array(0); ;) {
    const found = next.all(after, ORIGINALS_A_LOOK).map(bytesOf);
    yield* found;
    const last = found.at(-1);
    if (last === undefined) return;
    after = last;
  }
}
