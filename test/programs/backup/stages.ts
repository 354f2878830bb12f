/**
 * The stages of a deposit's way at which a notary can be lost, and how each is brought about for certain: by what seals, by
 * who answers, and not by when somebody looks. How far deposits have come is read from the store by SQLite alone.
 */
import { join } from "node:path";
import Database from "better-sqlite3";
import { type NodeId, ORGANISATION_IDS } from "../../story/sample-service.js";

export interface Sealing {
  readonly afterMs: number;
  readonly promiseMs: number;
  readonly maxBatchSize: number;
}
export const SEALING: Sealing = { afterMs: 100, promiseMs: 10_000, maxBatchSize: 64 };
/** Nothing that comes after the start is sealed as long as a test runs. */
const NEVER_SEALING: Sealing = { afterMs: 3_600_000, promiseMs: 10_000, maxBatchSize: 100_000 };

export interface Stage {
  /** Whose nodes answer nothing before the backup is made. */
  readonly held: readonly NodeId[];
  /** The notary is started anew with these before the backup; absent where it goes on as it is. */
  readonly startsAnew?: { readonly sealing: Sealing; readonly areNodesAsked: boolean };
  /** The depositors have gone home, and everything that they deposited has a certificate or could have one. */
  readonly isEnded?: boolean;
  isMet(reached: Reached): boolean;
}

/** How many deposits have come so far: the last of them, of which the store has 1, 2, 3... */
export interface Reached {
  readonly received: number;
  readonly sealed: number;
  /** Covered by a checkpoint that the log has signed. */
  readonly onLedger: number;
  /** Covered by a checkpoint that any mirror, or that two of them, have cosigned. */
  readonly cosigned: number;
  readonly cosignedByTwo: number;
  /** For anybody. */
  readonly final: number;
  readonly certificates: number;
}

/** So many deposits at least are held up at a stage. */
const HELD_UP = 20;

export const STAGES: Readonly<Record<string, Stage>> = {
  "received, and in no batch": {
    held: [],
    startsAnew: { sealing: NEVER_SEALING, areNodesAsked: true },
    isMet: ({ received, sealed, onLedger }) => received - sealed >= HELD_UP && onLedger === sealed,
  },
  "sealed, and not on the ledger": {
    held: ORGANISATION_IDS,
    startsAnew: { sealing: SEALING, areNodesAsked: false },
    isMet: ({ sealed, onLedger }) => sealed - onLedger >= HELD_UP,
  },
  "received, sealed and on the ledger, and no node has cosigned it": {
    held: ORGANISATION_IDS,
    isMet: ({ onLedger, cosigned }) => onLedger - cosigned >= HELD_UP,
  },
  "cosigned by two nodes, and not final": {
    held: ORGANISATION_IDS.slice(0, 3),
    isMet: ({ cosignedByTwo, final }) => cosignedByTwo > final,
  },
  "at every stage at once, under load": { held: [], isMet: () => true },
  "final and certified": {
    held: [],
    isEnded: true,
    isMet: ({ received, final, certificates }) => received === final && certificates > 0,
  },
};

/** Of the `notary.db` in this folder, which a running notary may be writing to. */
export function reachedIn(folder: string): Reached {
  const database = new Database(join(folder, "notary.db"), { readonly: true });
  try {
    const count = (sql: string) => database.prepare<[], number>(sql).pluck().get() ?? 0;
    const cosignedBy = (mirrors: number) =>
      count(`SELECT coalesce(max(last_seq), 0) FROM checkpoints WHERE ${mirrors} <=
             (SELECT count(DISTINCT name) FROM cosignatures AS one
              WHERE one.tree_size = checkpoints.tree_size AND name LIKE '%/mirror')`);
    // One transaction: one moment of the store.
    return database.transaction(() => ({
      received: count("SELECT coalesce(max(seq), 0) FROM deposits"),
      sealed: count("SELECT coalesce(max(last_seq), 0) FROM batches"),
      onLedger: count("SELECT coalesce(max(last_seq), 0) FROM checkpoints"),
      cosigned: cosignedBy(1),
      cosignedByTwo: cosignedBy(2),
      final: count("SELECT coalesce(max(last_seq), 0) FROM finalities JOIN checkpoints USING (tree_size)"),
      certificates: count("SELECT count(*) FROM certificates"),
    }))();
  } finally {
    database.close();
  }
}
