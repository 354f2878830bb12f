/** How long to rest before what has failed is tried again. */
export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Enough for any number: a longer rest than 2^20 times the first is nobody's. */
const MOST_DOUBLINGS = 20;

/** After so many failures in a row: none after none, `firstMs` after the first, then twice as long each time, up to `longestMs`. */
export function restMs({ firstMs, longestMs }: Backoff, failures: number): number {
  if (failures === 0) return 0;
  return Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, MOST_DOUBLINGS));
}
