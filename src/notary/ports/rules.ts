/** What every store concludes from what it has: pure, so that no two of them conclude differently. */
import { equalBytes } from "../../core/bytes.js";
import type { Hash } from "../../core/merkle/hash.js";
import type { UnsealedDeposits } from "./batches.js";
import type { ChainHead } from "./deposits.js";
import type { StoredCheckpoint } from "./ledger.js";

type ChainLink = Pick<ChainHead, "chainId" | "organisationId" | "sequence" | "leafHash">;

/** Of the last deposit of a chain, the last link that was shown of it, and what else was said of it. */
export function headOfChain({
  deposited,
  shown,
  isHeld,
  isForked,
}: {
  readonly deposited: ChainLink | undefined;
  readonly shown: ChainLink | undefined;
  readonly isHeld: boolean;
  readonly isForked: boolean;
}): ChainHead | undefined {
  const last = shown !== undefined && shown.sequence > (deposited?.sequence ?? 0) ? shown : deposited;
  if (last === undefined) return undefined;
  return {
    ...last,
    ...(isHeld && { isHeld }),
    ...(isForked && { isForked }),
    ...(shown && { resumedAt: shown.sequence }),
  };
}

export interface UnsealedDeposit {
  readonly seq: number;
  readonly organisationId: string;
  readonly leafHash: Hash;
  readonly receivedAtMs: number;
  readonly sealByMs: number;
}

/** Of the first deposits in no batch, in their order: those up to the first that does not belong together with the first. */
export function unsealedOf(
  found: readonly UnsealedDeposit[],
  belongTogether: (firstReceivedAtMs: number, receivedAtMs: number) => boolean = () => true,
): UnsealedDeposits | undefined {
  const first = found[0];
  if (first === undefined) return undefined;
  const other = found.findIndex(({ receivedAtMs }) => !belongTogether(first.receivedAtMs, receivedAtMs));
  const deposits = other < 0 ? found : found.slice(0, other);
  return {
    firstSeq: first.seq,
    leafHashes: deposits.map(({ leafHash }) => leafHash),
    lastReceivedAtMs: deposits.reduce((last, { receivedAtMs }) => Math.max(last, receivedAtMs), 0),
    earliestSealByMs: deposits.reduce(
      (earliest, { sealByMs }) => Math.min(earliest, sealByMs),
      first.sealByMs,
    ),
    depositorIds: [...new Set(deposits.map(({ organisationId }) => organisationId))],
  };
}

type TreeHead = Pick<StoredCheckpoint, "treeSize" | "rootHash">;

/** Whether the newest checkpoint is the one that the caller has read, or neither is there. */
export const isSameTree = (newest: TreeHead | undefined, read: TreeHead | undefined): boolean =>
  newest === undefined || read === undefined
    ? newest === read
    : newest.treeSize === read.treeSize && equalBytes(newest.rootHash, read.rootHash);
