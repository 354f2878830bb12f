/** Leases in SQLite. */
import type { Lease, LeaseStore } from "../../notary/ports/work.js";
import { type SqliteDatabase, transact } from "./rows.js";

export function sqliteLeases(database: SqliteDatabase): LeaseStore {
  const find = database.prepare<[string], Lease>("SELECT holder, beat, address FROM leases WHERE name = ?");
  const put = database.prepare<[string, string, number, string]>(
    `INSERT INTO leases VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET
     holder = excluded.holder, beat = excluded.beat, address = excluded.address`,
  );
  const remove = database.prepare<[string, string]>("DELETE FROM leases WHERE name = ? AND holder = ?");
  return {
    findLease: async (name) => find.get(name),
    swapLease: async (name, previous, { holder, beat, address }) =>
      transact(database, () => {
        const stored = find.get(name);
        if (stored?.holder !== previous?.holder || stored?.beat !== previous?.beat) return false;
        put.run(name, holder, beat, address);
        return true;
      }),
    endLease: async (name, holder) => {
      transact(database, () => remove.run(name, holder));
    },
  };
}
