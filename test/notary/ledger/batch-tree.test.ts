import { hash, randomBytes } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { hex } from "../../../src/core/bytes.js";
import { type Hash, hashLeaf } from "../../../src/core/merkle/hash.js";
import { proveInclusion, rootOfLeaves } from "../../../src/core/merkle/tree.js";
import { buildBatchTree } from "../../../src/notary/ledger/batch-tree.js";

const hashOnce = (bytes: Uint8Array) => hash("sha256", bytes, "buffer");
const leavesOf = (size: number): Hash[] => Array.from({ length: size }, () => hashLeaf(randomBytes(8)));

function expectSame(leaves: readonly Hash[], indexes: readonly number[]): void {
  const tree = buildBatchTree(leaves, hashOnce);
  expect(tree.size).toBe(leaves.length);
  expect(hex(tree.rootHash)).toBe(hex(rootOfLeaves(leaves)));
  for (const index of indexes)
    expect(tree.pathOf(index).map(hex)).toEqual(proveInclusion(leaves, index).path.map(hex));
}

describe("batch trees by merkletreejs", () => {
  it("are core's for every size from 1 to 70 and every leaf", () => {
    for (let size = 1; size <= 70; size++) expectSame(leavesOf(size), [...Array(size).keys()]);
  });

  it("are core's for larger sizes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 71, max: 1500 }), fc.nat(), (size, seed) => {
        expectSame(leavesOf(size), [0, seed % size, size - 1]);
      }),
      { numRuns: 25 },
    );
  });

  it("tell equal leaves apart by their index", () => {
    const leaf = hashLeaf(new Uint8Array(0));
    for (const size of [2, 3, 5, 8, 13])
      expectSame(Array(size).fill(leaf) as Hash[], [...Array(size).keys()]);
  });

  it("are not changed by leaves that lie in one buffer, nor by the next tree", () => {
    const block = randomBytes(32 * 7);
    const leaves = Array.from({ length: 7 }, (_, i) => block.subarray(32 * i, 32 * (i + 1)));
    const tree = buildBatchTree(leaves, hashOnce);
    buildBatchTree(leavesOf(9), hashOnce);
    expect(hex(tree.rootHash)).toBe(hex(rootOfLeaves(leaves)));
    expect(tree.pathOf(6).map(hex)).toEqual(proveInclusion(leaves, 6).path.map(hex));
  });

  it("refuse an empty batch and an index that is not there", () => {
    expect(() => buildBatchTree([], hashOnce)).toThrow("an empty batch");
    expect(() => buildBatchTree(leavesOf(3), hashOnce).pathOf(3)).toThrow("no leaf 3 in a batch of 3");
  });
});
