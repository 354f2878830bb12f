import { describe, expect, it } from "@jest/globals";
import { hex } from "../../../src/core/bytes.js";
import { TILE_WIDTH } from "../../../src/core/ledger/tile.js";
import { type Hash, hashLeaf } from "../../../src/core/merkle/hash.js";
import {
  proveConsistency,
  proveInclusion,
  proveSubtreeConsistency,
  rootOfLeaves,
} from "../../../src/core/merkle/tree.js";
import { verifyInclusion } from "../../../src/core/merkle/inclusion.js";
import {
  growLedgerTree,
  proveLedgerConsistency,
  proveLedgerInclusion,
  proveLedgerSubtree,
} from "../../../src/notary/ledger/ledger-tree.js";
import type { LedgerStore } from "../../../src/notary/ports/ledger.js";
import { tilesOfTree } from "../../core/ledger/tiles-of-tree.js";

/** Tiles in a Map, as the port promises them. */
class TileMap implements Pick<LedgerStore, "tiles"> {
  readonly map = new Map<string, Uint8Array>();
  size = 0;
  rootHash: Hash | undefined;
  touched = 0;
  tiles = async (ids: readonly { level: number; index: number }[]) =>
    ids.map(({ level, index }) => this.map.get(`${level}/${index}`));

  async grow(leaves: readonly Hash[]): Promise<void> {
    const { rootHash, tiles } = await growLedgerTree(this, this.size, leaves);
    for (const { level, index, hashes } of tiles) {
      const before = this.map.get(`${level}/${index}`) ?? new Uint8Array(0);
      // A narrower state is a prefix of a wider one: a reader of an older checkpoint finds what it looks for.
      expect(hex(hashes.subarray(0, before.length))).toBe(hex(before));
      this.map.set(`${level}/${index}`, hashes);
    }
    this.touched = tiles.length;
    this.size += leaves.length;
    this.rootHash = rootHash;
  }
}

const leafOf = (n: number): Hash => hashLeaf(Uint8Array.of(n >> 16, (n >> 8) & 255, n & 255));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => leafOf(from + i));

describe("the ledger's tree in tiles", () => {
  it("has the root of the same leaves in memory at every size up to 600, appended one by one", async () => {
    const tiles = new TileMap();
    const leaves: Hash[] = [];
    for (let size = 1; size <= 600; size++) {
      leaves.push(leafOf(size - 1));
      await tiles.grow(leaves.slice(-1));
      if (size < 70 || size % 37 === 0 || Math.abs(size % 256) < 3)
        expect(hex(tiles.rootHash as Hash)).toBe(hex(rootOfLeaves(leaves)));
      expect(tiles.touched).toBeLessThanOrEqual(3);
    }
  });

  it("has exactly the tiles of tlog-tiles, whatever the steps, past 256 * 256 leaves", async () => {
    const tiles = new TileMap();
    const leaves = range(0, 66_000);
    for (const size of [1, 255, 256, 257, 511, 513, 1300, 65_535, 65_536, 65_537, 66_000])
      await tiles.grow(leaves.slice(tiles.size, size));
    const expected = tilesOfTree(66_000);
    expect([...tiles.map.keys()].sort()).toEqual(
      expected.map(({ level, index }) => `${level}/${index}`).sort(),
    );
    for (const { level, index, width } of expected)
      expect(tiles.map.get(`${level}/${index}`)?.length).toBe(32 * width);
    for (const treeSize of [65_536, 66_000]) {
      const rootHash = rootOfLeaves(leaves.slice(0, treeSize));
      if (treeSize === 66_000) expect(hex(tiles.rootHash as Hash)).toBe(hex(rootHash));
      for (const ledgerIndex of [0, 255, 256, 40_000, 65_535, treeSize - 1]) {
        const path = await proveLedgerInclusion(tiles, { ledgerIndex, treeSize });
        verifyInclusion({ leafIndex: ledgerIndex, treeSize, path }, leafOf(ledgerIndex), rootHash);
      }
    }
  });

  it("proves what core proves in memory, for every index and old size of trees up to 64, out of a larger one", async () => {
    const tiles = new TileMap();
    const leaves = range(0, 300);
    await tiles.grow(leaves);
    for (const treeSize of [...Array(65).keys(), 255, 256, 257, 300].filter((n) => n > 0)) {
      const prefix = leaves.slice(0, treeSize);
      for (let index = 0; index < treeSize; index += treeSize > 64 ? 17 : 1)
        expect((await proveLedgerInclusion(tiles, { ledgerIndex: index, treeSize })).map(hex)).toEqual(
          proveInclusion(prefix, index).path.map(hex),
        );
      for (let oldSize = 0; oldSize <= treeSize; oldSize += treeSize > 64 ? 13 : 1) {
        const path = await proveLedgerConsistency(tiles, { oldSize, newSize: treeSize });
        expect(path.map(hex)).toEqual(proveConsistency(prefix, oldSize).path.map(hex));
      }
    }
  });

  it("proves entry packages as core does in memory", async () => {
    const tiles = new TileMap();
    const leaves = range(0, 1300);
    await tiles.grow(leaves);
    for (const treeSize of [1, 200, 256, 257, 512, 700, 1024, 1299, 1300])
      for (let start = 0; start < treeSize; start += 256)
        for (const end of new Set([
          start + 1,
          Math.min(treeSize, start + 100),
          Math.min(treeSize, start + 256),
        ])) {
          const subtree = { start, end };
          const path = await proveLedgerSubtree(tiles, { subtree, treeSize });
          const expected = proveSubtreeConsistency(leaves.slice(0, treeSize), subtree).path;
          expect(path.map(hex)).toEqual(expected.map(hex));
        }
  });

  it("refuses to build on a tile that is missing or does not fit the tree", async () => {
    const tiles = new TileMap();
    await tiles.grow(range(0, TILE_WIDTH + 5));
    await expect(growLedgerTree(tiles, TILE_WIDTH + 4, [leafOf(0)])).rejects.toThrow();
    tiles.map.delete("0/1");
    await expect(growLedgerTree(tiles, TILE_WIDTH + 5, [leafOf(0)])).rejects.toThrow("lacks tile 0/1");
    await expect(proveLedgerInclusion(tiles, { ledgerIndex: 258, treeSize: 261 })).rejects.toThrow(
      "lacks tile 0/1",
    );
  });
});
