/**
 * Which leaves each hash of a proof covers. Every hash in a proof is the root over a range of leaves; these
 * functions name the ranges, `tree.ts` hashes them from leaves and `subtree.ts` from stored subtrees.
 * RFC 6962, Sections 2.1.1 and 2.1.2.
 */
import { isSize, splitOf } from "./size.js";

/** Leaves `start` to `end - 1`; `start` is a multiple of a power of two that is no smaller than their number. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/** PATH(m, D[n]): descends to the leaf and keeps the half that it turns away from, lowest first. */
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

/** PROOF(m, D[n]): the same descent to the subtree that ends where the old tree does, and that subtree itself. */
export function rangesOfConsistency(oldSize: number, newSize: number): LeafRange[] {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize)
    throw new Error(`internal: no tree of ${newSize} begins with one of ${oldSize}`);
  if (oldSize === 0) return [];
  const ranges: LeafRange[] = [];
  let [start, end] = [0, newSize];
  while (oldSize < end) {
    const middle = start + splitOf(end - start);
    if (oldSize <= middle) {
      ranges.unshift({ start: middle, end });
      end = middle;
    } else {
      ranges.unshift({ start, end: middle });
      start = middle;
    }
  }
  // SUBPROOF's flag b: without a turn to the right that subtree is the old tree, whose root both sides know.
  return start === 0 ? ranges : [{ start, end }, ...ranges];
}
