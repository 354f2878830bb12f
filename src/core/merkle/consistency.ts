/**
 * Consistency proofs: "the tree of `newSize` leaves begins with the whole tree of `oldSize`".
 * RFC 6962, Section 2.1.2; checked bottom-up, as in RFC 9162, Section 2.1.4.2.
 */
import { equalBytes } from "../bytes.js";
import { VerificationError } from "../errors.js";
import { emptyRootHash, type Hash, HASH_BYTES, hashNode } from "./hash.js";
import { half, isOdd, isSize } from "./size.js";

export interface ConsistencyProof {
  readonly oldSize: number;
  readonly newSize: number;
  /** Hashes from the subtree in which the old tree ends up to a child of the new root. */
  readonly path: readonly Hash[];
}

/** Throws unless `proof` leads to exactly both roots. Every tree begins with the empty one: there the path is empty. */
export function verifyConsistency(proof: ConsistencyProof, oldRoot: Hash, newRoot: Hash): void {
  const implied = rootsFromConsistency(proof, oldRoot);
  if (!equalBytes(implied.oldRoot, oldRoot))
    throw new VerificationError("consistency-mismatch", "the proof leads to another old root");
  if (implied.newRoot !== undefined && !equalBytes(implied.newRoot, newRoot))
    throw new VerificationError("consistency-mismatch", "the proof leads to another new root");
}

interface ImpliedRoots {
  readonly oldRoot: Hash;
  /** Absent where the proof says nothing of it: from the empty tree to any other. */
  readonly newRoot?: Hash;
}

/** `claimedRoot` of the old tree is taken where the proof leaves it out, being known to both sides. */
function rootsFromConsistency(proof: ConsistencyProof, claimedRoot: Hash): ImpliedRoots {
  const { oldSize, newSize, path } = proof;
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize)
    throw malformed(`no tree of ${newSize} begins with one of ${oldSize}`);
  // Two hashes of other lengths could share their 64 bytes differently and still lead to the roots.
  if ([claimedRoot, ...path].some((hash) => hash.length !== HASH_BYTES))
    throw malformed(`a hash is not ${HASH_BYTES} bytes long`);

  let used = 0;
  const next = (): Hash => {
    const hash = path[used++];
    if (hash === undefined) throw malformed("the proof is too short");
    return hash;
  };
  const ending = <T>(roots: T): T => {
    if (used < path.length) throw malformed("the proof is too long");
    return roots;
  };
  if (oldSize === newSize)
    return ending({ oldRoot: oldSize === 0 ? emptyRootHash() : claimedRoot, newRoot: claimedRoot });
  if (oldSize === 0) return ending({ oldRoot: emptyRootHash() });

  // Begin at the largest whole subtree in which the old tree ends: the parent of a right child ends where it does.
  let [index, last] = [oldSize - 1, newSize - 1];
  while (isOdd(index)) [index, last] = [half(index), half(last)];
  // At index 0 that subtree is the whole old tree.
  const start = index === 0 ? claimedRoot : next();
  let [oldHash, newHash] = [start, start];
  // Climb: what stands left of us lies in both trees, what stands right of us in the new one alone.
  for (; last > 0; [index, last] = [half(index), half(last)]) {
    if (index === last && !isOdd(index)) continue; // No sibling: the node rises unchanged.
    const sibling = next();
    if (isOdd(index)) [oldHash, newHash] = [hashNode(sibling, oldHash), hashNode(sibling, newHash)];
    else newHash = hashNode(newHash, sibling);
  }
  return ending({ oldRoot: oldHash, newRoot: newHash });
}

const malformed = (message: string) => new VerificationError("consistency-malformed", message);
