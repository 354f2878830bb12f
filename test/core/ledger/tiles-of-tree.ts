/** Which tiles a tree has, all of them: for tests that read a whole log. C2SP tlog-tiles, "Merkle Tree". */
import { TILE_WIDTH, type Tile } from "../../../src/core/ledger/tile.js";

/** Every tile of a tree of `size` leaves, level by level: one for each 256 leaves, so not for every size. */
export function tilesOfTree(size: number): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / TILE_WIDTH)) {
    for (let index = 0; index * TILE_WIDTH < hashes; index++)
      tiles.push({ level, index, width: Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH) });
  }
  return tiles;
}
