/**
 * Appending to a tree of tiles: whatever the size of the tree, only its unfilled tiles, one a level, are needed, and
 * only they and those that they fill change. C2SP tlog-tiles, "Merkle Tree".
 */
import { concatBytes } from "../bytes.js";
import type { Hash } from "../merkle/hash.js";
import { nodesOfRoot, rootFromNodes } from "../merkle/subtree.js";
import { hashFromTile, rootOfComplete, splitTile, type Tile, TILE_WIDTH, tileOfNode } from "./tile.js";

export interface TileWithBytes extends Tile {
  /** These bytes are `width` hashes. */
  readonly bytes: Uint8Array;
}

export interface GrownTree {
  readonly rootHash: Hash;
  /** Every tile that changed is here, at its new width. */
  readonly tiles: readonly TileWithBytes[];
}

/** Gives the partial tiles of a tree of `size`, lowest level first: what `growTiles` must be given. */
export function edgeOfTree(size: number): Tile[] {
  const edge: Tile[] = [];
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
    const width = count % TILE_WIDTH;
    if (width > 0) edge.push({ level, index: Math.floor(count / TILE_WIDTH), width });
  }
  return edge;
}

/**
 * Appends `leafHashes` to the tree of `size` leaves. `edge` has the bytes of `edgeOfTree(size)` in their order.
 * Throws `tile-malformed` where one is not as wide as the tree has it.
 */
export function growTiles(size: number, edge: readonly Uint8Array[], leafHashes: readonly Hash[]): GrownTree {
  const levels = openEdge(size, edge);
  const filled = leafHashes.flatMap((leafHash) => push(levels, 0, leafHash));
  const changed = levels.filter(({ hashes, isChanged }) => isChanged && hashes.length > 0).map(tileOf);
  return { rootHash: rootOfEdge(levels, size + leafHashes.length), tiles: [...filled, ...changed] };
}

/** The unfilled tile at the right end of one level; it may be empty. */
interface EdgeTile {
  readonly level: number;
  index: number;
  hashes: Hash[];
  isChanged: boolean;
}

function openEdge(size: number, edge: readonly Uint8Array[]): EdgeTile[] {
  const levels: EdgeTile[] = [];
  let used = 0;
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
    const width = count % TILE_WIDTH;
    const bytes = width > 0 ? edge[used++] : new Uint8Array(0);
    if (bytes === undefined) throw new Error(`internal: the tree's end lacks its tile of level ${level}`);
    // Its width is the tree's: checked, so that a tile and a size that disagree are not built upon.
    const hashes = width > 0 ? splitTile(bytes, width) : [];
    levels.push({ level, index: Math.floor(count / TILE_WIDTH), hashes, isChanged: false });
  }
  return levels;
}

/** Adds a hash at a level, and at those above for each tile that it fills: these are returned. */
function push(levels: EdgeTile[], level: number, hash: Hash): TileWithBytes[] {
  const tile = (levels[level] ??= { level, index: 0, hashes: [], isChanged: false });
  tile.hashes.push(hash);
  tile.isChanged = true;
  if (tile.hashes.length < TILE_WIDTH) return [];
  const full = tileOf(tile);
  const root = rootOfComplete(tile.hashes);
  tile.index += 1;
  tile.hashes = [];
  return [full, ...push(levels, level + 1, root)];
}

function rootOfEdge(levels: readonly EdgeTile[], size: number): Hash {
  return rootFromNodes(
    nodesOfRoot(size).map((node) => {
      const { level, index } = tileOfNode(node, size);
      const tile = levels[level];
      // Every node of the root stands in the unfilled tile of its level: a filled tile is a node of the level above.
      if (tile === undefined || tile.index !== index)
        throw new Error(`internal: node ${node.level}/${node.index} left the edge`);
      return hashFromTile(node, concatBytes(...tile.hashes));
    }),
  );
}

const tileOf = ({ level, index, hashes }: EdgeTile): TileWithBytes => ({
  level,
  index,
  width: hashes.length,
  bytes: concatBytes(...hashes),
});
