/**
 * Subtree consistency proofs: "the tree over leaves `start` to `end - 1` holds the leaves that the whole tree has
 * there". By them a mirror checks a package of entries against a checkpoint, without the entries before and after.
 * draft-ietf-plants-merkle-tree-certs, "Subtree Consistency Proofs"; checked bottom-up, as that text does it.
 */
import { equalBytes } from "../bytes.js";
import { VerificationError } from "../errors.js";
import { emptyRootHash, type Hash, HASH_BYTES, hashNode } from "./hash.js";
import { isSubtree, type LeafRange } from "./range.js";
import { half, isOdd, isSize } from "./size.js";

export interface SubtreeConsistencyProof {
  readonly subtree: LeafRange;
  readonly treeSize: number;
  /** The path holds hashes from the node in which the subtree ends up to a child of the root. */
  readonly path: readonly Hash[];
}

/**
 * Throws unless `proof` leads to exactly both hashes. An empty subtree is part of every tree: there the path is empty,
 * the hash is that of nothing, and the root is not looked at.
 */
export function verifySubtreeConsistency(
  proof: SubtreeConsistencyProof,
  subtreeHash: Hash,
  rootHash: Hash,
): void {
  const implied = hashesFromSubtreeProof(proof, subtreeHash);
  if (!equalBytes(implied.subtreeHash, subtreeHash))
    throw new VerificationError("consistency-mismatch", "the proof leads to another subtree");
  if (implied.rootHash !== undefined && !equalBytes(implied.rootHash, rootHash))
    throw new VerificationError("consistency-mismatch", "the proof leads to another root");
}

/**
 * Computes what `proof` implies of both hashes, which is worth nothing until compared; of the root nothing where the
 * subtree is empty. `claimed`, the subtree's hash, is taken as given where it is itself a node of the tree: the proof
 * leaves it out then.
 */
export function hashesFromSubtreeProof(
  { subtree, treeSize, path }: SubtreeConsistencyProof,
  claimed: Hash,
): { readonly subtreeHash: Hash; readonly rootHash?: Hash } {
  const { start, end } = subtree;
  if (!isSize(treeSize) || !isSubtree(subtree) || end > treeSize)
    throw malformed(`no subtree [${start}, ${end}) in a tree of ${treeSize}`);
  // Two hashes of other lengths could share their 64 bytes differently and still lead to the root.
  if ([claimed, ...path].some((hash) => hash.length !== HASH_BYTES))
    throw malformed(`a hash is not ${HASH_BYTES} bytes long`);

  let used = 0;
  const next = (): Hash => {
    const hash = path[used++];
    if (hash === undefined) throw malformed("the proof is too short");
    return hash;
  };
  const ending = <T>(hashes: T): T => {
    if (used < path.length) throw malformed("the proof is too long");
    return hashes;
  };
  if (start === end) return ending({ subtreeHash: emptyRootHash() });

  // On each level: the subtree's first and last node, and the tree's last one.
  let [first, last, treeLast] = [start, end - 1, treeSize - 1];
  const climb = () => ([first, last, treeLast] = [half(first), half(last), half(treeLast)]);
  // Begin at the largest node that ends with the subtree and does not begin before it. At the tree's own end every
  // node ends with both; elsewhere the parent of a right child ends where it does.
  const endsWithTree = last === treeLast;
  while (first !== last && (endsWithTree || isOdd(last))) climb();
  const node = first === last ? claimed : next();
  let [subtreeHash, rootHash] = [node, node];
  for (; treeLast > 0; climb()) {
    if (last === treeLast && !isOdd(last)) continue; // No sibling: the node rises unchanged.
    const sibling = next();
    if (isOdd(last)) {
      // What stands left of us lies in the tree; in the subtree too, as long as that began further left.
      if (first < last) subtreeHash = hashNode(sibling, subtreeHash);
      rootHash = hashNode(sibling, rootHash);
    } else rootHash = hashNode(rootHash, sibling);
  }
  return ending({ subtreeHash, rootHash });
}

const malformed = (message: string) => new VerificationError("consistency-malformed", message);
