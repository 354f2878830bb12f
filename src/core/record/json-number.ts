/**
 * Numbers of JSON on their way through a double (IEEE 754, as RFC 8785 and RFC 7493 have it).
 * A number whose value would change there is refused: two readers must never see two amounts.
 */
import { abbreviate } from "../bytes.js";
import { ParseError } from "../errors.js";

/**
 * The rule "exact" is for records: any spelling is taken, but the double's shortest spelling must denote the same
 * decimal value, or the spelling be a printed double with more digits than it needs (`isPrinted`). "canonical" is for
 * our own formats: a number is spelled as RFC 8785 writes it, and at most 2^53 - 1 in magnitude.
 */
export type NumberRule = "exact" | "canonical";

/**
 * Reads a number; `spelling` fits the number grammar of RFC 8259, and `field` says where it stands. Throws
 * `ParseError` where the rule refuses it.
 */
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
  const isItself = Number.isFinite(value) && (sameDecimal(spelling, shortest) || isPrinted(spelling, value));
  if (shortest !== spelling && !isItself)
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

/** The digits that tell any two doubles apart (IEEE 754-2019, section 5.12.2): programs that print no shortest ones print these. */
const PRINTED_DIGITS = 17;
/** What ECMAScript's toPrecision and toFixed print at most: an exact comparison of more would cost and serve nobody. */
const MOST_PRINTED_DIGITS = 100;

/**
 * Whether `spelling` is what programs write that print a double with more digits than tell it apart (`0.10000000000000001`
 * of C's `%.17g`, `277.199999999999989` of `%.15f`): the exact value of `value`, rounded either way at a tie, with a point or
 * an exponent and at least 17 significant digits. Java before 19 writes an exponent and 17 digits that are not always rounded
 * (`1.9999999999999998E23`): any such spelling that reads as `value` is taken. An integer that is written in full is never
 * such a spelling, so that no identifier changes.
 */
function isPrinted(spelling: string, value: number): boolean {
  const { digits, power, isInteger } = writtenOf(spelling);
  if (value === 0 || isInteger) return false;
  if (digits.length < PRINTED_DIGITS || digits.length > MOST_PRINTED_DIGITS) return false;
  return (digits.length === PRINTED_DIGITS && /e/i.test(spelling)) || isRounded(BigInt(digits), power, value);
}

/** `digits` from the first that is not 0 to the last that is written, times ten to `power`. */
function writtenOf(spelling: string): {
  readonly digits: string;
  readonly power: number;
  readonly isInteger: boolean;
} {
  const [mantissa = "", exponent] = spelling.replace(/^-/, "").split(/e/i);
  const [whole = "", fraction] = mantissa.split(".");
  return {
    digits: (whole + (fraction ?? "")).replace(/^0+/, ""),
    power: Number(exponent ?? 0) - (fraction?.length ?? 0),
    isInteger: exponent === undefined && fraction === undefined,
  };
}

/**
 * Tells whether `digits` times ten to `power` is at most half a unit of its last digit away from `value`, which is
 * neither 0 nor infinite.
 */
function isRounded(digits: bigint, power: number, value: number): boolean {
  const { mantissa, exponent } = partsOf(Math.abs(value));
  // Both sides as integers: times ten to -power and two to -exponent, where these are positive.
  const ten = 10n ** BigInt(Math.abs(power));
  const two = 2n ** BigInt(Math.abs(exponent));
  const unit = (power > 0 ? ten : 1n) * (exponent < 0 ? two : 1n);
  const exact = mantissa * (exponent > 0 ? two : 1n) * (power < 0 ? ten : 1n);
  const apart = digits * unit - exact;
  return 2n * (apart < 0n ? -apart : apart) <= unit;
}

/** A double above 0 as an integer times a power of two, exactly. */
function partsOf(value: number): { readonly mantissa: bigint; readonly exponent: number } {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const all = bits.getBigUint64(0);
  const [biased, fraction] = [Number(all >> 52n), all & ((1n << 52n) - 1n)];
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

/** `digits` without zeros at either end, times ten to `exponent`. */
function decimalOf(spelling: string): { digits: string; exponent: number } {
  const { digits, power } = writtenOf(spelling);
  // By hand: /0+$/ would be quadratic on a long run of zeros.
  let end = digits.length;
  while (end > 0 && digits[end - 1] === "0") end--;
  // A power too long for a double only occurs where the value is zero or infinite, and then decides nothing.
  return { digits: digits.slice(0, end), exponent: power + (digits.length - end) };
}
