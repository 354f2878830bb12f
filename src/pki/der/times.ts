/** Times as DER writes them, read as milliseconds since 1970. ITU-T X.690, sections 11.7 and 11.8: UTC, with seconds. */
import { ParseError } from "../../core/errors.js";
import { parseTime } from "../../core/record/time.js";
import { type Element, MalformedError, TAG } from "./der.js";

const LONGEST_TIME_BYTES = "20261124080000.123456789012Z".length;
const LAST_MS = parseTime("9999-12-31T23:59:59.999Z");

/**
 * Reads the GeneralizedTime of a token: a fraction without trailing zeros is allowed (X.690, section 11.7; RFC 3161,
 * section 2.4.2). What is finer than milliseconds is rounded up, since a token says "not later than".
 */
export function generalizedTime({ content }: Element): number {
  const [, digits, fraction = ""] = /^(\d{14})(?:\.(\d{0,11}[1-9]))?Z$/.exec(textOf(content)) ?? [];
  if (digits === undefined) throw notAsDer();
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, "0")) + (fraction.length > 3 ? 1 : 0);
  const timeMs = secondOf(digits) + milliseconds;
  if (timeMs > LAST_MS) throw new MalformedError("a time after the year 9999");
  return timeMs;
}

/**
 * Reads the Time of an X.509 certificate (RFC 5280, section 4.1.2.5): whole seconds, as UTCTime `YYMMDDHHMMSSZ`,
 * which means the years 1950 to 2049, or as GeneralizedTime `YYYYMMDDHHMMSSZ`. Which of the two a year should have is
 * not judged: either says one second.
 */
export function x509Time({ tag, content }: Element): number {
  const text = textOf(content);
  const isUtcTime = tag === TAG.utcTime;
  const [, digits] = (isUtcTime ? /^(\d{12})Z$/ : /^(\d{14})Z$/).exec(text) ?? [];
  if (digits === undefined) throw notAsDer();
  return secondOf(isUtcTime ? `${digits < "50" ? "20" : "19"}${digits}` : digits);
}

/** Gives the second that `YYYYMMDDHHMMSS` says. */
function secondOf(digits: string): number {
  const [year, month, day, hour, minute, second] = [0, 4, 6, 8, 10, 12].map((start, i) =>
    digits.slice(start, start + (i === 0 ? 4 : 2)),
  );
  try {
    return parseTime(`${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`);
  } catch (error) {
    if (error instanceof ParseError) throw new MalformedError("a time that does not exist");
    throw error;
  }
}

/** Nothing where it is longer than any time: a stranger may send what he likes. */
const textOf = (content: Uint8Array): string =>
  content.length > LONGEST_TIME_BYTES ? "" : String.fromCharCode(...content);

const notAsDer = () => new MalformedError("a time, not as DER writes it");
