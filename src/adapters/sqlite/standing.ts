/** Where a SQLite store stands while it is moved, and that nobody writes to one that the notary does not go on with. */
import {
  encodeStanding,
  parseStanding,
  refuseElsewhere,
  type Standing,
  type StandingStore,
} from "../../notary/ports/whole/standing.js";
import { type SqliteDatabase, transact } from "./rows.js";

/** Tables that belong to this store, and are copied to no other. */
export const LEFT_OUT: readonly string[] = ["leases", "standing", "jobs"];

/** Throws, and closes the file, unless the notary goes on with it. */
export function refuseStoreElsewhere(database: SqliteDatabase, file: string): void {
  try {
    refuseElsewhere(readStanding(database), file);
  } catch (error) {
    database.close();
    throw error;
  }
}

export function readStanding(database: SqliteDatabase): Standing {
  return parseStanding(database.prepare<[], string>("SELECT content FROM standing").pluck().get());
}

export function sqliteStanding(database: SqliteDatabase): StandingStore {
  return {
    standing: async () => readStanding(database),
    swapStanding: async (from, to) =>
      transact(database, () => {
        if (encodeStanding(readStanding(database)) !== encodeStanding(from)) return false;
        database
          .prepare(
            "INSERT INTO standing VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET content = excluded.content",
          )
          .run(encodeStanding(to));
        // What is arriving is no file that anybody could have open.
        if (to.kind === "moved" || to.kind === "abandoned") closeTables(database);
        else openTables(database);
        if (to.kind === "here") numberCertificates(database);
        return true;
      }),
  };
}

const EVENTS = ["INSERT", "UPDATE", "DELETE"] as const;
const triggerOf = (table: string, event: string): string => `closed_${table}_${event.toLowerCase()}`;

/** Also for whoever has the file open: a process may have outlived the one that had locked the folder. */
function closeTables(database: SqliteDatabase): void {
  for (const table of tablesOf(database))
    for (const event of EVENTS)
      database.exec(
        `CREATE TRIGGER IF NOT EXISTS ${triggerOf(table, event)} BEFORE ${event} ON ${table}
         BEGIN SELECT RAISE(ABORT, 'the store is closed: it was moved to another'); END`,
      );
}

function openTables(database: SqliteDatabase): void {
  for (const table of tablesOf(database))
    for (const event of EVENTS) database.exec(`DROP TRIGGER IF EXISTS ${triggerOf(table, event)}`);
}

const tablesOf = (database: SqliteDatabase): readonly string[] =>
  database
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all()
    .filter((name) => !LEFT_OUT.includes(name));

/**
 * A writer has given numbers below 1 to the certificates that wait for nothing (tables.ts): all move up, in their order, so that
 * the next has a number above 0.
 */
function numberCertificates(database: SqliteDatabase): void {
  const ends = database
    .prepare<[], { low: number; high: number }>(
      "SELECT coalesce(min(issued), 1) AS low, coalesce(max(issued), 0) AS high FROM certificates",
    )
    .get();
  if (ends === undefined || ends.low > 0) return;
  const { low, high } = ends;
  // No number is one that another row has yet.
  database.prepare("UPDATE certificates SET issued = issued + ?").run(Math.max(high - low + 1, 1 - low));
}
