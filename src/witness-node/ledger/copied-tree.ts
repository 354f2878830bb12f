/** The ledger's tree at any size, from this node's own copy: every hash in it was proven when it came. */
import { hashFromTile, type Tile, tileOfNode, tilePath } from "../../core/ledger/tile.js";
import type { ConsistencyProof } from "../../core/merkle/consistency.js";
import type { Hash } from "../../core/merkle/hash.js";
import { type NodeId, nodesOfRoot, planConsistency, rootFromNodes } from "../../core/merkle/subtree.js";
import type { LedgerStore } from "./ledger-store.js";

/** These parts of a copy are read here. */
export type CopiedTiles = Pick<LedgerStore, "copiedSize" | "tile">;

/** Computes the root of the copy's first `treeSize` entries; undefined where it has not come as far. */
export function copiedRoot(ledgers: CopiedTiles, origin: string, treeSize: number): Hash | undefined {
  const hashes = copiedHashes(ledgers, origin, nodesOfRoot(treeSize), treeSize);
  return hashes && rootFromNodes(hashes);
}

/**
 * Proves that the copied tree of `newSize` begins with that of `oldSize`; undefined where the copy has not come as
 * far.
 */
export function copiedConsistency(
  ledgers: CopiedTiles,
  origin: string,
  { oldSize, newSize }: Omit<ConsistencyProof, "path">,
): ConsistencyProof | undefined {
  const plan = planConsistency(oldSize, newSize);
  const hashes = copiedHashes(ledgers, origin, plan.nodes, newSize);
  return hashes && { oldSize, newSize, path: plan.combine(hashes) };
}

function copiedHashes(
  ledgers: CopiedTiles,
  origin: string,
  nodes: readonly NodeId[],
  treeSize: number,
): Hash[] | undefined {
  if (ledgers.copiedSize(origin) < treeSize) return undefined;
  return nodes.map((node) => {
    return hashFromTile(node, copiedTile(ledgers, origin, tileOfNode(node, treeSize)));
  });
}

/** Gives a tile of the part that is stored. */
export function copiedTile(ledgers: CopiedTiles, origin: string, tile: Tile): Uint8Array {
  const bytes = ledgers.tile(origin, tile);
  if (bytes === undefined) throw new Error(`internal: the copy of ${origin} lacks ${tilePath(tile)}`);
  return bytes;
}
