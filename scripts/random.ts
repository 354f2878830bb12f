/**
 * Randomness that can be had again: a failing run prints its seed, and `SEED=<seed>` repeats its choices (not
 * the machine's own timing). The generator is Mulberry32: small, and good enough to choose moments and sizes.
 */
import { randomInt } from "node:crypto";

export interface Random {
  readonly seed: number;
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
  bytes(length: number): Uint8Array;
  /** A generator of its own: what one user of it draws does not depend on how fast the others are. */
  fork(): Random;
}

export function seededRandom(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  return {
    seed,
    between: (least, most) => least + (next() % (most - least + 1)),
    bytes: (length) => Uint8Array.from({ length }, () => next() >>> 24),
    fork: () => seededRandom(next()),
  };
}

/** From `SEED`, or a new one. */
export function randomOfThisRun(): Random {
  const given = process.env["SEED"];
  return seededRandom(given === undefined ? randomInt(2 ** 31) : Number(given));
}

/** Printed past Jest's console, which would wrap it in a stack trace. */
export function tell(line: string): void {
  process.stdout.write(`  ${line}\n`);
}
