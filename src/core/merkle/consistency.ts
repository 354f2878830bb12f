/**
 * Consistency proofs: "the tree of `newSize` leaves begins with the whole tree of `oldSize`".
 * RFC 6962, Section 2.1.2: the subtree consistency proof of a subtree that begins where the tree does.
 */
import { equalBytes } from "../bytes.js";
import { VerificationError } from "../errors.js";
import type { Hash } from "./hash.js";
import { isSize } from "./size.js";
import { hashesFromSubtreeProof } from "./subtree-consistency.js";

export interface ConsistencyProof {
  readonly oldSize: number;
  readonly newSize: number;
  /** The path holds hashes from the subtree in which the old tree ends up to a child of the new root. */
  readonly path: readonly Hash[];
}

/** Throws unless `proof` leads to exactly both roots. Every tree begins with the empty one: there the path is empty. */
export function verifyConsistency(
  { oldSize, newSize, path }: ConsistencyProof,
  oldRoot: Hash,
  newRoot: Hash,
): void {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize)
    throw new VerificationError(
      "consistency-malformed",
      `no tree of ${newSize} begins with one of ${oldSize}`,
    );
  // The old tree is the subtree of the new one that begins at its first leaf.
  const proof = { subtree: { start: 0, end: oldSize }, treeSize: newSize, path };
  const implied = hashesFromSubtreeProof(proof, oldRoot);
  if (!equalBytes(implied.subtreeHash, oldRoot))
    throw new VerificationError("consistency-mismatch", "the proof leads to another old root");
  // Of a larger tree than the empty one nothing is said; trees of one size are one tree, the empty ones too.
  const impliedRoot = oldSize === newSize ? oldRoot : implied.rootHash;
  if (impliedRoot !== undefined && !equalBytes(impliedRoot, newRoot))
    throw new VerificationError("consistency-mismatch", "the proof leads to another new root");
}
