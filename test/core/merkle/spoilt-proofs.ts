/** Proofs spoilt a little, and that they are refused. */
import { sha256 } from "../../../scripts/make-vectors/reference-tree.js";
import type { Hash } from "../../../src/core/merkle/hash.js";

export const EVERY_BIT = Array.from({ length: 256 }, (_, bit) => bit);

/** No `expect` within: one for each of a million hashes would take longer than hashing them. */
export function refusedWith(code: string, verify: () => void): void {
  try {
    verify();
  } catch (error) {
    if ((error as { code?: string }).code === code) return;
    throw error;
  }
  throw new Error(`accepted, though it must be refused with ${code}`);
}

export function flipped(hash: Hash, bit: number): Hash {
  return hash.with(bit >> 3, (hash[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7)));
}

/** One hash too many, at each place, or too few. */
export function pathsOfOtherLength(path: readonly Hash[]): readonly Hash[][] {
  const more = sha256("more");
  const longer = [...path, more].map((_, i) => path.toSpliced(i, 0, more));
  return [...longer, ...path.map((_, i) => path.toSpliced(i, 1))];
}

/** For the proofs of one tree, made by the code under test. */
export function refusedWithOtherLengths<P extends { readonly path: readonly Hash[] }>(
  proofs: readonly P[],
  code: string,
  verify: (proof: P) => void,
): void {
  for (const proof of proofs)
    for (const path of pathsOfOtherLength(proof.path))
      refusedWith(code, () => {
        verify({ ...proof, path });
      });
}
