/**
 * Subtrees: every valid one of every tree up to 16 and of some up to 40 (all in a long run), each proof against the draft's recursion, each hash of it spoilt;
 * trees beyond 2^32 against the draft's own procedure.
 */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  isValidSubtree,
  mth,
  path as pathOf,
  sha256,
  subtreeConsistencyOfNothing,
  subtreeProof,
} from "../../../scripts/make-vectors/reference-tree.js";
import { emptyRootHash, type Hash } from "../../../src/core/merkle/hash.js";
import { isSubtree, type LeafRange } from "../../../src/core/merkle/range.js";
import { type NodeId, planSubtreeConsistency } from "../../../src/core/merkle/subtree.js";
import {
  type SubtreeConsistencyProof,
  verifySubtreeConsistency,
} from "../../../src/core/merkle/subtree-consistency.js";
import { proveConsistency, proveInclusion, proveSubtreeConsistency } from "../../../src/core/merkle/tree.js";
import { casesOfLongProof, runsOfLongProof } from "../../long-proof.js";
import {
  EVERY_BIT,
  flipped,
  pathsOfOtherLength,
  refusedWith,
  refusedWithOtherLengths,
} from "./spoilt-proofs.js";

const LARGEST = 40;
const LEAVES = Array.from({ length: LARGEST }, (_, i) => sha256(`leaf ${i}`));
const hashes = new Map<string, Hash>();
/** MTH(D[start:end]), remembered. */
function hashOf(start: number, end: number): Hash {
  const name = `${start} ${end}`;
  const known = hashes.get(name) ?? mth(LEAVES.slice(start, end));
  hashes.set(name, known);
  return known;
}
const subtreesOf = (treeSize: number): LeafRange[] =>
  Array.from({ length: treeSize + 1 }, (_, end) =>
    Array.from({ length: end + 1 }, (_, start) => ({ start, end })),
  )
    .flat()
    .filter(({ start, end }) => isValidSubtree(start, end));

const BITS = casesOfLongProof("bits of each hash in trees of up to 7 leaves", EVERY_BIT, 6);
/** Many bits where there is time for it, else two that move with the subtree. */
const bitsFor = (treeSize: number, { start, end }: LeafRange) =>
  treeSize <= 7 ? BITS : [0, 128].map((half) => half + ((treeSize * 37 + start * 11 + end) % 128));
const SIZES = Array.from({ length: LARGEST + 1 }, (_, size) => size);
const TRIED = [...SIZES.slice(0, 17), ...casesOfLongProof("trees of 17 to 40 leaves", SIZES.slice(17), 2)];

describe.each(TRIED)("subtrees of a tree of %d", (size) => {
  const leaves = LEAVES.slice(0, size);
  const root = hashOf(0, size);
  const proofs = subtreesOf(size).map((subtree) => proveSubtreeConsistency(leaves, subtree));
  const verify = (
    proof: SubtreeConsistencyProof,
    subtreeHash = hashOf(proof.subtree.start, proof.subtree.end),
    rootHash = root,
  ) => {
    verifySubtreeConsistency(proof, subtreeHash, rootHash);
  };

  it("are proved as the draft has it, and verify", () => {
    for (const proof of proofs) {
      const { start, end } = proof.subtree;
      expect(proof.path).toEqual(subtreeProof(start, end, leaves));
      verify(proof);
    }
  });

  it("are proved the same from stored nodes, each full in this tree", () => {
    const read = ({ level, index }: NodeId) => {
      expect((index + 1) * 2 ** level).toBeLessThanOrEqual(size);
      return hashOf(index * 2 ** level, (index + 1) * 2 ** level);
    };
    for (const { subtree, path } of proofs) {
      const { nodes, combine } = planSubtreeConsistency(subtree, size);
      expect(combine(nodes.map(read))).toEqual(path);
    }
  });

  it("are refused with any hash changed", () => {
    for (const proof of proofs) {
      const { start, end } = proof.subtree;
      const bits = bitsFor(size, proof.subtree);
      for (const [i, hash] of proof.path.entries())
        for (const bit of bits)
          refusedWith("consistency-mismatch", () => {
            verify({ ...proof, path: proof.path.with(i, flipped(hash, bit)) });
          });
      for (const bit of bits) {
        refusedWith("consistency-mismatch", () => {
          verify(proof, flipped(hashOf(start, end), bit));
        });
        if (start < end)
          refusedWith("consistency-mismatch", () => {
            verify(proof, hashOf(start, end), flipped(root, bit));
          });
      }
    }
  });

  it("are refused with a hash more or less, wherever", () => {
    refusedWithOtherLengths(proofs, "consistency-malformed", verify);
  });

  it("are refused as any other subtree of this tree", () => {
    for (const [i, proof] of proofs.entries()) {
      const { start, end } = proof.subtree;
      // Their pairs are many: in larger trees a part of them.
      if (start === end || (size > 16 && (i + size) % 8 !== 0)) continue;
      for (const other of proofs) {
        if (other === proof || other.subtree.start === other.subtree.end) continue;
        const posed = { ...proof, subtree: other.subtree };
        const code =
          other.path.length === proof.path.length ? "consistency-mismatch" : "consistency-malformed";
        refusedWith(code, () => {
          verify(posed, hashOf(start, end));
        });
      }
    }
  });

  it("are no others than the draft's", () => {
    for (let end = 0; end <= size; end++)
      for (let start = 0; start <= end; start++) {
        expect(isSubtree({ start, end })).toBe(isValidSubtree(start, end));
        if (isValidSubtree(start, end)) continue;
        expect(() => proveSubtreeConsistency(leaves, { start, end })).toThrow("internal");
        refusedWith("consistency-malformed", () => {
          verifySubtreeConsistency({ subtree: { start, end }, treeSize: size, path: [] }, root, root);
        });
      }
  });

  it("that begin the tree are proved by its consistency proofs, and leaves by its inclusion proofs", () => {
    for (let end = 0; end <= size; end++)
      expect(proveSubtreeConsistency(leaves, { start: 0, end }).path).toEqual(
        proveConsistency(leaves, end).path,
      );
    for (let index = 0; index < size; index++) {
      const { path } = proveSubtreeConsistency(leaves, { start: index, end: index + 1 });
      expect(path).toEqual(proveInclusion(leaves, index).path);
      expect(path).toEqual(pathOf(index, leaves));
    }
  });
});

describe("subtrees of trees of any size", () => {
  const place = fc.tuple(
    fc.maxSafeNat(),
    fc.integer({ min: 0, max: 40 }),
    fc.maxSafeNat(),
    fc.integer({ min: 2 ** 32, max: Number.MAX_SAFE_INTEGER }),
  );

  it("verify beyond 2^32 as the draft says", () => {
    fc.assert(
      fc.property(place, ([n, level, m, treeSize]) => {
        const width = 2 ** level;
        if (width > treeSize) return;
        const start = Math.floor((n % treeSize) / width) * width;
        const end = Math.min(treeSize, start + width - (m % Math.max(1, width / 2)));
        const { path, subtreeHash, rootHash } = subtreeConsistencyOfNothing(start, end, treeSize);
        const proof = { subtree: { start, end }, treeSize, path };
        expect(isSubtree(proof.subtree)).toBe(true);
        verifySubtreeConsistency(proof, subtreeHash, rootHash);
        for (const [i, hash] of path.entries())
          refusedWith("consistency-mismatch", () => {
            const spoilt = { ...proof, path: path.with(i, flipped(hash, n % 256)) };
            verifySubtreeConsistency(spoilt, subtreeHash, rootHash);
          });
        for (const other of pathsOfOtherLength(path))
          refusedWith("consistency-malformed", () => {
            verifySubtreeConsistency({ ...proof, path: other }, subtreeHash, rootHash);
          });
      }),
      runsOfLongProof("subtrees of trees beyond 2^32", { part: 6, whole: 100 }),
    );
  });
});

describe("numbers that are none", () => {
  const bad = [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY];
  const cases: [string, LeafRange, number][] = [
    ...bad.flatMap((n): [string, LeafRange, number][] => [
      [`start ${n}`, { start: n, end: 4 }, 4],
      [`end ${n}`, { start: 0, end: n }, 4],
      [`tree size ${n}`, { start: 0, end: 4 }, n],
    ]),
    ["an end before its start", { start: 4, end: 2 }, 8],
    ["an end beyond the tree", { start: 4, end: 8 }, 7],
    ["an empty subtree beyond the tree", { start: 8, end: 8 }, 7],
  ];
  it.each(cases)("%s", (_what, subtree, treeSize) => {
    const [hash] = LEAVES as [Hash];
    refusedWith("consistency-malformed", () => {
      verifySubtreeConsistency({ subtree, treeSize, path: [] }, hash, hash);
    });
    expect(() => planSubtreeConsistency(subtree, treeSize)).toThrow("internal");
  });

  it("hashes of other lengths than 32 bytes", () => {
    const [a, b] = LEAVES as [Hash, Hash];
    const proof = proveSubtreeConsistency(LEAVES.slice(0, 2), { start: 0, end: 1 });
    for (const path of [[b.subarray(1)], [new Uint8Array([...b, 0])]])
      refusedWith("consistency-malformed", () => {
        verifySubtreeConsistency({ ...proof, path }, a, hashOf(0, 2));
      });
    refusedWith("consistency-malformed", () => {
      verifySubtreeConsistency(proof, a.subarray(1), hashOf(0, 2));
    });
  });

  it("an empty subtree has the hash of nothing and no other", () => {
    const proof = { subtree: { start: 3, end: 3 }, treeSize: 5, path: [] };
    verifySubtreeConsistency(proof, emptyRootHash(), hashOf(0, 5));
    refusedWith("consistency-mismatch", () => {
      verifySubtreeConsistency(proof, hashOf(3, 4), hashOf(0, 5));
    });
  });
});
