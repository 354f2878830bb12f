/**
 * The ledger's Merkle tree out of stored tiles: growing it, and proofs from it. Whatever the size of the tree, an
 * append touches one tile a level and a proof reads a handful, so the ten-millionth entry costs what the first did.
 * C2SP tlog-tiles; the arithmetic is core's.
 */
import { concatBytes } from "../core/bytes.js";
import { hashFromTile, rootOfComplete, splitTile, TILE_WIDTH, tileOfNode } from "../core/ledger/tile.js";
import { type Hash } from "../core/merkle/hash.js";
import {
  type NodeId,
  nodesOfRoot,
  planConsistency,
  planInclusion,
  type ProofPlan,
  rootFromNodes,
} from "../core/merkle/subtree.js";
import { type LedgerStore, type StoredTile } from "./ports.js";

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

async function pathOf(store: TileStore, plan: ProofPlan, treeSize: number): Promise<Hash[]> {
  const wanted = new Map(plan.nodes.map((node) => [nameOf(node, treeSize), tileOfNode(node, treeSize)]));
  const stored = await store.tiles([...wanted.values()]);
  const tiles = new Map([...wanted.keys()].map((name, i) => [name, stored[i]]));
  return plan.combine(
    plan.nodes.map((node) => {
      const hashes = tiles.get(nameOf(node, treeSize));
      if (hashes === undefined) throw new Error(`internal: the ledger lacks tile ${nameOf(node, treeSize)}`);
      return hashFromTile(node, hashes);
    }),
  );
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
  const edge = await openEdge(store, size);
  const filled = leafHashes.flatMap((leafHash) => push(edge, 0, leafHash));
  const changed = edge.filter((tile) => tile.changed && tile.hashes.length > 0).map(storedTile);
  const grownSize = size + leafHashes.length;
  const roots = nodesOfRoot(grownSize).map((node) => {
    const { level, index } = tileOfNode(node, grownSize);
    const tile = edge[level];
    // Every node of the root stands in the unfilled tile of its level: a filled tile is a node of the level above.
    if (tile === undefined || tile.index !== index)
      throw new Error(`internal: node ${node.level}/${node.index} left the edge`);
    return hashFromTile(node, concatBytes(...tile.hashes));
  });
  return { rootHash: rootFromNodes(roots), tiles: [...filled, ...changed] };
}

/** The unfilled tile at the right end of one level. */
interface EdgeTile {
  readonly level: number;
  index: number;
  hashes: Hash[];
  changed: boolean;
}

/** One of each level, the lowest first. */
async function openEdge(store: TileStore, size: number): Promise<EdgeTile[]> {
  const edge: (EdgeTile & { readonly width: number })[] = [];
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
    const [index, width] = [Math.floor(count / TILE_WIDTH), count % TILE_WIDTH];
    edge.push({ level, index, width, hashes: [], changed: false });
  }
  const partial = edge.filter(({ width }) => width > 0);
  const stored = await store.tiles(partial);
  for (const [i, tile] of partial.entries()) {
    const hashes = stored[i];
    if (hashes === undefined) throw new Error(`internal: the ledger lacks tile ${tile.level}/${tile.index}`);
    // Its width is the tree's: checked, so that a tile and a checkpoint that disagree are not built upon.
    tile.hashes = splitTile(hashes, tile.width);
  }
  return edge;
}

/** Adds a hash at a level, and at those above for each tile that it fills: these are returned. */
function push(edge: EdgeTile[], level: number, hash: Hash): StoredTile[] {
  const tile = (edge[level] ??= { level, index: 0, hashes: [], changed: false });
  tile.hashes.push(hash);
  tile.changed = true;
  if (tile.hashes.length < TILE_WIDTH) return [];
  const full = storedTile(tile);
  const root = rootOfComplete(tile.hashes);
  tile.index += 1;
  tile.hashes = [];
  return [full, ...push(edge, level + 1, root)];
}

const storedTile = ({ level, index, hashes }: EdgeTile): StoredTile => ({
  level,
  index,
  hashes: concatBytes(...hashes),
});
