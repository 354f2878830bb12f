/**
 * Every tree up to 16 leaves, and some up to 64 (all in a long run): each proof against the standard's recursions, each hash of it spoilt. Trees of any size
 * by chance, beyond 2^32 against RFC 9162's own procedure.
 */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  consistencyOfNothing,
  inclusionOfNothing,
  mth,
  path,
  proof,
  sha256,
} from "../../../scripts/make-vectors/reference-tree.js";
import { hex, utf8 } from "../../../src/core/bytes.js";
import { type ConsistencyProof, verifyConsistency } from "../../../src/core/merkle/consistency.js";
import { emptyRootHash, type Hash, hashLeaf, hashNode } from "../../../src/core/merkle/hash.js";
import {
  type InclusionProof,
  rootFromInclusion,
  verifyInclusion,
} from "../../../src/core/merkle/inclusion.js";
import { proveConsistency, proveInclusion, rootOfLeaves } from "../../../src/core/merkle/tree.js";
import { casesOfLongProof, runsOfLongProof } from "../../long-proof.js";
import { expectRefusal } from "../vector-files.js";
import {
  EVERY_BIT,
  flipped,
  pathsOfOtherLength,
  refusedWith,
  refusedWithOtherLengths,
} from "./spoilt-proofs.js";

const LARGEST = 64;
const LEAVES = Array.from({ length: LARGEST }, (_, i) => hashLeaf(utf8(`leaf ${i}`)));
const tree = (size: number) => LEAVES.slice(0, size);
const ROOTS = Array.from({ length: LARGEST + 1 }, (_, size) => mth(tree(size)));
const root = (size: number) => ROOTS[size] as Hash;
const SIZES = Array.from({ length: LARGEST + 1 }, (_, size) => size);

const TRIED = [...SIZES.slice(0, 17), ...casesOfLongProof("trees of 17 to 64 leaves", SIZES.slice(17), 3)];

/** `bits`: of each hash of the path. */
function spoiltPaths(path: readonly Hash[], bits: readonly number[]): readonly Hash[][] {
  return path.flatMap((hash, i) => bits.map((bit) => path.with(i, flipped(hash, bit))));
}

const BITS = casesOfLongProof("bits of each hash in trees of up to 8 leaves", EVERY_BIT, 8);
/** Many bits where there is time for it, else one that moves with the size. */
const bitsFor = (size: number) => (size <= 8 ? BITS : [(size * 37) % 256]);

it("roots are the standard's", () => {
  for (const size of SIZES) expect(hex(rootOfLeaves(tree(size)))).toBe(hex(root(size)));
});

describe.each(TRIED.slice(1))("inclusion in a tree of %d", (treeSize) => {
  const proofs = tree(treeSize).map((_, leafIndex) => proveInclusion(tree(treeSize), leafIndex));
  const verify = (
    proof: InclusionProof,
    leafHash = LEAVES[proof.leafIndex] as Hash,
    rootHash = root(treeSize),
  ) => {
    verifyInclusion(proof, leafHash, rootHash);
  };

  it("is proved as in the standard, and verifies", () => {
    proofs.forEach((proof, leafIndex) => {
      expect(proof).toEqual({ leafIndex, treeSize, path: path(leafIndex, tree(treeSize)) });
      verify(proof);
    });
  });

  it("fails with any hash changed", () => {
    for (const proof of proofs) {
      const leafHash = LEAVES[proof.leafIndex] as Hash;
      for (const path of spoiltPaths(proof.path, bitsFor(treeSize)))
        refusedWith("inclusion-mismatch", () => {
          verify({ ...proof, path });
        });
      for (const bit of bitsFor(treeSize)) {
        refusedWith("inclusion-mismatch", () => {
          verify(proof, flipped(leafHash, bit));
        });
        refusedWith("inclusion-mismatch", () => {
          verify(proof, leafHash, flipped(root(treeSize), bit));
        });
      }
    }
  });

  it("fails with a hash more or less, wherever", () => {
    refusedWithOtherLengths(proofs, "inclusion-malformed", verify);
  });

  it("fails for every other leaf of the tree", () => {
    for (const proof of proofs) {
      const leafHash = LEAVES[proof.leafIndex] as Hash;
      for (const { leafIndex, path } of proofs) {
        if (leafIndex === proof.leafIndex) continue;
        const code = path.length === proof.path.length ? "inclusion-mismatch" : "inclusion-malformed";
        refusedWith(code, () => {
          verify({ ...proof, leafIndex }, leafHash);
        });
      }
    }
  });
});

describe.each(TRIED)("consistency with a tree of %d", (newSize) => {
  const proofs = SIZES.slice(0, newSize + 1).map((oldSize) => proveConsistency(tree(newSize), oldSize));
  const verify = (proof: ConsistencyProof, oldRoot = root(proof.oldSize), newRoot = root(newSize)) => {
    verifyConsistency(proof, oldRoot, newRoot);
  };

  it("is proved as in the standard, and verifies", () => {
    proofs.forEach((given, oldSize) => {
      expect(given).toEqual({ oldSize, newSize, path: proof(oldSize, tree(newSize)) });
      verify(given);
    });
  });

  it("fails with any hash changed", () => {
    for (const proof of proofs) {
      for (const path of spoiltPaths(proof.path, bitsFor(newSize)))
        refusedWith("consistency-mismatch", () => {
          verify({ ...proof, path });
        });
      for (const bit of bitsFor(newSize)) {
        refusedWith("consistency-mismatch", () => {
          verify(proof, flipped(root(proof.oldSize), bit));
        });
        if (proof.oldSize > 0)
          refusedWith("consistency-mismatch", () => {
            verify(proof, root(proof.oldSize), flipped(root(newSize), bit));
          });
      }
    }
  });

  it("fails with a hash more or less, wherever", () => {
    refusedWithOtherLengths(proofs, "consistency-malformed", verify);
  });

  it("fails for a tree that isn't the same at its beginning", () => {
    for (const proof of proofs.slice(1)) {
      const forked = [...LEAVES.slice(0, proof.oldSize - 1), hashLeaf(utf8("another last leaf"))];
      refusedWith("consistency-mismatch", () => {
        verify(proof, mth(forked));
      });
    }
  });
});

describe("trees of any size", () => {
  const anySize = fc.integer({ min: 1, max: 600 });
  const leavesOf = (size: number) => Array.from({ length: size }, (_, i) => sha256(String(i)));

  it("prove and verify inclusion as in the standard", () => {
    fc.assert(
      fc.property(anySize, fc.nat(), (treeSize, n) => {
        const [leaves, leafIndex] = [leavesOf(treeSize), n % treeSize];
        const given = proveInclusion(leaves, leafIndex);
        expect(given.path).toEqual(path(leafIndex, leaves));
        verifyInclusion(given, leaves[leafIndex] as Hash, rootOfLeaves(leaves));
      }),
      runsOfLongProof("proofs in trees of up to 600 leaves", { part: 40, whole: 100 }),
    );
  });

  it("prove and verify consistency as in the standard", () => {
    fc.assert(
      fc.property(anySize, fc.nat(), (newSize, n) => {
        const [leaves, oldSize] = [leavesOf(newSize), n % (newSize + 1)];
        const given = proveConsistency(leaves, oldSize);
        expect(given.path).toEqual(proof(oldSize, leaves));
        verifyConsistency(given, rootOfLeaves(leaves.slice(0, oldSize)), rootOfLeaves(leaves));
      }),
      runsOfLongProof("proofs in trees of up to 600 leaves", { part: 40, whole: 100 }),
    );
  });

  const beyond32Bits = fc.tuple(fc.maxSafeNat(), fc.integer({ min: 2 ** 32, max: Number.MAX_SAFE_INTEGER }));

  it("verify inclusion beyond 2^32 as RFC 9162 does", () => {
    fc.assert(
      fc.property(beyond32Bits, ([n, treeSize]) => {
        const leafIndex = n % treeSize;
        const leafHash = sha256("leaf");
        const { path, root } = inclusionOfNothing(leafIndex, treeSize, leafHash);
        const given = { leafIndex, treeSize, path };
        verifyInclusion(given, leafHash, root);
        for (const spoilt of spoiltPaths(path, [n % 256]))
          refusedWith("inclusion-mismatch", () => {
            verifyInclusion({ ...given, path: spoilt }, leafHash, root);
          });
        for (const spoilt of pathsOfOtherLength(path))
          refusedWith("inclusion-malformed", () => {
            verifyInclusion({ ...given, path: spoilt }, leafHash, root);
          });
      }),
      runsOfLongProof("inclusion proofs in trees beyond 2^32", { part: 4, whole: 30 }),
    );
  });

  it("verify consistency beyond 2^32 as RFC 9162 does", () => {
    fc.assert(
      fc.property(beyond32Bits, ([n, newSize]) => {
        const oldSize = 1 + (n % (newSize - 1));
        const { path, oldRoot, newRoot } = consistencyOfNothing(oldSize, newSize);
        const given = { oldSize, newSize, path };
        verifyConsistency(given, oldRoot, newRoot);
        for (const spoilt of spoiltPaths(path, [n % 256]))
          refusedWith("consistency-mismatch", () => {
            verifyConsistency({ ...given, path: spoilt }, oldRoot, newRoot);
          });
        for (const spoilt of pathsOfOtherLength(path))
          refusedWith("consistency-malformed", () => {
            verifyConsistency({ ...given, path: spoilt }, oldRoot, newRoot);
          });
      }),
      runsOfLongProof("consistency proofs of trees beyond 2^32", { part: 4, whole: 30 }),
    );
  });
});

describe("the edges", () => {
  const [leaf] = LEAVES as [Hash];

  it("the empty tree has the root of nothing, and begins every tree", () => {
    expect(hex(emptyRootHash())).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    verifyConsistency({ oldSize: 0, newSize: 5, path: [] }, emptyRootHash(), leaf);
    verifyConsistency({ oldSize: 0, newSize: 0, path: [] }, emptyRootHash(), emptyRootHash());
    expectRefusal(() => {
      verifyConsistency({ oldSize: 0, newSize: 0, path: [] }, leaf, leaf);
    }, "consistency-mismatch");
    expectRefusal(() => {
      verifyConsistency({ oldSize: 0, newSize: 5, path: [leaf] }, emptyRootHash(), leaf);
    }, "consistency-malformed");
  });

  it("a tree of one leaf has its hash as root, and a leaf is no node", () => {
    expect(rootFromInclusion({ leafIndex: 0, treeSize: 1, path: [] }, leaf)).toBe(leaf);
    expect(hex(hashLeaf(new Uint8Array([...leaf, ...leaf])))).not.toBe(hex(hashNode(leaf, leaf)));
    expect(hex(hashLeaf(utf8("L123456")))).toBe(
      "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56",
    );
    expect(hex(hashNode(utf8("N123"), utf8("N456")))).toBe(
      "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb",
    );
  });

  it("what a tree doesn't have is a mistake of the caller's", () => {
    expect(() => proveInclusion(tree(4), 4)).toThrow("internal");
    expect(() => proveInclusion([], 0)).toThrow("internal");
    expect(() => proveConsistency(tree(4), 5)).toThrow("internal");
    expect(() => proveConsistency(tree(4), -1)).toThrow("internal");
  });
});
