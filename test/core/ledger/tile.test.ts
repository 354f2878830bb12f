import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { concatBytes } from "../../../src/core/bytes.js";
import {
  entriesPath,
  hashFromTile,
  parseTilePath,
  splitTile,
  type Tile,
  TILE_WIDTH,
  tileAbove,
  tileOfNode,
  type TilePath,
  tilePath,
  tilesForNodes,
} from "../../../src/core/ledger/tile.js";
import { nodesOfRoot } from "../../../src/core/merkle/subtree.js";
import { rootOfLeaves } from "../../../src/core/merkle/tree.js";
import { expectRefusal, readCases } from "../vector-files.js";
import { leafHashesOf } from "./leaves.js";
import { tilesOfTree } from "./tiles-of-tree.js";

describe("paths", () => {
  const { accepted, refused } = readCases<TilePath & { path: string }, { path: string }>("tile", "paths");

  it.each(accepted)("accepted: $name", ({ path, kind, level, index, width }) => {
    expect(parseTilePath(path)).toEqual({ kind, level, index, width });
    expect(kind === "entries" ? entriesPath({ index, width }) : tilePath({ level, index, width })).toBe(path);
  });

  it.each(refused)("refused: $name", ({ path }) => {
    expect(parseTilePath(path)).toBeUndefined();
  });

  it("are read back, whatever the tile", () => {
    const tiles = fc.record({
      level: fc.nat({ max: 63 }),
      index: fc.oneof(fc.nat({ max: 2000 }), fc.maxSafeNat()),
      width: fc.integer({ min: 1, max: TILE_WIDTH }),
    });
    fc.assert(
      fc.property(tiles, (tile) => {
        expect(parseTilePath(tilePath(tile))).toEqual({ kind: "hashes", ...tile });
        expect(parseTilePath(entriesPath(tile))).toEqual({ ...tile, kind: "entries", level: 0 });
      }),
    );
  });
});

/** Tiles of one level: how many are full, and the widths of the others. */
function summary(size: number): { full: number; partial: number[] }[] {
  const levels: { full: number; partial: number[] }[] = [];
  for (const { level, width } of tilesOfTree(size)) {
    const row = (levels[level] ??= { full: 0, partial: [] });
    if (width === TILE_WIDTH) row.full++;
    else row.partial.push(width);
  }
  return levels;
}

describe("the tiles of a tree", () => {
  it("are none for no leaves", () => {
    expect(tilesOfTree(0)).toEqual([]);
  });

  it("SPEC: a tree of size 70,000", () => {
    expect(summary(70_000)).toEqual([
      { full: 273, partial: [112] },
      { full: 1, partial: [17] },
      { full: 0, partial: [1] },
    ]);
  });

  it("SPEC: a tree of size 256", () => {
    expect(summary(256)).toEqual([
      { full: 1, partial: [] },
      { full: 0, partial: [1] },
    ]);
  });

  it.each([1, 255, 257, 511, 512, 65_535, 65_536, 65_537])(
    "%d: each is named once, none is empty",
    (size) => {
      const tiles = tilesOfTree(size);
      expect(new Set(tiles.map(tilePath)).size).toBe(tiles.length);
      expect(tiles.every(({ width }) => width >= 1 && width <= TILE_WIDTH)).toBe(true);
      // Each level holds the floor of size / 256^level hashes.
      summary(size).forEach(({ full, partial: [width = 0] }, level) => {
        expect(full * TILE_WIDTH + width).toBe(Math.floor(size / TILE_WIDTH ** level));
      });
    },
  );

  it("name what stands above each of them", () => {
    const names = new Set(tilesOfTree(70_000).map(tilePath));
    for (const tile of tilesOfTree(70_000)) {
      const above = tileAbove(tile, 70_000);
      if (tile.width < TILE_WIDTH) expect(above).toBeUndefined();
      else expect(names).toContain(tilePath(above as Tile));
    }
  });
});

describe("nodes within tiles", () => {
  const SIZE = 700;
  const leafHashes = leafHashesOf(SIZE);
  const fullTile = (index: number) => rootOfLeaves(leafHashes.slice(index * 256, (index + 1) * 256));
  const bytesOf = ({ level, index, width }: Tile): Uint8Array => {
    const hashes = level === 0 ? leafHashes : [fullTile(0), fullTile(1)];
    return concatBytes(...hashes.slice(index * 256, index * 256 + width));
  };

  it("have the hash of their leaves, every one of a tree of 700", () => {
    for (let level = 0; 2 ** level <= SIZE; level++) {
      for (let index = 0; (index + 1) * 2 ** level <= SIZE; index++) {
        const node = { level, index };
        const leaves = leafHashes.slice(index * 2 ** level, (index + 1) * 2 ** level);
        expect(hashFromTile(node, bytesOf(tileOfNode(node, SIZE)))).toEqual(rootOfLeaves(leaves));
      }
    }
  });

  it("are refused from a tile that is too narrow or no tile", () => {
    const tile = bytesOf({ level: 0, index: 2, width: 188 });
    expectRefusal(() => hashFromTile({ level: 0, index: 700 }, tile), "tile-malformed");
    expectRefusal(() => hashFromTile({ level: 7, index: 5 }, tile), "tile-malformed");
    for (const bytes of [new Uint8Array(0), tile.subarray(1), new Uint8Array(257 * 32)])
      expectRefusal(() => splitTile(bytes), "tile-malformed");
    expectRefusal(() => splitTile(tile, 187), "tile-malformed");
    expectRefusal(() => splitTile(tile, 189), "tile-malformed");
  });

  it("that are not complete in the tree have no tile", () => {
    expect(() => tileOfNode({ level: 0, index: 700 }, 700)).toThrow("internal");
    expect(() => tileOfNode({ level: 8, index: 2 }, 700)).toThrow("internal");
  });

  it("are found beyond 2^32, where shifts would lie", () => {
    const size = 2 ** 40 + 2 ** 33 + 5;
    expect(tileOfNode({ level: 0, index: size - 1 }, size)).toEqual({
      level: 0,
      index: 2 ** 32 + 2 ** 25,
      width: 5,
    });
    expect(tileOfNode({ level: 33, index: 2 ** 7 }, size)).toEqual({ level: 4, index: 1, width: 2 });
    expect(tileOfNode({ level: 40, index: 0 }, size)).toEqual({ level: 5, index: 0, width: 1 });
  });

  it("of the largest tree's root stand in partial tiles alone", () => {
    for (const size of [Number.MAX_SAFE_INTEGER, 2 ** 52, 2 ** 40 + 1, 70_000]) {
      const tiles = tilesForNodes(nodesOfRoot(size), size);
      expect(new Set(tiles.map(({ level }) => level)).size).toBe(tiles.length);
      for (const { level, width } of tiles) expect(width).toBe(Math.floor(size / 256 ** level) % 256);
    }
  });
});
