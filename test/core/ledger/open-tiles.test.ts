/** Trees that are read from their tiles; one of more leaves than two levels of tiles hold is in test/at-length. */
import { expect, it } from "@jest/globals";
import { openTiles } from "../../../src/core/ledger/open-tiles.js";
import type { Hash } from "../../../src/core/merkle/hash.js";
import { rootOfLeaves } from "../../../src/core/merkle/tree.js";
import { expectRefusal } from "../vector-files.js";
import { leafHashesOf } from "./leaves.js";
import { describeReadFromTiles, tilesOf } from "./read-from-tiles.js";

const ALL = leafHashesOf(1001);

it.each([0, 1, 2, 255, 256, 257, 511, 512, 1000])("a tree opens at size %d", (treeSize) => {
  const rootHash = rootOfLeaves(ALL.slice(0, treeSize));
  const tiles = [...tilesOf(ALL.slice(0, treeSize)).values()];
  const readNode = openTiles({ treeSize, rootHash, tiles });
  if (treeSize > 0) expect(readNode({ level: 0, index: treeSize - 1 })).toEqual(ALL[treeSize - 1]);
  expectRefusal(() => openTiles({ treeSize, rootHash: ALL[3] as Hash, tiles }), "tile-mismatch");
  expectRefusal(() => openTiles({ treeSize: treeSize + 1, rootHash, tiles }), "tile-mismatch");
});

describeReadFromTiles(3000, { leaves: [0, 255, 256, 2999], oldSizes: [1, 256, 300, 2999] });
