/**
 * The tiles above the entry bundles of a tree, proven by its root: what tells a true bundle from another. Those at the
 * tree's right end are fetched once; then one tile, or two in a tree of millions, for each 65,536 entries.
 */
import { type FetchedTile, openTiles, type ReadNode, tilesToFetch } from "../../core/ledger/open-tiles.js";
import { TILE_HEIGHT, TILE_WIDTH, type Tile, tilePath } from "../../core/ledger/tile.js";
import type { Hash } from "../../core/merkle/hash.js";
import type { NodeId } from "../../core/merkle/subtree.js";
import type { LedgerSources } from "../sources/ledger-sources.js";
import type { LedgerStore } from "../ledger/ledger-store.js";

export interface ScaffoldArguments {
  readonly origin: string;
  readonly target: { readonly treeSize: number; readonly rootHash: Hash };
  readonly sources: LedgerSources;
  readonly store: Pick<LedgerStore, "tile">;
}

export interface ProvenTiles {
  readonly readNode: ReadNode;
  readonly tiles: readonly FetchedTile[];
}

export interface Scaffold {
  /**
   * Gives proven tiles: the hash above this bundle can be read in them, or of one that is not full its leaf hashes.
   */
  above(bundleIndex: number): Promise<ProvenTiles>;
}

/** Bundles that are under way together stand below two tiles at most. */
const KEPT = 2;

export function scaffoldOf({ origin, target, sources, store }: ScaffoldArguments): Scaffold {
  const { treeSize } = target;
  let edge: Promise<ProvenTiles> | undefined;
  const opened = new Map<number, Promise<ProvenTiles>>();

  /** `known` are some of the tiles, proven before. */
  function open(nodes: readonly NodeId[], known: readonly FetchedTile[]): Promise<ProvenTiles> {
    const knownTiles = new Map(known.map((tile) => [tilePath(tile), tile]));
    const wanted = tilesToFetch(nodes, treeSize);
    return sources.firstOf(async (source) => {
      const fetchOne = async (tile: Tile): Promise<FetchedTile> =>
        knownTiles.get(tilePath(tile)) ?? {
          ...tile,
          bytes: store.tile(origin, tile) ?? (await source.tile(tile)),
        };
      const tiles = await Promise.all(wanted.map(fetchOne));
      return { readNode: openTiles({ ...target, tiles }), tiles };
    });
  }

  async function openAbove(bundleIndex: number): Promise<ProvenTiles> {
    // Without nodes: what leads to the root, which is the right end of each level.
    edge ??= open([], []);
    const proven = await edge.catch((error: unknown) => {
      edge = undefined;
      throw error;
    });
    // The last bundle, where it is not full, has no hash above it: its tile stands at the tree's end.
    if ((bundleIndex + 1) * TILE_WIDTH > treeSize) return proven;
    return open([{ level: TILE_HEIGHT, index: bundleIndex }], proven.tiles);
  }

  return {
    above: (bundleIndex) => {
      if ((bundleIndex + 1) * TILE_WIDTH > treeSize) return openAbove(bundleIndex);
      const span = Math.floor(bundleIndex / TILE_WIDTH);
      const found = opened.get(span) ?? openAbove(bundleIndex);
      opened.set(span, found);
      for (const oldest of opened.keys()) if (opened.size > KEPT) opened.delete(oldest);
      // Where nobody had them, they are asked for again.
      found.catch(() => opened.delete(span));
      return found;
    },
  };
}
