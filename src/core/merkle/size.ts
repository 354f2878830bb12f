/**
 * Arithmetic on indexes and sizes of trees: plain numbers to 2^53 - 1, so no operator that cuts to 32 bits.
 */

/** Tells whether `n` can be a leaf index or a tree size. */
export function isSize(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

/** Gives the index of the parent on the next level. It is not `n >> 1`, which would cut `n` to 32 bits. */
export function half(n: number): number {
  return Math.floor(n / 2);
}

export function isOdd(n: number): boolean {
  return n % 2 === 1;
}

/** Gives RFC 6962's k (Section 2.1), the largest power of two smaller than n, for n > 1. */
export function splitOf(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
