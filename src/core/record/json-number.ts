/**
 * Numbers of JSON on their way through a double (IEEE 754, as RFC 8785 and RFC 7493 have it).
 * A number whose value would change there is refused: two readers must never see two amounts.
 */
import { abbreviate } from "../bytes.js";
import { ParseError } from "../errors.js";

/**
 * "exact", for records: any spelling, but the double's shortest spelling must denote the same decimal value.
 * "canonical", for our own formats: spelled as RFC 8785 writes it, and at most 2^53 - 1 in magnitude.
 */
export type NumberRule = "exact" | "canonical";

/** `spelling` fits the number grammar of RFC 8259; `field` is where it stands. */
export function numberFromSpelling(spelling: string, rule: NumberRule, field: () => string): number {
  const value = Number(spelling);
  // ECMAScript's Number::toString is RFC 8785's number format (its Section 3.2.2.3).
  const shortest = String(value);
  if (rule === "canonical") {
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER)
      throw new ParseError("value-range", "a number beyond 2^53 - 1", {
        field: field(),
        got: abbreviate(spelling),
        want: `at most ${Number.MAX_SAFE_INTEGER}`,
      });
    if (shortest !== spelling)
      throw new ParseError("json-number-not-canonical", "a number not spelled as RFC 8785 writes it", {
        field: field(),
        got: abbreviate(spelling),
        want: shortest,
      });
    return value;
  }
  if (shortest !== spelling && !(Number.isFinite(value) && sameDecimal(spelling, shortest)))
    throw new ParseError("json-number-altered", "a number that a double can't hold", {
      field: field(),
      got: abbreviate(spelling),
      want: `a number that is still itself as a double, not ${shortest}; or a string`,
    });
  // RFC 8785 writes -0 as 0: the same value, so the same number here.
  return value === 0 ? 0 : value;
}

/** Compares magnitudes: a double keeps the sign of all but zero, which has none. */
function sameDecimal(a: string, b: string): boolean {
  const [left, right] = [decimalOf(a), decimalOf(b)];
  return left.digits === right.digits && (left.digits === "" || left.exponent === right.exponent);
}

/** `digits` without zeros at either end, times ten to `exponent`. */
function decimalOf(spelling: string): { digits: string; exponent: number } {
  const [mantissa = "", power = "0"] = spelling.replace(/^-/, "").split(/e/i);
  const [whole = "", fraction = ""] = mantissa.split(".");
  const all = whole + fraction;
  // By hand: /0+$/ would be quadratic on a long run of zeros.
  let [start, end] = [0, all.length];
  while (start < end && all[start] === "0") start++;
  while (start < end && all[end - 1] === "0") end--;
  // A power too long for a double only occurs where the value is zero or infinite, and then decides nothing.
  return { digits: all.slice(start, end), exponent: Number(power) - fraction.length + (all.length - end) };
}
