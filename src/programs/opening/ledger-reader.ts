/**
 * A ledger read from its first entry: a log's or a mirror's tiles over HTTP, or a copy of them in a folder. Nothing of it
 * is believed: every entry is proved to stand under the checkpoint that the reader names. C2SP tlog-tiles.
 */
import { join } from "node:path";
import { baseUrl } from "../../platform/server/base-url.js";
import { verifyEntries } from "../../core/ledger/entry-bundle.js";
import { type FetchedTile, openTiles, tilesToFetch } from "../../core/ledger/open-tiles.js";
import { type Tile, TILE_WIDTH, tilePath } from "../../core/ledger/tile.js";
import type { LedgerReader } from "../../commands/consortium/following/ledger-reader.js";
import { getBounded, readBounded } from "../../platform/server/http-get.js";
import {
  createTileSource,
  MAX_BUNDLE_BYTES,
  openTileFolder,
  type TileSource,
} from "../../witness-node/sources/tile-source.js";
import { fetchBeginning } from "../../witness-node/ledger/tree-head.js";

/** For each request. */
const FETCH_TIMEOUT_MS = 30_000;
/** A checkpoint has at most a hundred signature lines. */
const MAX_CHECKPOINT_BYTES = 1 << 20;

/** A ledger as it lies somewhere, none of it proved. */
export interface LedgerSource extends TileSource {
  /** Throws where there is none. */
  checkpoint(maxBytes: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** `from`: `http(s)://.../ledger`, a mirror's monitoring prefix, or a folder with the same files. */
export function openLedgerSource(from: string, timeoutMs = FETCH_TIMEOUT_MS): LedgerSource {
  return /^https?:\/\//.test(from) ? httpSource(baseUrl(from), timeoutMs) : folderSource(from);
}

/** `from` and `timeoutMs` as of `openLedgerSource`. */
export function openLedgerReader(from: string, timeoutMs?: number): LedgerReader {
  const source = openLedgerSource(from, timeoutMs);
  return {
    checkpoint: () => source.checkpoint(MAX_CHECKPOINT_BYTES),
    entries: (tree, first) => provenEntries(source, tree, first),
    beginning: (tree, size) => fetchBeginning({ firstOf: (ask) => ask(source) }, tree, size),
    close: () => source.close(),
  };
}

async function* provenEntries(
  source: LedgerSource,
  { treeSize, rootHash }: Parameters<LedgerReader["entries"]>[0],
  first: number,
): AsyncGenerator<{ readonly index: number; readonly entry: Uint8Array }> {
  // Of the tiles above the entries' own each proves many.
  const above = new Map<string, Promise<Uint8Array>>();
  const fetchTile = (tile: Tile): Promise<Uint8Array> => {
    if (tile.level === 0 && tile.width === TILE_WIDTH) return source.tile(tile);
    const path = tilePath(tile);
    const fetched = above.get(path) ?? source.tile(tile);
    above.set(path, fetched);
    return fetched;
  };
  for (let index = Math.floor(first / TILE_WIDTH); index * TILE_WIDTH < treeSize; index++) {
    const width = Math.min(TILE_WIDTH, treeSize - index * TILE_WIDTH);
    const leaves = tilePath({ level: 0, index, width });
    const wanted = tilesToFetch([{ level: 0, index: index * TILE_WIDTH }], treeSize);
    const [entries, ...tiles] = await Promise.all([
      source.entries({ index, width }, MAX_BUNDLE_BYTES),
      ...wanted.map(async (tile): Promise<FetchedTile> => ({ ...tile, bytes: await fetchTile(tile) })),
    ]);
    openTiles({ treeSize, rootHash, tiles });
    const own = tiles.find((tile) => tilePath(tile) === leaves);
    if (own === undefined) throw new Error(`internal: ${leaves} does not prove its own entries`);
    verifyEntries(entries, own.bytes);
    for (const [i, entry] of entries.entries())
      if (index * TILE_WIDTH + i >= first) yield { index: index * TILE_WIDTH + i, entry };
  }
}

function httpSource(url: string, timeoutMs: number): LedgerSource {
  const stop = new AbortController();
  const tiles = createTileSource({ name: url, url, signal: stop.signal, timeoutMs });
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(timeoutMs)]);
  return {
    ...tiles,
    checkpoint: (maxBytes) => checkpointOf(url, getBounded(`${url}/checkpoint`, { maxBytes, signal })),
    close: async () => {
      stop.abort();
      await tiles.close();
    },
  };
}

function folderSource(folder: string): LedgerSource {
  return {
    ...openTileFolder(folder),
    checkpoint: (maxBytes) => checkpointOf(folder, readBounded(join(folder, "checkpoint"), maxBytes)),
    close: () => Promise.resolve(),
  };
}

async function checkpointOf(from: string, found: Promise<Uint8Array | undefined>): Promise<Uint8Array> {
  const note = await found;
  if (note === undefined)
    throw new Error(`${from} has no checkpoint: is it the prefix of a ledger (tlog-tiles)?`);
  return note;
}
