/**
 * Sine and cosine from additions and multiplications alone, which are the same to the last bit everywhere: those of the
 * language are left to each engine, and have changed from one to the next. ECMA-262, section 21.3.2.
 */

/** Of an angle in radians between -2π and 2π, to 1e-12. */
export function sine(angle: number): number {
  let [term, sum] = [angle, angle];
  for (let n = 1; n <= 20; n++) {
    term *= -(angle * angle) / (2 * n * (2 * n + 1));
    sum += term;
  }
  return sum;
}

/** The same. */
export function cosine(angle: number): number {
  let [term, sum] = [1, 1];
  for (let n = 1; n <= 20; n++) {
    term *= -(angle * angle) / ((2 * n - 1) * 2 * n);
    sum += term;
  }
  return sum;
}
