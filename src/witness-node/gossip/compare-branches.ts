/**
 * Whether a checkpoint that the log has signed and somebody shows lies on the branch that this node has cosigned: one of
 * them begins with the other. Where it does not, the log has signed two branches, and what proves it is at hand: both
 * checkpoints, and what the larger tree says of the smaller one, out of tiles that its own root proves.
 */
import { equalBytes } from "../../core/bytes.js";
import { emptyRootHash } from "../../core/merkle/hash.js";
import type { CopiedTiles } from "../ledger/copied-tree.js";
import type { LedgerSources } from "../sources/ledger-sources.js";
import {
  type Beginning,
  copiedBeginning,
  fetchBeginning,
  isSameTree,
  type TreeHead,
} from "../ledger/tree-head.js";

export type Comparison =
  | { readonly kind: "one-branch" }
  /** The `beginning` is there where the sizes differ. */
  | { readonly kind: "two-branches"; readonly beginning?: Beginning };

export interface CompareArguments {
  readonly origin: string;
  readonly ledgers: CopiedTiles;
  /** Tiles of either branch may be had from these sources. */
  readonly sources: LedgerSources;
}

const ONE_BRANCH: Comparison = { kind: "one-branch" };

/** Compares two branches of a log. Throws where nobody has the tiles that would tell. */
export async function compareBranches(
  own: TreeHead,
  shown: TreeHead,
  { origin, ledgers, sources }: CompareArguments,
): Promise<Comparison> {
  if (isSameTree(own, shown)) return ONE_BRANCH;
  if (own.treeSize === shown.treeSize) return { kind: "two-branches" };
  const [smaller, larger] = own.treeSize < shown.treeSize ? [own, shown] : [shown, own];
  if (smaller.treeSize === 0)
    return equalBytes(smaller.rootHash, emptyRootHash()) ? ONE_BRANCH : { kind: "two-branches" };
  const beginning =
    copiedBeginning(ledgers, origin, { tree: larger, size: smaller.treeSize }) ??
    (await fetchBeginning(sources, larger, smaller.treeSize));
  return equalBytes(beginning.rootHash, smaller.rootHash) ? ONE_BRANCH : { kind: "two-branches", beginning };
}
