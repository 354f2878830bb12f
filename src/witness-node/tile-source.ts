/**
 * Fetching tiles and entry bundles from a log over HTTP: C2SP tlog-tiles. Nothing that comes from here is trusted.
 */
import { Agent } from "undici";
import { MAX_ENTRY_BYTES, parseEntryBundle } from "../core/ledger/entry-bundle.js";
import { entriesPath, TILE_WIDTH, type Tile, tilePath } from "../core/ledger/tile.js";
import { getBounded } from "../platform/http-get.js";

export interface TileSource {
  /** `tile.width` hashes, one after the other. */
  tile(tile: Tile): Promise<Uint8Array>;
  /** The first `width` entries of a bundle. */
  entries(index: number, width: number): Promise<Uint8Array[]>;
}

export interface TileSourceOptions {
  /** Without a slash at its end. */
  readonly url: string;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** The agent is the caller's to close, after which `source` fetches nothing more. */
export function createTileSource({
  url,
  signal,
  timeoutMs,
}: TileSourceOptions): TileSource & { close(): Promise<void> } {
  const agent = new Agent({ connections: 4 });
  const get = (path: string, maxBytes: number): Promise<Uint8Array | undefined> =>
    getBounded(`${url}/${path}`, {
      maxBytes,
      dispatcher: agent,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });

  /** A log may delete a partial tile once the full one exists: its beginning is the same. */
  async function getAtWidth(
    width: number,
    pathOf: (width: number) => string,
    maxBytesOf: (width: number) => number,
  ): Promise<{ bytes: Uint8Array; width: number }> {
    for (const tried of new Set([width, TILE_WIDTH])) {
      const bytes = await get(pathOf(tried), maxBytesOf(tried));
      if (bytes !== undefined) return { bytes, width: tried };
    }
    throw new Error(`the log does not serve ${pathOf(width)} (404)`);
  }

  return {
    tile: async ({ level, index, width }) => {
      const found = await getAtWidth(
        width,
        (tried) => tilePath({ level, index, width: tried }),
        (tried) => 32 * tried,
      );
      if (found.bytes.length !== 32 * found.width)
        throw new Error(`${tilePath({ level, index, width: found.width })} has ${found.bytes.length} bytes`);
      return found.bytes.subarray(0, 32 * width);
    },
    entries: async (index, width) => {
      const found = await getAtWidth(
        width,
        (tried) => entriesPath({ index, width: tried }),
        (tried) => (2 + MAX_ENTRY_BYTES) * tried,
      );
      return parseEntryBundle(found.bytes, found.width).slice(0, width);
    },
    close: () => agent.close(),
  };
}
