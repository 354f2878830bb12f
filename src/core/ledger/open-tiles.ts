/**
 * Tiles from a stranger, proven by the root of a checkpoint that one trusts: the partial tiles together hold the
 * tree's root, and each full tile is proven by the tile above it. C2SP tlog-tiles, "Merkle Tree".
 * A reader plans a proof (core/merkle/subtree.ts), fetches `tilesToFetch`, opens them, and reads the plan's nodes.
 */
import { equalBytes } from "../bytes.js";
import { VerificationError } from "../errors.js";
import type { Hash } from "../merkle/hash.js";
import { type NodeId, nodesOfRoot, rootFromNodes } from "../merkle/subtree.js";
import {
  hashFromTile,
  rootOfComplete,
  splitTile,
  type Tile,
  tileAbove,
  tileOfNode,
  tilePath,
  tilesForNodes,
  TILE_HEIGHT,
  TILE_WIDTH,
} from "./tile.js";

export interface FetchedTile extends Tile {
  /** These bytes are `width` hashes: of a full tile that was fetched in place of a partial one, the beginning. */
  readonly bytes: Uint8Array;
}

export interface FetchedTree {
  readonly treeSize: number;
  readonly rootHash: Hash;
  readonly tiles: readonly FetchedTile[];
}

/** Reads the hash of a node of the tree: of any node that stands in one of the tiles. */
export type ReadNode = (node: NodeId) => Hash;

/**
 * Gives the tiles that hold `nodes` and those that prove them, each once: what `openTiles` needs in order to read
 * `nodes`.
 */
export function tilesToFetch(nodes: readonly NodeId[], treeSize: number): Tile[] {
  const wanted = new Map<string, Tile>();
  for (const held of [...tilesForNodes(nodesOfRoot(treeSize), treeSize), ...tilesForNodes(nodes, treeSize)]) {
    for (let tile: Tile | undefined = held; tile !== undefined; tile = tileAbove(tile, treeSize))
      wanted.set(tilePath(tile), tile);
  }
  return [...wanted.values()];
}

/**
 * Opens tiles of a tree. Throws `tile-mismatch` unless every tile belongs to the tree of this size and root: nothing
 * can be read before. A tile whose proving tiles are not among `tiles` is refused too. `tile-malformed` is thrown as
 * by `splitTile`.
 */
export function openTiles({ treeSize, rootHash, tiles }: FetchedTree): ReadNode {
  const fetched = new Map(tiles.map((tile) => [tilePath(tile), tile]));
  const readNode: ReadNode = (node) => {
    const path = tilePath(tileOfNode(node, treeSize));
    const tile = fetched.get(path);
    if (tile === undefined) throw mismatch(`${path} is needed and was not fetched`);
    return hashFromTile(node, tile.bytes);
  };
  for (const tile of tiles) {
    if (!isTileOf(tile, treeSize)) throw mismatch(`a tree of ${treeSize} has no ${tilePath(tile)}`);
    splitTile(tile.bytes, tile.width);
  }
  for (const tile of tiles) {
    if (tile.width < TILE_WIDTH) continue; // All its hashes go into the root below.
    // The node above is read from a tile that this loop proves in its turn, up to a partial one.
    const root: NodeId = { level: (tile.level + 1) * TILE_HEIGHT, index: tile.index };
    if (!equalBytes(rootOfComplete(splitTile(tile.bytes)), readNode(root)))
      throw mismatch(`${tilePath(tile)} is not what the tile above it says`);
  }
  // No full tile holds a node of the root: were its tile full, so would be a larger node that holds it.
  if (!equalBytes(rootFromNodes(nodesOfRoot(treeSize).map(readNode)), rootHash))
    throw mismatch("the partial tiles lead to another root");
  return readNode;
}

function isTileOf({ level, index, width }: Tile, treeSize: number): boolean {
  const hashes = Math.floor(treeSize / TILE_WIDTH ** level) - index * TILE_WIDTH;
  return hashes > 0 && width === Math.min(TILE_WIDTH, hashes);
}

function mismatch(message: string): VerificationError {
  return new VerificationError("tile-mismatch", message);
}
