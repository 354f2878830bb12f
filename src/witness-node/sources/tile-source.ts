/**
 * Fetching tiles and entry bundles from a log, or from a mirror of it: C2SP tlog-tiles. Nothing that comes from here is
 * trusted.
 */
import { join } from "node:path";
import { Agent } from "undici";
import { MAX_ENTRY_BYTES, parseEntryBundle } from "../../core/ledger/entry-bundle.js";
import { entriesPath, TILE_WIDTH, type Tile, tilePath } from "../../core/ledger/tile.js";
import { getBounded, readBounded } from "../../platform/server/http-get.js";

export interface TileSource {
  /** This is its name, as the operator knows it. */
  readonly name: string;
  /** Fetches a tile: `tile.width` hashes, one after the other. */
  tile(tile: Tile): Promise<Uint8Array>;
  /** Fetches the first `width` entries of a bundle; throws `TooLongError` where they have more than `maxBytes`. */
  entries(
    bundle: { readonly index: number; readonly width: number },
    maxBytes: number,
  ): Promise<Uint8Array[]>;
}

/** No bundle is longer than this. */
export const MAX_BUNDLE_BYTES = (2 + MAX_ENTRY_BYTES) * TILE_WIDTH;

export interface TileSourceOptions {
  readonly name: string;
  /** The URL has no slash at its end. */
  readonly url: string;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** As many requests are under way at one time; those beyond wait for one of them. */
const CONNECTIONS = 8;

/**
 * Makes a source that fetches by HTTP. The agent is the caller's to close, after which the source fetches nothing
 * more.
 */
export function createTileSource({
  name,
  url,
  signal,
  timeoutMs,
}: TileSourceOptions): TileSource & { close(): Promise<void> } {
  const agent = new Agent({ connections: CONNECTIONS });
  const get: Get = (path, maxBytes) =>
    getBounded(`${url}/${path}`, {
      maxBytes,
      dispatcher: agent,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
  return { ...tileSource(name, get), close: () => agent.close() };
}

/** Makes a source of a log's files in a folder, as a copy of its paths leaves them there. */
export function openTileFolder(folder: string): TileSource {
  return tileSource(folder, (path, maxBytes) => readBounded(join(folder, path), maxBytes));
}

/** Gets what lies at a path below the prefix; undefined where there is nothing. Throws `TooLongError`. */
type Get = (path: string, maxBytes: number) => Promise<Uint8Array | undefined>;

function tileSource(name: string, get: Get): TileSource {
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
    throw new Error(`${name} does not have ${pathOf(width)}`);
  }

  return {
    name,
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
    entries: async ({ index, width }, maxBytes) => {
      const found = await getAtWidth(
        width,
        (tried) => entriesPath({ index, width: tried }),
        () => maxBytes,
      );
      return parseEntryBundle(found.bytes, found.width).slice(0, width);
    },
  };
}
