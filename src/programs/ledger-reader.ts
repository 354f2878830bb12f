/**
 * A ledger read from its first entry: a log's or a mirror's tiles over HTTP, or a copy of them in a folder. Nothing of it
 * is believed: every entry is proved to stand under the checkpoint that the reader names. C2SP tlog-tiles.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { request } from "undici";
import { parseEntryBundle, verifyEntries } from "../core/ledger/entry-bundle.js";
import { type FetchedTile, openTiles, tilesToFetch } from "../core/ledger/open-tiles.js";
import { entriesPath, type Tile, TILE_WIDTH, tilePath } from "../core/ledger/tile.js";
import { type LedgerReader } from "../cli/world.js";
import { createTileSource, type TileSource } from "../witness-node/tile-source.js";

const FETCH_TIMEOUT_MS = 30_000;
/** A checkpoint has at most a hundred signature lines. */
const MAX_CHECKPOINT_BYTES = 1 << 20;

interface Source extends TileSource {
  checkpoint(): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** `from`: `http(s)://.../ledger`, a mirror's monitoring prefix, or a folder with the same files. */
export function openLedgerReader(from: string): LedgerReader {
  const source = /^https?:\/\//.test(from) ? httpSource(from.replace(/\/+$/, "")) : folderSource(from);
  return {
    checkpoint: () => source.checkpoint(),
    entries: (tree, first) => provenEntries(source, tree, first),
    close: () => source.close(),
  };
}

async function* provenEntries(
  source: Source,
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
      source.entries(index, width),
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

function httpSource(url: string): Source {
  const stop = new AbortController();
  const tiles = createTileSource({ url, signal: stop.signal, timeoutMs: FETCH_TIMEOUT_MS });
  return {
    ...tiles,
    checkpoint: async () => {
      const { statusCode, body } = await request(`${url}/checkpoint`, {
        signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
      });
      if (statusCode !== 200) throw new Error(`${url}/checkpoint answered ${statusCode}`);
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        size += chunk.length;
        if (size > MAX_CHECKPOINT_BYTES) throw new Error(`${url}/checkpoint is too long`);
        chunks.push(chunk);
      }
      return new Uint8Array(Buffer.concat(chunks));
    },
    close: async () => {
      stop.abort();
      await tiles.close();
    },
  };
}

function folderSource(folder: string): Source {
  const read = async (path: string) => new Uint8Array(await readFile(join(folder, path)));
  /** A copy may hold the full tile alone, whose beginning is the same. */
  const readWide = async (width: number, pathOf: (width: number) => string) => {
    try {
      return { bytes: await read(pathOf(width)), width };
    } catch (error) {
      if (width === TILE_WIDTH || (error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      return { bytes: await read(pathOf(TILE_WIDTH)), width: TILE_WIDTH };
    }
  };
  return {
    checkpoint: () => read("checkpoint"),
    tile: async ({ level, index, width }) => {
      const { bytes } = await readWide(width, (tried) => tilePath({ level, index, width: tried }));
      return bytes.subarray(0, 32 * width);
    },
    entries: async (index, width) => {
      const found = await readWide(width, (tried) => entriesPath({ index, width: tried }));
      return parseEntryBundle(found.bytes, found.width).slice(0, width);
    },
    close: () => Promise.resolve(),
  };
}
