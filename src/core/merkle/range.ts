/**
 * Which leaves each hash of a proof covers. Every hash in a proof is the root over a range of leaves; these
 * functions name the ranges, `tree.ts` hashes them from leaves and `subtree.ts` from stored subtrees.
 * RFC 6962, Sections 2.1.1 and 2.1.2; for subtrees draft-ietf-plants-merkle-tree-certs, "Subtree Consistency Proofs".
 */
import { isSize, splitOf } from "./size.js";

/**
 * A range holds the leaves `start` to `end - 1`; `start` is a multiple of a power of two that is no smaller than
 * their number.
 */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Gives the ranges of PATH(m, D[n]): it descends to the leaf and keeps the half that it turns away from, lowest
 * first.
 */
export function rangesOfInclusion(leafIndex: number, treeSize: number): LeafRange[] {
  if (!isSize(leafIndex) || !isSize(treeSize) || leafIndex >= treeSize)
    throw new Error(`internal: no leaf ${leafIndex} in a tree of ${treeSize}`);
  const ranges: LeafRange[] = [];
  let [start, end] = [0, treeSize];
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (leafIndex < middle) {
      ranges.unshift({ start: middle, end });
      end = middle;
    } else {
      ranges.unshift({ start, end: middle });
      start = middle;
    }
  }
  return ranges;
}

/** Gives the ranges of PROOF(m, D[n]), which is SUBTREE_PROOF(0, m, D[n]). */
export function rangesOfConsistency(oldSize: number, newSize: number): LeafRange[] {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize)
    throw new Error(`internal: no tree of ${newSize} begins with one of ${oldSize}`);
  return rangesOfSubtree({ start: 0, end: oldSize }, newSize);
}

/**
 * Gives the ranges of SUBTREE_PROOF(start, end, D[n]): it descends to where the subtree ends, and keeps the halves as
 * above.
 */
export function rangesOfSubtree(subtree: LeafRange, treeSize: number): LeafRange[] {
  if (!isSize(treeSize) || !isSubtree(subtree) || subtree.end > treeSize)
    throw new Error(`internal: no subtree [${subtree.start}, ${subtree.end}) in a tree of ${treeSize}`);
  if (subtree.start === subtree.end) return [];
  const ranges: LeafRange[] = [];
  let [start, end] = [0, treeSize];
  let rest = subtree;
  while (rest.start !== start || rest.end !== end) {
    const middle = start + splitOf(end - start);
    if (rest.end <= middle) {
      ranges.unshift({ start: middle, end });
      end = middle;
    } else {
      ranges.unshift({ start, end: middle });
      start = middle;
      // It lies on both sides only where it begins at `start`: its left part is then the half just kept.
      if (rest.start < middle) rest = { start: middle, end: rest.end };
    }
  }
  // SUBPROOF's flag b: never cut, the subtree is a node of the tree, and both sides know its hash.
  return rest === subtree ? ranges : [rest, ...ranges];
}

/**
 * Tells whether these leaves make a tree of their own that fits into the tree around it:
 * draft-ietf-plants-merkle-tree-certs, "Definition of a Subtree": "start is a multiple of BIT_CEIL(end - start)".
 */
export function isSubtree({ start, end }: LeafRange): boolean {
  if (!isSize(start) || !isSize(end) || start > end) return false;
  let width = 1;
  while (width < end - start) width *= 2;
  return start % width === 0;
}
