/**
 * Trees in memory: roots and proofs over a list of leaf hashes. For batches, and for whoever recomputes one.
 * RFC 6962, Section 2.1. What these functions prove, `inclusion.ts`, `consistency.ts` and `subtree-consistency.ts`
 * verify.
 */
import type { ConsistencyProof } from "./consistency.js";
import { emptyRootHash, type Hash, hashNode } from "./hash.js";
import type { InclusionProof } from "./inclusion.js";
import { type LeafRange, rangesOfConsistency, rangesOfInclusion, rangesOfSubtree } from "./range.js";
import { splitOf } from "./size.js";
import type { SubtreeConsistencyProof } from "./subtree-consistency.js";

/** Computes the root of the tree over these leaf hashes, MTH(D[n]). */
export function rootOfLeaves(leafHashes: readonly Hash[]): Hash {
  if (leafHashes.length === 0) return emptyRootHash();
  return rootOfRange(leafHashes, { start: 0, end: leafHashes.length });
}

/** Proves that the leaf at `leafIndex`, which must be one of the tree's, is in the tree of these leaves. */
export function proveInclusion(leafHashes: readonly Hash[], leafIndex: number): InclusionProof {
  const treeSize = leafHashes.length;
  const ranges = rangesOfInclusion(leafIndex, treeSize);
  return { leafIndex, treeSize, path: ranges.map((range) => rootOfRange(leafHashes, range)) };
}

/** Proves that these leaves begin with the first `oldSize` of them, which must not be more than there are. */
export function proveConsistency(leafHashes: readonly Hash[], oldSize: number): ConsistencyProof {
  const newSize = leafHashes.length;
  const ranges = rangesOfConsistency(oldSize, newSize);
  return { oldSize, newSize, path: ranges.map((range) => rootOfRange(leafHashes, range)) };
}

/**
 * Proves that `subtree` holds leaves of these and in their order; its range must be that of a subtree, and within the
 * tree.
 */
export function proveSubtreeConsistency(
  leafHashes: readonly Hash[],
  subtree: LeafRange,
): SubtreeConsistencyProof {
  const treeSize = leafHashes.length;
  const ranges = rangesOfSubtree(subtree, treeSize);
  return { subtree, treeSize, path: ranges.map((range) => rootOfRange(leafHashes, range)) };
}

/** Computes MTH over a range that isn't empty. */
function rootOfRange(leafHashes: readonly Hash[], { start, end }: LeafRange): Hash {
  const only = leafHashes[start];
  if (only === undefined) throw new Error(`internal: no leaf ${start} of ${leafHashes.length}`);
  if (end - start === 1) return only;
  const middle = start + splitOf(end - start);
  return hashNode(
    rootOfRange(leafHashes, { start, end: middle }),
    rootOfRange(leafHashes, { start: middle, end }),
  );
}
