/** A tree of a log by its size and root, and what it says of the smaller trees that it began with. */
import { equalBytes } from "../../core/bytes.js";
import { openTiles, tilesToFetch } from "../../core/ledger/open-tiles.js";
import { emptyRootHash, type Hash } from "../../core/merkle/hash.js";
import { nodesOfRoot, planConsistency, rootFromNodes } from "../../core/merkle/subtree.js";
import { type CopiedTiles, copiedConsistency, copiedRoot } from "./copied-tree.js";
import type { LedgerSources } from "../sources/ledger-sources.js";

export interface TreeHead {
  readonly treeSize: number;
  readonly rootHash: Hash;
}

/** A beginning is the first entries of a tree: it has their root, and the consistency proof from it to the tree's. */
export interface Beginning {
  readonly rootHash: Hash;
  readonly path: readonly Hash[];
}

export const isSameTree = (a: TreeHead, b: TreeHead): boolean =>
  a.treeSize === b.treeSize && equalBytes(a.rootHash, b.rootHash);

/**
 * Fetches what a tree says of its first `size` entries, which are fewer than it has: out of tiles that its root
 * proves, whoever gave them. Throws where nobody has them.
 */
export async function fetchBeginning(
  sources: LedgerSources,
  tree: TreeHead,
  size: number,
): Promise<Beginning> {
  if (size === 0) return { rootHash: emptyRootHash(), path: [] };
  const plan = planConsistency(size, tree.treeSize);
  const wanted = tilesToFetch([...plan.nodes, ...nodesOfRoot(size)], tree.treeSize);
  return sources.firstOf(async (source) => {
    const tiles = await Promise.all(
      wanted.map(async (tile) => ({ ...tile, bytes: await source.tile(tile) })),
    );
    const readNode = openTiles({ ...tree, tiles });
    return {
      rootHash: rootFromNodes(nodesOfRoot(size).map(readNode)),
      path: plan.combine(plan.nodes.map(readNode)),
    };
  });
}

/** Gives the same out of this node's own copy of that very tree; undefined where the copy has not come as far. */
export function copiedBeginning(
  ledgers: CopiedTiles,
  origin: string,
  { tree, size }: { readonly tree: TreeHead; readonly size: number },
): Beginning | undefined {
  const whole = copiedRoot(ledgers, origin, tree.treeSize);
  if (whole === undefined || !equalBytes(whole, tree.rootHash)) return undefined;
  const rootHash = copiedRoot(ledgers, origin, size);
  const proof = copiedConsistency(ledgers, origin, { oldSize: size, newSize: tree.treeSize });
  return rootHash && proof && { rootHash, path: proof.path };
}
