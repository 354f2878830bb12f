/**
 * What peers have shown: of each peer's witness and mirror the largest checkpoint of a log, signed by the log. From it a
 * peer that has lost its memory learns what it once signed. Bounded by the configuration: two notes a peer and log.
 */
import type { SqliteDatabase } from "../../platform/sqlite.js";

export interface SeenCheckpoint {
  /** This is the peer's address. */
  readonly peer: string;
  readonly role: "witness" | "mirror";
  readonly treeSize: number;
  readonly note: string;
}

export interface SeenTable {
  /** Keeps it unless a larger one of this peer and role is kept; of one size the newest, whose cosignatures are. */
  see(origin: string, seen: SeenCheckpoint): void;
  /** Gives what was seen of peers that are still configured, and of others. */
  seen(origin: string): SeenCheckpoint[];
}

export const SEEN_TABLE_SQL = `CREATE TABLE seen_checkpoint (
     origin    TEXT NOT NULL,
     peer      TEXT NOT NULL,
     role      TEXT NOT NULL CHECK (role IN ('witness', 'mirror')),
     tree_size INTEGER NOT NULL,
     note      TEXT NOT NULL,
     PRIMARY KEY (origin, peer, role)
   ) STRICT;`;

interface SeenRow {
  peer: string;
  role: SeenCheckpoint["role"];
  tree_size: number;
  note: string;
}

export function seenTable(database: SqliteDatabase): SeenTable {
  const upsert = database.prepare(
    `INSERT INTO seen_checkpoint (origin, peer, role, tree_size, note) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET tree_size = excluded.tree_size, note = excluded.note
     WHERE excluded.tree_size >= tree_size AND excluded.note <> note`,
  );
  const select = database.prepare<[string], SeenRow>(
    "SELECT peer, role, tree_size, note FROM seen_checkpoint WHERE origin = ? ORDER BY peer, role",
  );
  return {
    see: (origin, { peer, role, treeSize, note }) => {
      upsert.run(origin, peer, role, treeSize, note);
    },
    seen: (origin) =>
      select
        .all(origin)
        .map(({ peer, role, tree_size, note }) => ({ peer, role, treeSize: tree_size, note })),
  };
}
