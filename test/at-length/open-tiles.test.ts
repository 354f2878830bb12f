/** A tree with tiles on three levels: one more of 256 than the two below hold. */
import { expect, it } from "@jest/globals";
import { openTiles } from "../../src/core/ledger/open-tiles.js";
import { rootOfLeaves } from "../../src/core/merkle/tree.js";
import { leafHashesOf } from "../core/ledger/leaves.js";
import { describeReadFromTiles, tilesOf } from "../core/ledger/read-from-tiles.js";
import { casesOfLongProof } from "../long-proof.js";

describeReadFromTiles(70_000, {
  leaves: casesOfLongProof("leaves proved", [0, 255, 256, 65_535, 65_536, 69_999], 2),
  oldSizes: casesOfLongProof("sizes proved consistent", [1, 256, 300, 65_536, 69_999], 2),
});

it("a tree opens at size 65,536, where every tile but the last is full", () => {
  const leaves = leafHashesOf(65_536);
  const rootHash = rootOfLeaves(leaves);
  const tiles = [...tilesOf(leaves).values()];
  expect(openTiles({ treeSize: 65_536, rootHash, tiles })({ level: 16, index: 0 })).toEqual(rootHash);
});
