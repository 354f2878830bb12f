/**
 * Proofs out of a store that keeps complete subtrees (as tiles do): first a plan of which it must give, so that it
 * is asked once, then the proof from what it gave. Pure: no store is known here.
 * A complete subtree covers a power of two of leaves; once full it never changes, whatever is appended.
 */
import { emptyRootHash, type Hash, hashNode } from "./hash.js";
import { type LeafRange, rangesOfConsistency, rangesOfInclusion, rangesOfSubtree } from "./range.js";
import { isSize } from "./size.js";

/**
 * A node is named by its level and index: it is the root over the leaves `index * 2^level` to `(index + 1) * 2^level
 * - 1`.
 */
export interface NodeId {
  readonly level: number;
  readonly index: number;
}

export interface ProofPlan {
  /** Each of these nodes is complete in the tree that the proof is for, and none stands here twice. */
  readonly nodes: readonly NodeId[];
  /** Makes the proof's path from the hashes of `nodes`, which come in the same order. */
  combine(hashes: readonly Hash[]): Hash[];
}

/** Gives the complete subtrees, left to right, that make up a tree of `size`: one for each bit 1 of `size`. */
export function nodesOfRoot(size: number): NodeId[] {
  if (!isSize(size)) throw new Error(`internal: no tree of ${size}`);
  return nodesOfRange({ start: 0, end: size });
}

/** Computes the root over adjoining complete subtrees, each smaller than the one to its left. */
export function rootFromNodes(hashes: readonly Hash[]): Hash {
  return hashes.length === 0 ? emptyRootHash() : hashes.reduceRight((right, left) => hashNode(left, right));
}

export function planInclusion(leafIndex: number, treeSize: number): ProofPlan {
  return planOf(rangesOfInclusion(leafIndex, treeSize));
}

export function planConsistency(oldSize: number, newSize: number): ProofPlan {
  return planOf(rangesOfConsistency(oldSize, newSize));
}

export function planSubtreeConsistency(subtree: LeafRange, treeSize: number): ProofPlan {
  return planOf(rangesOfSubtree(subtree, treeSize));
}

function planOf(ranges: readonly LeafRange[]): ProofPlan {
  const groups = ranges.map(nodesOfRange);
  const nodes = groups.flat();
  return {
    nodes,
    combine(hashes) {
      if (hashes.length !== nodes.length)
        throw new Error(`internal: ${hashes.length} hashes for ${nodes.length} nodes`);
      let taken = 0;
      return groups.map((group) => rootFromNodes(hashes.slice(taken, (taken += group.length))));
    },
  };
}

/** Cuts the largest power of two that still fits off the left, again and again: that is how RFC 6962 splits. */
function nodesOfRange({ start, end }: LeafRange): NodeId[] {
  const nodes: NodeId[] = [];
  while (start < end) {
    // Not Math.log2, which rounds: 2^49 - 1 would count as 2^49.
    let [level, width] = [0, 1];
    for (; width * 2 <= end - start; width *= 2) level++;
    nodes.push({ level, index: start / width });
    start += width;
  }
  return nodes;
}
