/**
 * The fields of a SEQUENCE, taken in their order: what a format does not name is refused, also at the end, where
 * common ASN.1 libraries skip it. And the plain values in them: object identifiers, small integers, times.
 */
import { hex } from "../../core/bytes.js";
import { ParseError } from "../../core/errors.js";
import { parseTime } from "../../core/record/time.js";
import { type Element, MalformedError, MAX_IDENTIFIER_BYTES, TAG } from "./der.js";

export interface Fields {
  /** The next field, which must have one of these tags. */
  take(...tags: readonly number[]): Element;
  /** The next field where it has this tag; else nothing is taken. */
  takeIf(tag: number): Element | undefined;
  /** Throws where a field is left. */
  end(): void;
}

export function fieldsOf(element: Element, what: string, tag: number = TAG.sequence): Fields {
  if (element.tag !== tag) throw new MalformedError(`${what}: another type than the format's`);
  let next = 0;
  const takeIf = (...tags: readonly number[]) => {
    const field = element.children[next];
    if (field === undefined || !tags.includes(field.tag)) return undefined;
    next++;
    return field;
  };
  return {
    takeIf,
    take(...tags) {
      const field = takeIf(...tags);
      if (field === undefined)
        throw new MalformedError(`${what}: field ${next + 1} is missing or of another type`);
      return field;
    },
    end() {
      if (next < element.children.length) throw new MalformedError(`${what}: a field too many`);
    },
  };
}

export function onlyChild({ children }: Element, what: string): Element {
  const [child] = children;
  if (child === undefined || children.length > 1) throw new MalformedError(`${what}: one value is wanted`);
  return child;
}

/**
 * Dotted decimals, `1.2.840.113549.1.7.2`. X.690, section 8.19. One that DER may not have for its length, which BER can have
 * where no signature covers it, is no number of anything: it is told apart by its bytes, since arithmetic with a number of
 * tens of thousands of bytes would take long.
 */
export function objectIdentifier({ content }: Element): string {
  if (content.length > MAX_IDENTIFIER_BYTES) return hex(content);
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const octet of content) {
    arc = (arc << 7n) | BigInt(octet & 0x7f);
    if (octet >= 0x80) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const [first = 0n, ...rest] = arcs;
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...rest].join(".");
}

/** An INTEGER of at most three bytes that is not negative; undefined for any other. */
export function smallInteger({ content }: Element): number | undefined {
  if (content.length > 3 || (content[0] ?? 0) >= 0x80) return undefined;
  return content.reduce((value, octet) => value * 256 + octet, 0);
}

const LONGEST_TIME_BYTES = "20261124080000.123456789012Z".length;
const LAST_MS = parseTime("9999-12-31T23:59:59.999Z");

/**
 * A GeneralizedTime of DER: UTC, with seconds, a fraction without trailing zeros (X.690, section 11.7; RFC 3161, section
 * 2.4.2). Milliseconds since 1970; what is finer is rounded up, since a token says "not later than".
 */
export function generalizedTime({ content }: Element): number {
  if (content.length > LONGEST_TIME_BYTES) throw new MalformedError("a time, not as DER writes it");
  const text = String.fromCharCode(...content);
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{0,11}[1-9]))?Z$/.exec(text);
  if (match === null) throw new MalformedError("a time, not as DER writes it");
  const [, year, month, day, hour, minute, second, fraction = ""] = match;
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, "0")) + (fraction.length > 3 ? 1 : 0);
  try {
    const timeMs = parseTime(`${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`) + milliseconds;
    if (timeMs <= LAST_MS) return timeMs;
    throw new MalformedError("a time after the year 9999");
  } catch (error) {
    if (error instanceof ParseError) throw new MalformedError("a time that does not exist");
    throw error;
  }
}
