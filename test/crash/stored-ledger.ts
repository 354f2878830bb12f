/**
 * The notary's store read by SQLite alone and judged by core's mathematics, as a forensic examiner would: none of the
 * adapter's code in between. The file and its write-ahead log are copied first, so that looking at what a dead
 * process left repairs nothing of what the next start has to repair.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { base64, equalBytes } from "../../src/core/bytes.js";
import { parseBatch } from "../../src/core/batch/batch.js";
import { openCheckpoint } from "../../src/core/ledger/checkpoint.js";
import { parseNote } from "../../src/core/ledger/note.js";
import { type Hash, hashLeaf } from "../../src/core/merkle/hash.js";
import { rootOfLeaves } from "../../src/core/merkle/tree.js";
import { parseJson } from "../../src/core/record/json.js";
import { parseStatement, type Statement } from "../../src/core/record/statement.js";
import type { Consortium } from "../../src/core/trust/consortium.js";
import { openCosignatures } from "../../src/core/witness/cosignature.js";
import { verifyEd25519 } from "../../src/platform/keys/ed25519.js";

export interface StoredLedger {
  readonly deposits: readonly StoredDeposit[];
  readonly batches: readonly StoredBatch[];
  readonly entries: readonly StoredEntry[];
  readonly checkpoints: readonly { readonly tree_size: number; readonly note: string }[];
  readonly cosignatures: readonly { readonly tree_size: number; readonly line: string }[];
  readonly idempotencyKeys: readonly { readonly key: string; readonly seq: number }[];
  /** The last deposit that is final for the depositing bank. */
  readonly finalSeq: number;
  /** What SQLite itself finds broken. */
  readonly damage: readonly unknown[];
}

export interface StoredDeposit {
  readonly seq: number;
  readonly id: string;
  readonly leaf_hash: Uint8Array;
  readonly chain_id: string | null;
  readonly chain_sequence: number | null;
  readonly seal_by_ms: number;
  readonly statement: Uint8Array;
}
interface StoredBatch {
  readonly first_seq: number;
  readonly last_seq: number;
  readonly id: string;
  readonly sealed_at_ms: number;
  readonly entry: Uint8Array;
}
interface StoredEntry {
  readonly entry_index: number;
  readonly batch_first_seq: number;
  readonly content: Uint8Array;
}

/** Of the `notary.db` in this folder, which no process may be writing to. */
export function readStoredLedger(folder: string, depositor: string): StoredLedger {
  const copy = mkdtempSync(join(tmpdir(), "cunzheng-copy-"));
  try {
    for (const name of ["notary.db", "notary.db-wal"])
      if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(copy, name));
    const database = new Database(join(copy, "notary.db"));
    try {
      const all = <Row>(sql: string, ...values: string[]) =>
        database.prepare<string[], Row>(sql).all(...values);
      const final = `SELECT coalesce(max(last_seq), 0) AS seq FROM finalities JOIN checkpoints USING (tree_size)
                     WHERE depositor_class = ?`;
      return {
        deposits: all("SELECT * FROM deposits ORDER BY seq"),
        batches: all("SELECT * FROM batches ORDER BY first_seq"),
        entries: all("SELECT * FROM ledger_entries ORDER BY entry_index"),
        checkpoints: all("SELECT * FROM checkpoints ORDER BY tree_size"),
        cosignatures: all("SELECT * FROM cosignatures ORDER BY stored"),
        idempotencyKeys: all("SELECT key, seq FROM idempotency_keys"),
        finalSeq: all<{ seq: number }>(final, depositor)[0]?.seq ?? 0,
        damage: [
          ...(database.pragma("integrity_check") as { integrity_check: string }[]).filter(
            ({ integrity_check: found }) => found !== "ok",
          ),
          ...(database.pragma("foreign_key_check") as unknown[]),
        ],
      };
    } finally {
      database.close();
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Everything that contradicts: every deposit in one batch, every batch in the ledger, once; every signature its own. */
export function faultsOf(ledger: StoredLedger, consortium: Consortium): string[] {
  const faults: string[] = ledger.damage.map((found) => `damage: ${JSON.stringify(found)}`);
  const hold = (holds: boolean, otherwise: string) => holds || faults.push(otherwise);
  const { deposits, batches, entries } = ledger;

  deposits.forEach(({ seq, id, leaf_hash, statement }, i) => {
    hold(seq === i + 1, `seq ${seq} is deposit ${i + 1}`);
    hold(statementOf(statement).id === id, `seq ${seq}: another statement's id`);
    hold(equalBytes(hashLeaf(statement), leaf_hash), `seq ${seq}: another leaf hash`);
  });
  hold(new Set(deposits.map(({ id }) => id)).size === deposits.length, "one id twice");
  faults.push(...brokenChains(deposits));

  let next = 1;
  for (const { first_seq, last_seq, id, entry } of batches) {
    hold(first_seq === next, `batch ${id} begins with ${first_seq}, not ${next}`);
    next = last_seq + 1;
    const { size, root, ...batch } = parseBatch(parseJson(entry, { numbers: "canonical" }));
    const leaves = deposits.slice(first_seq - 1, last_seq).map(({ leaf_hash }) => leaf_hash as Hash);
    hold(batch.id === id && size === leaves.length, `batch ${id}: another id or size`);
    hold(root === base64(rootOfLeaves(leaves)), `batch ${id}: another root`);
  }
  hold(next === deposits.length + 1, `the batches end before ${next} of ${deposits.length} deposits`);
  hold(entries.length === batches.length, `${entries.length} entries of ${batches.length} batches`);
  entries.forEach(({ entry_index, batch_first_seq, content }, i) => {
    const batch = batches[i];
    hold(entry_index === i && batch?.first_seq === batch_first_seq, `entry ${entry_index}: another batch`);
    hold(batch !== undefined && equalBytes(batch.entry, content), `entry ${entry_index}: another content`);
  });

  const leafHashes = entries.map(({ content }) => hashLeaf(content));
  const vkeys = consortium.witnesses.flatMap((witness) => witness.vkeys);
  for (const { tree_size, note } of ledger.checkpoints) {
    const checkpoint = openCheckpoint(note, consortium.log.vkeys, { verifyEd25519 });
    const root = rootOfLeaves(leafHashes.slice(0, tree_size));
    hold(equalBytes(checkpoint.rootHash, root), `checkpoint ${tree_size}: another root`);
    const lines = ledger.cosignatures.filter((cosignature) => cosignature.tree_size === tree_size);
    const cosigned = parseNote(note + lines.map(({ line }) => `${line}\n`).join(""));
    hold(
      openCosignatures(cosigned, vkeys, { verifyEd25519 }).length === lines.length,
      `checkpoint ${tree_size}: a cosignature that does not verify`,
    );
  }
  return faults;
}

/** Sequence 1, 2, 3... and each `previous` the leaf hash of the one before. */
function brokenChains(deposits: readonly StoredDeposit[]): string[] {
  const heads = new Map<string, StoredDeposit>();
  return deposits.flatMap((deposit) => {
    const { chain } = statementOf(deposit.statement);
    if (chain === undefined) return deposit.chain_id === null ? [] : [`seq ${deposit.seq}: not of its chain`];
    const head = heads.get(chain.id);
    heads.set(chain.id, deposit);
    const sequence = (head?.chain_sequence ?? 0) + 1;
    const previous = head && base64(head.leaf_hash);
    return chain.sequence === sequence && deposit.chain_sequence === sequence && chain.previous === previous
      ? []
      : [`chain ${chain.id}: ${chain.sequence} does not follow ${sequence - 1}`];
  });
}

export const statementOf = (bytes: Uint8Array): Statement =>
  parseStatement(parseJson(bytes, { numbers: "canonical" }));
