/** A tree of any size that is read from its tiles: what its tests are made of. */
import { describe, expect, it } from "@jest/globals";
import { concatBytes } from "../../../src/core/bytes.js";
import { type FetchedTile, openTiles, tilesToFetch } from "../../../src/core/ledger/open-tiles.js";
import { rootOfComplete, type Tile, TILE_WIDTH, tilePath } from "../../../src/core/ledger/tile.js";
import { verifyConsistency } from "../../../src/core/merkle/consistency.js";
import { type Hash, HASH_BYTES } from "../../../src/core/merkle/hash.js";
import { verifyInclusion } from "../../../src/core/merkle/inclusion.js";
import { planConsistency, planInclusion } from "../../../src/core/merkle/subtree.js";
import { proveConsistency, proveInclusion, rootOfLeaves } from "../../../src/core/merkle/tree.js";
import { expectRefusal } from "../vector-files.js";
import { leafHashesOf } from "./leaves.js";
import { tilesOfTree } from "./tiles-of-tree.js";

/** A log's tiles, made the slow and obvious way: level by level, each full tile's root into the level above. */
export function tilesOf(leaves: readonly Hash[]): Map<string, FetchedTile> {
  const tiles = new Map<string, FetchedTile>();
  let hashes = leaves;
  for (let level = 0; hashes.length > 0; level++) {
    const roots: Hash[] = [];
    for (let index = 0; index * TILE_WIDTH < hashes.length; index++) {
      const part = hashes.slice(index * TILE_WIDTH, (index + 1) * TILE_WIDTH);
      const tile = { level, index, width: part.length, bytes: concatBytes(...part) };
      tiles.set(tilePath(tile), tile);
      if (part.length === TILE_WIDTH) roots.push(rootOfComplete(part));
    }
    hashes = roots;
  }
  return tiles;
}

/** At least 2,000 leaves; `leaves` are those whose inclusion is proved, `oldSizes` those that it is proved consistent with. */
export function describeReadFromTiles(
  treeSize: number,
  { leaves, oldSizes }: { readonly leaves: readonly number[]; readonly oldSizes: readonly number[] },
): void {
  const ALL = leafHashesOf(treeSize);
  const BIG = { treeSize, rootHash: rootOfLeaves(ALL), tiles: tilesOf(ALL) };
  const fetch = (tiles: readonly Tile[]): FetchedTile[] =>
    tiles.map((tile) => BIG.tiles.get(tilePath(tile)) as FetchedTile);
  const everything = { ...BIG, tiles: [...BIG.tiles.values()] };

  describe("a tree that is read from its tiles", () => {
    it("has the tiles that tilesOfTree names", () => {
      expect(tilesOfTree(treeSize).map(tilePath).sort()).toEqual([...BIG.tiles.keys()].sort());
    });

    it.each(leaves)("proves leaf %d", (leafIndex) => {
      const plan = planInclusion(leafIndex, BIG.treeSize);
      const tiles = fetch(tilesToFetch(plan.nodes, BIG.treeSize));
      const path = plan.combine(plan.nodes.map(openTiles({ ...BIG, tiles })));
      const proof = { leafIndex, treeSize: BIG.treeSize, path };
      expect(proof).toEqual(proveInclusion(ALL, leafIndex));
      verifyInclusion(proof, ALL[leafIndex] as Hash, BIG.rootHash);
      expect(tiles.length).toBeLessThanOrEqual(6);
    });

    it.each(oldSizes)("proves consistency with size %d", (oldSize) => {
      const plan = planConsistency(oldSize, BIG.treeSize);
      const tiles = fetch(tilesToFetch(plan.nodes, BIG.treeSize));
      const path = plan.combine(plan.nodes.map(openTiles({ ...BIG, tiles })));
      const proof = { oldSize, newSize: BIG.treeSize, path };
      expect(proof).toEqual(proveConsistency(ALL, oldSize));
      verifyConsistency(proof, rootOfLeaves(ALL.slice(0, oldSize)), BIG.rootHash);
    });
  });

  describe("tiles that are not the tree's", () => {
    const LEAF = tilesToFetch([{ level: 0, index: 1234 }], BIG.treeSize);
    const PROVEN = fetch(LEAF);
    const opened = (tiles: readonly FetchedTile[]) => () => openTiles({ ...BIG, tiles });

    it("are refused whichever hash is altered", () => {
      for (const tile of PROVEN) {
        for (let i = 0; i < tile.width; i += 5) {
          const bytes = tile.bytes.slice();
          bytes[i * HASH_BYTES + (i % 32)] = (bytes[i * HASH_BYTES + (i % 32)] as number) ^ (1 << (i % 8));
          expectRefusal(
            opened(PROVEN.map((each) => (each === tile ? { ...tile, bytes } : each))),
            "tile-mismatch",
          );
        }
      }
    });

    it("are refused when one that proves the others is missing", () => {
      // The tile wanted is the one that nothing else needs.
      const wanted = tilePath({ level: 0, index: 4, width: 256 });
      for (const tile of PROVEN) {
        const rest = PROVEN.filter((each) => each !== tile);
        if (tilePath(tile) === wanted) expect(opened(rest)).not.toThrow();
        else expectRefusal(opened(rest), "tile-mismatch");
      }
    });

    it("are refused under another index, level or width", () => {
      const tile = PROVEN.find(({ level, index }) => level === 0 && index === 4) as FetchedTile;
      for (const other of [{ index: 5 }, { level: 1, index: 0 }, { index: 274 }, { level: 3, index: 0 }])
        expectRefusal(opened([...PROVEN, { ...tile, ...other }]), "tile-mismatch");
      expectRefusal(
        opened([...PROVEN, { ...tile, width: 255, bytes: tile.bytes.subarray(32) }]),
        "tile-mismatch",
      );
    });

    it("are refused when their bytes are not of their width", () => {
      for (const tile of PROVEN) {
        const short = { ...tile, bytes: tile.bytes.subarray(HASH_BYTES) };
        expectRefusal(opened(PROVEN.map((each) => (each === tile ? short : each))), "tile-malformed");
      }
    });

    it("can't be read where they were not fetched", () => {
      const readNode = openTiles({ ...BIG, tiles: PROVEN });
      expect(readNode({ level: 0, index: 1234 })).toEqual(ALL[1234]);
      expectRefusal(() => readNode({ level: 0, index: 2000 }), "tile-mismatch");
      expect(() => openTiles(everything)).not.toThrow();
    });
  });
}
