/**
 * Inclusion proofs: "this leaf stands at this index of the tree with this root".
 * RFC 6962, Section 2.1.1; checked bottom-up, as in RFC 9162, Section 2.1.3.2.
 */
import { equalBytes } from "../bytes.js";
import { VerificationError } from "../errors.js";
import { type Hash, HASH_BYTES, hashNode } from "./hash.js";
import { half, isOdd, isSize } from "./size.js";

export interface InclusionProof {
  readonly leafIndex: number;
  readonly treeSize: number;
  /** The path holds sibling hashes, from the leaf's own sibling up to a child of the root. */
  readonly path: readonly Hash[];
}

/** Throws unless `proof` leads from `leafHash` to exactly `rootHash`. */
export function verifyInclusion(proof: InclusionProof, leafHash: Hash, rootHash: Hash): void {
  if (!equalBytes(rootFromInclusion(proof, leafHash), rootHash))
    throw new VerificationError("inclusion-mismatch", "the proof leads to another root");
}

/** Computes the root that `proof` implies, which is worth nothing until it is compared with a trusted one. */
export function rootFromInclusion(proof: InclusionProof, leafHash: Hash): Hash {
  const { leafIndex, treeSize, path } = proof;
  if (!isSize(leafIndex) || !isSize(treeSize) || leafIndex >= treeSize)
    throw malformed(`no leaf ${leafIndex} in a tree of ${treeSize}`);
  // Two hashes of other lengths could share their 64 bytes differently and still lead to the root.
  if ([leafHash, ...path].some((hash) => hash.length !== HASH_BYTES))
    throw malformed(`a hash is not ${HASH_BYTES} bytes long`);

  let hash = leafHash;
  let used = 0;
  // Climb level by level: `index` is our node, `last` the rightmost one of its level.
  for (let [index, last] = [leafIndex, treeSize - 1]; last > 0; [index, last] = [half(index), half(last)]) {
    if (index === last && !isOdd(index)) continue; // No sibling: the node rises unchanged.
    const sibling = path[used++];
    if (sibling === undefined) throw malformed("the proof is too short");
    hash = isOdd(index) ? hashNode(sibling, hash) : hashNode(hash, sibling);
  }
  if (used < path.length) throw malformed("the proof is too long");
  return hash;
}

const malformed = (message: string) => new VerificationError("inclusion-malformed", message);
