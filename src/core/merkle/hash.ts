/**
 * The two hashes of a Merkle tree, kept apart by their first byte so that no leaf can pose as a node.
 * RFC 6962, Section 2.1.
 */
import { sha256 } from "@noble/hashes/sha2.js";

declare const brand: unique symbol;
/** A hash is 32 bytes: the leaf, node or root hash of a SHA-256 Merkle tree. */
export type Hash = Uint8Array & { readonly [brand]?: "Hash" };
/** No proof of a tree of up to 2^53 - 1 leaves has more hashes than this; a reader refuses one that has. */
export const MAX_PROOF_HASHES = 64;
export const HASH_BYTES = 32;

const LEAF_PREFIX = Uint8Array.of(0x00);
const NODE_PREFIX = Uint8Array.of(0x01);

export function hashLeaf(content: Uint8Array): Hash {
  return sha256.create().update(LEAF_PREFIX).update(content).digest();
}

/** Gives the same hash by the host's own SHA-256 of whole bytes, where that is faster. */
export function hashLeafBy(hashOnce: (bytes: Uint8Array) => Uint8Array, content: Uint8Array): Hash {
  const leaf = new Uint8Array(LEAF_PREFIX.length + content.length);
  leaf.set(LEAF_PREFIX);
  leaf.set(content, LEAF_PREFIX.length);
  return hashOnce(leaf);
}

export function hashNode(left: Hash, right: Hash): Hash {
  return sha256.create().update(NODE_PREFIX).update(left).update(right).digest();
}

/** This is MTH({}), the root of the tree without leaves. */
export function emptyRootHash(): Hash {
  return sha256(new Uint8Array(0));
}
