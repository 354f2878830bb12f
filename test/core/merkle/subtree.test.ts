import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { mth, path, proof, sha256 } from "../../../scripts/make-vectors/reference-tree.js";
import type { Hash } from "../../../src/core/merkle/hash.js";
import {
  type NodeId,
  nodesOfRoot,
  planConsistency,
  planInclusion,
  rootFromNodes,
} from "../../../src/core/merkle/subtree.js";
import { casesOfLongProof } from "../../long-proof.js";

const LARGEST = 64;
const LEAVES = Array.from({ length: LARGEST }, (_, i) => sha256(`leaf ${i}`));

/** A store of complete subtrees, as tiles are: it gives nothing that the tree of `size` hasn't filled. */
function storeOf(size: number): (nodes: readonly NodeId[]) => Hash[] {
  const leaves = LEAVES.slice(0, size);
  return (nodes) =>
    nodes.map(({ level, index }) => {
      const [start, end] = [index * 2 ** level, (index + 1) * 2 ** level];
      if (end > size) throw new Error(`subtree ${level}/${index} isn't full in a tree of ${size}`);
      return mth(leaves.slice(start, end));
    });
}

const SIZES = Array.from({ length: LARGEST + 1 }, (_, size) => size);

describe.each([...SIZES.slice(0, 17), ...casesOfLongProof("trees of 17 to 64 leaves", SIZES.slice(17), 8)])(
  "from the subtrees of a tree of %d",
  (size) => {
    const leaves = LEAVES.slice(0, size);
    const read = storeOf(size);

    it("the root", () => {
      expect(rootFromNodes(read(nodesOfRoot(size)))).toEqual(mth(leaves));
    });

    it("every inclusion proof", () => {
      for (let leafIndex = 0; leafIndex < size; leafIndex++) {
        const { nodes, combine } = planInclusion(leafIndex, size);
        expect(combine(read(nodes))).toEqual(path(leafIndex, leaves));
      }
    });

    it("every consistency proof", () => {
      for (let oldSize = 0; oldSize <= size; oldSize++) {
        const { nodes, combine } = planConsistency(oldSize, size);
        expect(combine(read(nodes))).toEqual(proof(oldSize, leaves));
      }
    });
  },
);

describe("plans for trees of any size", () => {
  const anySize = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  const leavesUnder = ({ level, index }: NodeId) => [index * 2 ** level, (index + 1) * 2 ** level] as const;

  it("the root's subtrees lie side by side and end where the tree does", () => {
    fc.assert(
      fc.property(anySize, (size) => {
        let next = 0;
        for (const node of nodesOfRoot(size)) {
          const [start, end] = leavesUnder(node);
          expect(start).toBe(next);
          next = end;
        }
        expect(next).toBe(size);
      }),
    );
  });

  it("an inclusion proof's subtrees are all leaves but one, each once, and few", () => {
    fc.assert(
      fc.property(anySize, fc.maxSafeNat(), (size, n) => {
        const leafIndex = n % size;
        const { nodes } = planInclusion(leafIndex, size);
        const ranges = [...nodes.map(leavesUnder), [leafIndex, leafIndex + 1] as const];
        ranges.sort(([a], [b]) => a - b);
        let next = 0;
        for (const [start, end] of ranges) {
          expect(start).toBe(next);
          next = end;
        }
        expect(next).toBe(size);
        expect(nodes.length).toBeLessThan(2 * 53);
      }),
    );
  });

  it("indexes stay exact near 2^53", () => {
    const size = Number.MAX_SAFE_INTEGER;
    expect(nodesOfRoot(size).at(-1)).toEqual({ level: 0, index: size - 1 });
    expect(nodesOfRoot(2 ** 49 - 1)).toHaveLength(49);
    expect(planConsistency(2 ** 52, size).nodes[0]).toEqual({ level: 51, index: 2 });
  });
});

describe("mistakes of the caller's", () => {
  it.each([-1, 0.5, 2 ** 53, Number.NaN])("no tree of %d", (size) => {
    expect(() => nodesOfRoot(size)).toThrow("internal");
    expect(() => planInclusion(0, size)).toThrow("internal");
    expect(() => planConsistency(0, size)).toThrow("internal");
  });

  it("hashes for another plan", () => {
    const { nodes, combine } = planInclusion(3, 7);
    expect(() => combine(nodes.slice(1).map(() => sha256("x")))).toThrow("internal");
  });
});
