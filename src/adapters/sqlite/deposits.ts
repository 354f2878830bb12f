/** Deposits, their chains and idempotency keys in SQLite: one transaction a group. */
import type { ChainHead, DepositStore, NewDeposit, StoredDeposit } from "../../notary/ports/deposits.js";
import { headOfChain } from "../../notary/ports/rules.js";
import { bytesOf, type SqliteDatabase, transact } from "./rows.js";

interface DepositRow {
  readonly seq: number;
  readonly id: string;
  readonly organisation_id: string;
  readonly leaf_hash: Buffer;
  readonly received_at_ms: number;
  readonly seal_by_ms: number;
  readonly chain_id: string | null;
  readonly chain_sequence: number | null;
  readonly original: Buffer | null;
  readonly statement: Buffer;
}

interface ShownRow {
  readonly chain_id: string;
  readonly organisation_id: string;
  readonly sequence: number;
  readonly leaf_hash: Buffer;
}

export function sqliteDeposits(database: SqliteDatabase): DepositStore {
  const newestSeq = database.prepare<[], number>("SELECT coalesce(max(seq), 0) FROM deposits").pluck();
  const insert = database.prepare<
    [
      number,
      string,
      string,
      Uint8Array,
      number,
      number,
      string | null,
      number | null,
      Uint8Array | null,
      Uint8Array,
    ]
  >("INSERT INTO deposits VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const insertKey = database.prepare<[string, string, Uint8Array, number]>(
    "INSERT INTO idempotency_keys VALUES (?, ?, ?, ?)",
  );
  const findReplay = database.prepare<[string, string], DepositRow & { fingerprint: Buffer }>(
    `SELECT deposits.*, fingerprint FROM idempotency_keys JOIN deposits USING (seq)
     WHERE idempotency_keys.organisation_id = ? AND key = ?`,
  );
  const findDeposit = database.prepare<[string], DepositRow>("SELECT * FROM deposits WHERE id = ?");
  const findHead = database.prepare<[string], DepositRow>(
    "SELECT * FROM deposits WHERE chain_id = ? ORDER BY chain_sequence DESC LIMIT 1",
  );
  const listChain = database.prepare<[string, number, number], DepositRow>(
    "SELECT * FROM deposits WHERE chain_id = ? AND chain_sequence > ? ORDER BY chain_sequence LIMIT ?",
  );
  const countOriginal = database
    .prepare<[Uint8Array], number>("SELECT EXISTS (SELECT 1 FROM deposits WHERE original = ?)")
    .pluck();

  const findShown = database.prepare<[string], ShownRow>("SELECT * FROM shown_links WHERE chain_id = ?");
  const putShown = database.prepare<[string, string, number, Uint8Array, number]>(
    `INSERT INTO shown_links VALUES (?, ?, ?, ?, ?) ON CONFLICT (chain_id) DO UPDATE SET
     sequence = excluded.sequence, leaf_hash = excluded.leaf_hash, shown_at_ms = excluded.shown_at_ms`,
  );
  const findLink = database
    .prepare<[string, number], Buffer>(
      "SELECT leaf_hash FROM deposits WHERE chain_id = ? AND chain_sequence = ?",
    )
    .pluck();
  const findHalts = database.prepare<{ id: string }, { held: number; forked: number }>(
    `SELECT EXISTS (SELECT 1 FROM held_chains WHERE chain_id = $id) AS held,
            EXISTS (SELECT 1 FROM forked_chains WHERE chain_id = $id) AS forked`,
  );
  const fork = database.prepare<[string]>("INSERT OR IGNORE INTO forked_chains VALUES (?)");
  const release = database.prepare<[string]>("DELETE FROM held_chains WHERE chain_id = ?");

  const chainHead = (chainId: string): ChainHead | undefined => {
    const [row, shown, halts] = [
      findHead.get(chainId),
      findShown.get(chainId),
      findHalts.get({ id: chainId }),
    ];
    return headOfChain({
      deposited: row && headOf(row),
      shown: shown && shownOf(shown),
      isHeld: halts?.held === 1,
      isForked: halts?.forked === 1,
    });
  };
  const store = (seq: number, deposit: NewDeposit): void => {
    const { id, organisationId, leafHash, receivedAtMs, sealByMs, chain, original, statement } = deposit;
    insert.run(
      seq,
      id,
      organisationId,
      leafHash,
      receivedAtMs,
      sealByMs,
      chain?.id ?? null,
      chain?.sequence ?? null,
      original ?? null,
      statement,
    );
    const { idempotencyKey: key } = deposit;
    if (key) insertKey.run(organisationId, key.key, key.fingerprint, seq);
  };

  return {
    // The write lock is taken before anything is read: the scope needs no fetching ahead.
    record: async (_scope, decide) => {
      transact(database, () => {
        const deposits = decide({
          deposit: (id) => {
            const row = findDeposit.get(id);
            return row && depositOf(row);
          },
          chainHead,
          replay: (organisationId, key) => {
            const row = findReplay.get(organisationId, key);
            return row && { fingerprint: bytesOf(row.fingerprint), deposit: depositOf(row) };
          },
        });
        if (deposits.length === 0) return;
        let seq = newestSeq.get() as number;
        for (const deposit of deposits) store(++seq, deposit);
      });
    },
    findDeposit: async (id) => {
      const row = findDeposit.get(id);
      return row && depositOf(row);
    },
    chainHead: async (chainId) => chainHead(chainId),
    resumeChain: async ({ chainId, sequence }, decide) => {
      transact(database, () => {
        const here = sequence === undefined ? undefined : findLink.get(chainId, sequence);
        const last = decide(chainHead(chainId), here && bytesOf(here));
        if (last === "forked") {
          fork.run(chainId);
          return;
        }
        putShown.run(chainId, last.organisationId, last.sequence, last.leafHash, last.shownAtMs);
        release.run(chainId);
      });
    },
    listChain: async (chainId, { after, limit }) => listChain.all(chainId, after, limit).map(depositOf),
    isOriginalKept: async (sha256) => countOriginal.get(sha256) === 1,
  };
}

const depositOf = (row: DepositRow): StoredDeposit => ({
  seq: row.seq,
  id: row.id,
  organisationId: row.organisation_id,
  leafHash: bytesOf(row.leaf_hash),
  receivedAtMs: row.received_at_ms,
  sealByMs: row.seal_by_ms,
  ...(row.chain_id !== null && { chain: { id: row.chain_id, sequence: row.chain_sequence as number } }),
  ...(row.original !== null && { original: bytesOf(row.original) }),
  statement: bytesOf(row.statement),
});

const shownOf = (row: ShownRow) => ({
  chainId: row.chain_id,
  organisationId: row.organisation_id,
  sequence: row.sequence,
  leafHash: bytesOf(row.leaf_hash),
});

const headOf = (row: DepositRow) => ({
  chainId: row.chain_id as string,
  organisationId: row.organisation_id,
  sequence: row.chain_sequence as number,
  leafHash: bytesOf(row.leaf_hash),
});
