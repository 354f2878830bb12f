/** A ledger's entries as anybody reads them: C2SP tlog-tiles, from the log or from a witness's copy. */
import { parseEntryBundle } from "../../src/core/ledger/entry-bundle.js";
import { entriesPath, TILE_WIDTH } from "../../src/core/ledger/tile.js";

/** All of them, up to `size`. */
export async function entriesAt(prefix: string, size: number): Promise<Uint8Array[]> {
  const entries: Uint8Array[] = [];
  for (let index = 0; index * TILE_WIDTH < size; index++) {
    const width = Math.min(TILE_WIDTH, size - index * TILE_WIDTH);
    const answer = await fetch(`${prefix}/${entriesPath({ index, width })}`);
    if (!answer.ok) throw new Error(`GET ${answer.url}: ${answer.status}`);
    entries.push(...parseEntryBundle(new Uint8Array(await answer.arrayBuffer()), width));
  }
  return entries;
}
