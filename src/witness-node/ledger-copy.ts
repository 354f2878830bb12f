/**
 * Copying a log up to a cosigned checkpoint, every byte proven to belong under its root before it is stored: a bundle's
 * entries by the tile that holds their leaf hashes, that tile by those above it, and those by the root.
 *
 * Crash story: a bundle's entries, the tiles that prove them and the copy's new size are one transaction, so a copy
 * that is cut off anywhere resumes at the last whole step.
 */
import { verifyEntries } from "../core/ledger/entry-bundle.js";
import { type FetchedTile, openTiles, tilesToFetch } from "../core/ledger/open-tiles.js";
import { entriesPath, TILE_WIDTH, tilePath } from "../core/ledger/tile.js";
import type { Hash } from "../core/merkle/hash.js";
import type { LedgerStore } from "./ledger-store.js";
import type { TileSource } from "./tile-source.js";

export interface CopyArguments {
  readonly origin: string;
  /** A checkpoint that this witness has cosigned: it is consistent with whatever was copied before. */
  readonly target: { readonly treeSize: number; readonly rootHash: Hash };
  readonly source: TileSource;
  readonly store: LedgerStore;
}

/** Throws at the first thing that is missing or does not prove; what was stored before stays, being proven. */
export async function copyLedger(copy: CopyArguments): Promise<void> {
  const { origin, target, store } = copy;
  for (let size = store.copiedSize(origin); size < target.treeSize; size = store.copiedSize(origin)) {
    const index = Math.floor(size / TILE_WIDTH);
    const width = Math.min(TILE_WIDTH, target.treeSize - index * TILE_WIDTH);
    try {
      await copyBundle(copy, { index, width });
    } catch (error) {
      throw new Error(`couldn't copy ${entriesPath({ index, width })}`, { cause: error });
    }
  }
}

async function copyBundle(
  { origin, target, source, store }: CopyArguments,
  { index, width }: { readonly index: number; readonly width: number },
): Promise<void> {
  const { treeSize, rootHash } = target;
  const path = tilePath({ level: 0, index, width });
  const wanted = tilesToFetch([{ level: 0, index: index * TILE_WIDTH }], treeSize);
  const [entries, ...tiles] = await Promise.all([
    source.entries(index, width),
    ...wanted.map(async (tile): Promise<FetchedTile> => ({
      ...tile,
      bytes: store.tile(origin, tile) ?? (await source.tile(tile)),
    })),
  ]);
  openTiles({ treeSize, rootHash, tiles });
  const leaves = tiles.find((tile) => tilePath(tile) === path);
  if (leaves === undefined) throw new Error(`internal: ${path} does not prove its own entries`);
  verifyEntries(entries, leaves.bytes);
  const firstIndex = store.copiedSize(origin);
  store.append(origin, { firstIndex, entries: entries.slice(firstIndex - index * TILE_WIDTH), tiles });
}
