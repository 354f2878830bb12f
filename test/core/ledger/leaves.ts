import { utf8 } from "../../../src/core/bytes.js";
import { type Hash, hashLeaf } from "../../../src/core/merkle/hash.js";

/** The leaf hashes of entries "0", "1", "2", ... */
export function leafHashesOf(size: number): Hash[] {
  return Array.from({ length: size }, (_, i) => hashLeaf(utf8(String(i))));
}
