/**
 * Long proofs: tests that try every case there is, or so many drawn ones that they take minutes or hours. `npm test` tries a part of
 * each, another one every time; `npm run test:long` sets `LONG=1`, which tries the whole. A run prints what it tried and its seed;
 * `SEED=<seed>` tries the same again.
 */
import { randomOfThisRun, seededRandom, tell } from "../scripts/random.js";

const isLong = !["", "0", undefined].includes(process.env["LONG"]);
const { seed } = randomOfThisRun();

/** How many random cases this run tries, and the seed they are drawn from: the settings that `fc.assert` takes. */
export function runsOfLongProof(
  what: string,
  { part, whole }: { readonly part: number; readonly whole: number },
): { readonly numRuns: number; readonly seed: number } {
  const numRuns = isLong ? whole : part;
  tell(`${numRuns} of ${whole} ${what} (SEED=${seed})`);
  return { numRuns, seed };
}

/** The cases of a list that this run tries, in the list's order: so many of them, drawn without repetition, or all. */
export function casesOfLongProof<T>(what: string, cases: readonly T[], part: number): readonly T[] {
  if (isLong || part >= cases.length) return cases;
  tell(`${part} of ${cases.length} ${what} (SEED=${seed})`);
  const random = seededRandom(seed);
  const places = new Set<number>();
  while (places.size < part) places.add(random.between(0, cases.length - 1));
  return cases.filter((_, place) => places.has(place));
}
