/**
 * The ledger's Merkle tree out of stored tiles: growing it, and proofs from it. Whatever the size of the tree, an
 * append touches one tile a level and a proof reads a handful, so the ten-millionth entry costs what the first did.
 * C2SP tlog-tiles; the arithmetic is core's.
 */
import { edgeOfTree, growTiles } from "../../core/ledger/grow-tiles.js";
import { hashFromTile, tileOfNode } from "../../core/ledger/tile.js";
import type { Hash } from "../../core/merkle/hash.js";
import {
  type NodeId,
  nodesOfRoot,
  planConsistency,
  planInclusion,
  planSubtreeConsistency,
  type ProofPlan,
  rootFromNodes,
} from "../../core/merkle/subtree.js";
import type { LeafRange } from "../../core/merkle/range.js";
import type { LedgerStore, StoredTile } from "../ports/ledger.js";

type TileStore = Pick<LedgerStore, "tiles">;

export async function proveLedgerInclusion(
  store: TileStore,
  { ledgerIndex, treeSize }: { readonly ledgerIndex: number; readonly treeSize: number },
): Promise<Hash[]> {
  return pathOf(store, planInclusion(ledgerIndex, treeSize), treeSize);
}

export async function proveLedgerConsistency(
  store: TileStore,
  { oldSize, newSize }: { readonly oldSize: number; readonly newSize: number },
): Promise<Hash[]> {
  return pathOf(store, planConsistency(oldSize, newSize), newSize);
}

/** That the ledger's first `treeSize` entries hold these where they do: what an entry package is proved with. */
export async function proveLedgerSubtree(
  store: TileStore,
  { subtree, treeSize }: { readonly subtree: LeafRange; readonly treeSize: number },
): Promise<Hash[]> {
  return pathOf(store, planSubtreeConsistency(subtree, treeSize), treeSize);
}

/** Of the ledger's first `treeSize` entries. */
export async function ledgerRoot(store: TileStore, treeSize: number): Promise<Hash> {
  return rootFromNodes(await readNodes(store, nodesOfRoot(treeSize), treeSize));
}

async function pathOf(store: TileStore, plan: ProofPlan, treeSize: number): Promise<Hash[]> {
  return plan.combine(await readNodes(store, plan.nodes, treeSize));
}

async function readNodes(store: TileStore, nodes: readonly NodeId[], treeSize: number): Promise<Hash[]> {
  const wanted = new Map(nodes.map((node) => [nameOf(node, treeSize), tileOfNode(node, treeSize)]));
  const stored = await store.tiles([...wanted.values()]);
  const tiles = new Map([...wanted.keys()].map((name, i) => [name, stored[i]]));
  return nodes.map((node) => {
    const hashes = tiles.get(nameOf(node, treeSize));
    if (hashes === undefined) throw new Error(`internal: the ledger lacks tile ${nameOf(node, treeSize)}`);
    return hashFromTile(node, hashes);
  });
}

const nameOf = (node: NodeId, treeSize: number): string => {
  const { level, index } = tileOfNode(node, treeSize);
  return `${level}/${index}`;
};

export interface GrownTree {
  readonly rootHash: Hash;
  /** Every tile that changed, at its new width. */
  readonly tiles: readonly StoredTile[];
}

/** The tree of `size` leaves with `leafHashes` appended; nothing is stored. */
export async function growLedgerTree(
  store: TileStore,
  size: number,
  leafHashes: readonly Hash[],
): Promise<GrownTree> {
  const wanted = edgeOfTree(size);
  const stored = await store.tiles(wanted);
  const edge = wanted.map(({ level, index }, i) => {
    const hashes = stored[i];
    if (hashes === undefined) throw new Error(`internal: the ledger lacks tile ${level}/${index}`);
    return hashes;
  });
  const { rootHash, tiles } = growTiles(size, edge, leafHashes);
  return { rootHash, tiles: tiles.map(({ level, index, bytes }) => ({ level, index, hashes: bytes })) };
}
