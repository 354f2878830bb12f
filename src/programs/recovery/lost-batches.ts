/**
 * Which batches of a ledger hold deposits that a backup has, and which hold what came after it. The deposits of a backup
 * are the first ones of the ledger that went on without it, and batches are sealed in the order of deposits: so the next
 * batch holds the next deposits, or it holds some that are lost, and then so does each after it. A batch is known by its
 * root, which is computed again from the leaf hashes of the backup.
 */
import { base64 } from "../../core/bytes.js";
import { buildBatchTree } from "../../notary/ledger/batch-tree.js";
import type { HashOnce } from "../../notary/ports/host.js";
import type { NewBatch } from "../../notary/ports/batches.js";
import type { RecoveringStore } from "../../adapters/sqlite/copies/recovering-store.js";
import { batchAt } from "./succession.js";

export interface LostBatch {
  readonly index: number;
  readonly id: string;
  readonly deposits: number;
  readonly sealedAtMs: number;
}

export interface Placed {
  readonly found: readonly { readonly ledgerIndex: number; readonly batch: NewBatch }[];
  readonly lost: readonly LostBatch[];
  /** Of the newest deposit that has its place on the ledger. */
  readonly lastSeq: number;
  /** Of the newest batch; absent where there is none. */
  readonly sealedAtMs?: number;
}

/** Judges the entries from `from` to `to - 1`, which follow those that the backup had. */
export async function placeDeposits(
  store: RecoveringStore,
  { from, to, hashOnce }: { readonly from: number; readonly to: number; readonly hashOnce: HashOnce },
): Promise<Placed> {
  const [found, lost]: [{ ledgerIndex: number; batch: NewBatch }[], LostBatch[]] = [[], []];
  const newest = store.lastSeq();
  let lastSeq = store.lastLedgeredSeq();
  let sealedAtMs: number | undefined;
  for (let ledgerIndex = from; ledgerIndex < to; ledgerIndex += 1) {
    const entry = batchAt(store, ledgerIndex);
    if (entry === undefined) continue;
    const { id, size, root } = entry.batch;
    sealedAtMs = entry.sealedAtMs;
    const range = { firstSeq: lastSeq + 1, lastSeq: lastSeq + size };
    if (lost.length === 0 && range.lastSeq <= newest) {
      const deposits = store.deposits(range);
      const tree = buildBatchTree(
        deposits.map(({ leafHash }) => leafHash),
        hashOnce,
      );
      if (base64(tree.rootHash) === root) {
        const depositorIds = [...new Set(deposits.map(({ organisationId }) => organisationId))];
        const batch = { id, ...range, sealedAtMs: entry.sealedAtMs, entry: entry.entry, depositorIds };
        found.push({ ledgerIndex, batch });
        lastSeq = range.lastSeq;
        continue;
      }
    }
    lost.push({ index: ledgerIndex, id, deposits: size, sealedAtMs: entry.sealedAtMs });
  }
  return { found, lost, lastSeq, ...(sealedAtMs !== undefined && { sealedAtMs }) };
}
