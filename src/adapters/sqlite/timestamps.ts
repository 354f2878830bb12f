/** Timestamp tokens in SQLite: one of each authority for a checkpoint, in the order in which they came. */
import type { StoredTimestamp, TimestampStore } from "../../notary/ports/timestamps.js";
import { bytesOf, type SqliteDatabase, transact } from "./rows.js";

interface TimestampRow {
  readonly authority: string;
  readonly gen_time_ms: number;
  readonly stored_at_ms: number;
  readonly token: Buffer;
}

export function sqliteTimestamps(database: SqliteDatabase): TimestampStore {
  const list = database.prepare<[number], TimestampRow>(
    "SELECT * FROM timestamps WHERE tree_size = ? ORDER BY stored",
  );
  const insert = database.prepare<[number, string, number, number, Uint8Array]>(
    `INSERT INTO timestamps (tree_size, authority, gen_time_ms, stored_at_ms, token) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (tree_size, authority) DO NOTHING`,
  );
  const begin = database.prepare<[string, number]>(
    "INSERT INTO timestamp_authorities VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
  );
  const begun = database
    .prepare<[string], number>("SELECT from_tree_size FROM timestamp_authorities WHERE name = ?")
    .pluck();
  const unstamped = database
    .prepare<[number, number, string, number], number>(
      `SELECT DISTINCT tree_size FROM finalities WHERE tree_size >= ? AND tree_size < ? AND NOT EXISTS (
         SELECT 1 FROM timestamps WHERE timestamps.tree_size = finalities.tree_size AND authority = ?)
       ORDER BY tree_size LIMIT ?`,
    )
    .pluck();

  return {
    beginTimestamps: async (authority, fromTreeSize) =>
      transact(database, () => {
        begin.run(authority, fromTreeSize);
        return begun.get(authority) as number;
      }),
    addTimestamp: async (treeSize, { authority, genTimeMs, storedAtMs, token }) => {
      transact(database, () => {
        insert.run(treeSize, authority, genTimeMs, storedAtMs, token);
      });
    },
    timestamps: async (treeSize) => list.all(treeSize).map(timestampOf),
    unstamped: async ({ authority, from, to, limit }) => unstamped.all(from, to, authority, limit),
  };
}

const timestampOf = (row: TimestampRow): StoredTimestamp => ({
  authority: row.authority,
  token: bytesOf(row.token),
  genTimeMs: row.gen_time_ms,
  storedAtMs: row.stored_at_ms,
});
