/**
 * Copying a log up to a cosigned checkpoint, every byte proven to belong under its root before it is stored.
 *
 * From the root down: the incomplete tiles at the tree's right edge are proven together, since their hashes combine to
 * the root; each complete tile is proven by the one above it, which holds its root among its hashes; the entries of a
 * bundle are proven by the level-0 tile of the same index, which holds their leaf hashes.
 *
 * Crash story: a bundle's entries, its tile and the copy's new size are one transaction, so a copy that is cut off
 * anywhere resumes at the last whole step. Tiles above level 0 may be stored ahead of the entries: they are proven.
 */
import { equalBytes } from "../core/bytes.js";
import { VerificationError } from "../core/errors.js";
import { hashFromTile, TILE_WIDTH, type Tile, tileOfNode, tilePath } from "../core/ledger/tile.js";
import { type Hash, hashLeaf } from "../core/merkle/hash.js";
import { nodesOfRoot, rootFromNodes } from "../core/merkle/subtree.js";
import { rootOfLeaves } from "../core/merkle/tree.js";
import type { LedgerStore } from "./ledger-store.js";
import type { TileSource } from "./tile-source.js";

export interface CopyArguments {
  readonly origin: string;
  /** A checkpoint that this witness has cosigned: trusted to extend whatever was copied before. */
  readonly target: { readonly treeSize: number; readonly rootHash: Hash };
  readonly source: TileSource;
  readonly store: LedgerStore;
}

/** Throws at the first thing that is missing or does not prove; what was stored before stays, being proven. */
export async function copyLedger({ origin, target, source, store }: CopyArguments): Promise<void> {
  const tiles = await openTiles({ origin, target, source, store });
  const tileCount = Math.ceil(target.treeSize / TILE_WIDTH);
  for (let index = Math.floor(store.copiedSize(origin) / TILE_WIDTH); index < tileCount; index++) {
    const firstOfTile = index * TILE_WIDTH;
    const tile = { level: 0, index, width: Math.min(TILE_WIDTH, target.treeSize - firstOfTile) };
    const [hashes, entries] = await Promise.all([tiles.read(tile), source.entries(index, tile.width)]);
    verifyEntries(entries, hashes, firstOfTile);
    const firstIndex = store.copiedSize(origin);
    store.append(origin, { firstIndex, entries: entries.slice(firstIndex - firstOfTile), tile, hashes });
  }
}

interface ProvenTiles {
  /** The hashes of a tile of the target's tree. */
  read(tile: Tile): Promise<Uint8Array>;
}

async function openTiles({ origin, target, source, store }: CopyArguments): Promise<ProvenTiles> {
  const edge = await readEdge({ origin, target, source, store });
  const read = async (tile: Tile): Promise<Uint8Array> => {
    const proven = edge.get(tilePath(tile)) ?? store.tile(origin, tile);
    if (proven !== undefined) return proven;
    const above = await read(tileAbove(tile, target.treeSize));
    const hashes = await source.tile(tile);
    if (!equalBytes(rootOfLeaves(splitHashes(hashes)), hashAt(above, tile.index % TILE_WIDTH)))
      throw new VerificationError("tile-mismatch", `${tilePath(tile)} is not what the tile above it says`);
    if (tile.level > 0) store.storeTile(origin, tile, hashes);
    return hashes;
  };
  return { read };
}

/** The incomplete tiles, by path. Those above level 0 are stored. */
async function readEdge({ origin, target, source, store }: CopyArguments): Promise<Map<string, Uint8Array>> {
  // Every node of the root's decomposition lies in an incomplete tile: were its tile complete, so were a larger node.
  const nodes = nodesOfRoot(target.treeSize).map((node) => ({
    node,
    tile: tileOfNode(node, target.treeSize),
  }));
  const tiles = new Map(nodes.map(({ tile }) => [tilePath(tile), tile]));
  const edge = new Map<string, Uint8Array>();
  for (const [path, tile] of tiles) edge.set(path, store.tile(origin, tile) ?? (await source.tile(tile)));
  const hashes = nodes.map(({ node, tile }) => hashFromTile(node, edge.get(tilePath(tile)) as Uint8Array));
  if (!equalBytes(rootFromNodes(hashes), target.rootHash))
    throw new VerificationError("tile-mismatch", `${[...tiles.keys()].join(", ")} lead to another root`);
  for (const [path, tile] of tiles)
    if (tile.level > 0) store.storeTile(origin, tile, edge.get(path) as Uint8Array);
  return edge;
}

/** The tile that holds the root of a complete one. */
function tileAbove({ level, index }: Tile, treeSize: number): Tile {
  const above = { level: level + 1, index: Math.floor(index / TILE_WIDTH) };
  // Not `>>` and `<<`, which would cut sizes to 32 bits.
  const hashesOfLevel = Math.floor(treeSize / TILE_WIDTH ** above.level);
  return { ...above, width: Math.min(TILE_WIDTH, hashesOfLevel - above.index * TILE_WIDTH) };
}

function verifyEntries(entries: readonly Uint8Array[], hashes: Uint8Array, firstIndex: number): void {
  entries.forEach((entry, i) => {
    if (!equalBytes(hashLeaf(entry), hashAt(hashes, i)))
      throw new VerificationError("tile-mismatch", `entry ${firstIndex + i} is not the one in the tree`);
  });
}

const hashAt = (hashes: Uint8Array, i: number): Hash => hashes.subarray(32 * i, 32 * (i + 1));

function splitHashes(hashes: Uint8Array): Hash[] {
  return Array.from({ length: hashes.length / 32 }, (_, i) => hashAt(hashes, i));
}
