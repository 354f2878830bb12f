/** A notary's SQLite store as rows: read whole as of one moment, or written from the first row to the last. */
import { renameSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import type {
  DepositRow,
  Flaw,
  ChainRow,
  RowKind,
  StoreReader,
  StoreRows,
  WholeStore,
} from "../../../notary/ports/whole/rows.js";
import type { Standing, StandingStore } from "../../../notary/ports/whole/standing.js";
import { syncFolder, temporaryName } from "../../../platform/files/files.js";
import { openDatabase, sqliteErrorCode } from "../../../platform/sqlite.js";
import { namedOriginals } from "../copies/store-copy.js";
import { sqliteCertificates } from "../certificates.js";
import { sqliteCosignatures } from "../cosignatures.js";
import { sqliteDeposits } from "../deposits.js";
import { sqliteLedger } from "../ledger.js";
import { bytesOf, type SqliteDatabase, transact } from "../rows.js";
import { MIGRATIONS } from "../schema.js";
import { sqliteTimestamps } from "../timestamps.js";
import { readStanding, sqliteStanding } from "../standing.js";
import { prepareKeys, TABLES } from "./tables.js";

/**
 * As of this moment: a notary may go on writing meanwhile. `isCopy`: the file lies in no data folder, and is read whoever owns it.
 * Throws where it is of another schema.
 */
export function openSqliteReader(
  file: string,
  { isCopy = false }: { readonly isCopy?: boolean } = {},
): StoreReader & Pick<StandingStore, "standing"> {
  const database = openDatabase(file, { migrations: MIGRATIONS, isReadOnly: true, isCopy });
  // A transaction sees the store as of its first read.
  database.exec("BEGIN");
  return { ...readerOf(database), standing: async () => readStanding(database) };
}

/** Of whoever has the data folder to itself, wherever the store stands. The file is there, or is made. */
export const openSqliteWhole = (file: string): WholeStore =>
  wholeOf(openDatabase(file, { migrations: MIGRATIONS }));

/** Makes an empty store that stands so, in one step; what was there under this name is replaced. */
export async function makeSqliteWhole(file: string, standing: Standing): Promise<void> {
  const made = temporaryName(file);
  const store = openSqliteWhole(made);
  await store.swapStanding(await store.standing(), standing);
  await store.close();
  renameSync(made, file);
  await syncFolder(dirname(file));
}

function wholeOf(database: SqliteDatabase): WholeStore {
  return {
    ...readerOf(database),
    ...sqliteStanding(database),
    append: async (kind, rows) => {
      transact(database, () => {
        append(database, kind, rows);
      });
    },
    close: async () => {
      // The file is then whole by itself.
      database.pragma("wal_checkpoint(TRUNCATE)");
      database.close();
    },
  };
}

const PAGE = 512;

function readerOf(database: SqliteDatabase): StoreReader {
  const ledger = sqliteLedger(database);
  const deposits = sqliteDeposits(database);
  const artifacts = sqliteCertificates(database);
  const cosignatures = sqliteCosignatures(database);
  const timestamps = sqliteTimestamps(database);
  const number = (sql: string): number => database.prepare<[], number>(sql).pluck().get() ?? 0;
  const findTile = database
    .prepare<[number, number], Buffer>("SELECT hashes FROM tiles WHERE level = ? AND tile_index = ?")
    .pluck();
  return {
    mayGrow: false,
    lastSeq: number("SELECT coalesce(max(seq), 0) FROM deposits"),
    treeSize: number("SELECT coalesce(max(tree_size), 0) FROM checkpoints"),
    newestCheckpoint: () => ledger.newestCheckpoint(),
    consortiumEntries: (from) => ledger.consortiumEntries(from),
    findCheckpoint: (treeSize) => ledger.findCheckpoint(treeSize),
    findDeposit: (id) => deposits.findDeposit(id),
    listChain: (id, page) => deposits.listChain(id, page),
    findArtifact: (sha256) => artifacts.findArtifact(sha256),
    cosignatures: (treeSize) => cosignatures.cosignatures(treeSize),
    timestamps: (treeSize) => timestamps.timestamps(treeSize),
    rows: (kind) => rowsOf(database, kind),
    count: async (kind) => number(`SELECT count(*) FROM ${TABLES[kind].tables[0] ?? ""}`),
    tile: async (level, index) => {
      const hashes = findTile.get(level, index);
      return hashes && bytesOf(hashes);
    },
    originals: async function* () {
      yield* namedOriginals(database);
    },
    flaws: async function* (): AsyncGenerator<Flaw> {
      const damages = integrityOf(database);
      for (const what of damages) yield { code: "store-damaged", what: `SQLite says: ${what}` };
      if (damages.length > 0) return;
      for (const name of missingIndexes(database))
        yield { code: "index-missing", what: `${name} is not as it is declared` };
      const references = database.pragma("foreign_key_check") as {
        readonly table: string;
        readonly rowid: number | null;
        readonly parent: string;
      }[];
      for (const { table, rowid, parent } of references)
        yield {
          code: "reference-missing",
          what: `a row of ${table}${rowid === null ? "" : ` (${rowid})`} refers to one of ${parent} that is not there`,
        };
    },
    close: async () => {
      database.close();
    },
  };
}

/** What SQLite finds wrong with pages and indexes. */
function integrityOf(database: SqliteDatabase): readonly string[] {
  try {
    const found = database.pragma("integrity_check") as { readonly integrity_check: string }[];
    return found.map(({ integrity_check: what }) => what).filter((what) => what !== "ok");
  } catch (error) {
    // Too much of it is damaged to say more.
    if (sqliteErrorCode(error)?.startsWith("SQLITE_CORRUPT") !== true) throw error;
    return [(error as Error).message];
  }
}

/** Of tables and indexes, those whose text is not the one that a new store has: what they promise, nobody keeps. */
function missingIndexes(database: SqliteDatabase): string[] {
  const empty = new Database(":memory:");
  try {
    for (const sql of MIGRATIONS) empty.exec(sql);
    const there = textsOf(database);
    return [...textsOf(empty)].flatMap(([name, sql]) => (there.get(name) === sql ? [] : [name]));
  } finally {
    empty.close();
  }
}

function textsOf(database: SqliteDatabase): ReadonlyMap<string, string> {
  const rows = database
    .prepare<[], { readonly name: string; readonly sql: string }>(
      "SELECT name, sql FROM sqlite_schema WHERE type IN ('table', 'index') AND sql IS NOT NULL",
    )
    .all();
  return new Map(rows.map(({ name, sql }) => [name, sql]));
}

async function* rowsOf<Kind extends RowKind>(
  database: SqliteDatabase,
  kind: Kind,
): AsyncGenerator<StoreRows[Kind]> {
  if (kind === "deposits") prepareKeys(database);
  const { select, start, placeOf, rowOf, page = PAGE } = TABLES[kind];
  const next = database.prepare<unknown[], Readonly<Record<string, never>>>(select);
  let [size, place] = [-1, 0];
  for (let after: readonly unknown[] = start; ;) {
    const found = next.all(...after, page);
    for (const raw of found) {
      // Of what has a place among those of its size, the order of storing is the order here.
      const ofSize = Number(raw["tree_size"]);
      [size, place] = [ofSize, ofSize === size ? place + 1 : 0];
      yield rowOf({ ...raw, place });
    }
    const last = found.at(-1);
    if (last === undefined || found.length < page) return;
    after = placeOf(last);
  }
}

function append<Kind extends RowKind>(
  database: SqliteDatabase,
  kind: Kind,
  rows: readonly StoreRows[Kind][],
): void {
  if (kind === "chains") {
    for (const row of rows as readonly ChainRow[]) appendChain(database, row);
    return;
  }
  const { insert, rawOf } = TABLES[kind];
  const statement = database.prepare(insert);
  for (const row of rows) statement.run(rawOf(row));
  if (kind !== "deposits") return;
  const insertKey = database.prepare(
    "INSERT INTO idempotency_keys VALUES ($organisationId, $key, $fingerprint, $seq)",
  );
  for (const { seq, idempotencyKey } of rows as readonly DepositRow[])
    if (idempotencyKey) insertKey.run({ ...idempotencyKey, seq });
}

function appendChain(database: SqliteDatabase, { chainId, shown, isHeld, isForked }: ChainRow): void {
  if (shown)
    database
      .prepare("INSERT INTO shown_links VALUES ($chainId, $organisationId, $sequence, $leafHash, $shownAtMs)")
      .run({ chainId, ...shown });
  if (isHeld) database.prepare("INSERT INTO held_chains VALUES (?)").run(chainId);
  if (isForked) database.prepare("INSERT INTO forked_chains VALUES (?)").run(chainId);
}
