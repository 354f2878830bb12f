/**
 * A time as depositors' libraries write it: RFC 3339 with any offset, any case, and as many digits of a second as their
 * clocks have. It becomes the one spelling that a statement has, in UTC with milliseconds; finer digits are cut off.
 */
import { abbreviate } from "../../core/bytes.js";
import { ParseError } from "../../core/errors.js";
import { formatTime, parseTime } from "../../core/record/time.js";

const SPELLING =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))$/;

export const CLAIMED_TIME =
  "RFC 3339 with its offset from UTC, such as 2026-11-24T16:00:00+08:00 or 2026-11-24T08:00:00.000Z";

/**
 * Reads a time that a depositor claims. Throws `time-invalid` for another spelling, a day or time that there is not,
 * and a time without a zone, which two readers would take for two moments.
 */
export function readClaimedTime(text: string, field = ""): string {
  const invalid = () =>
    new ParseError("time-invalid", "not a time, or one without its zone", {
      ...(field !== "" && { field }),
      got: abbreviate(text),
      want: CLAIMED_TIME,
    });
  const [, day, time, fraction = "", sign = "+", hours = "0", minutes = "0"] = SPELLING.exec(text) ?? [];
  if (day === undefined || time === undefined) throw invalid();
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  try {
    const localMs = parseTime(`${day}T${time}.${fraction.slice(0, 3).padEnd(3, "0")}Z`);
    const timeMs = sign === "-" ? localMs + offsetMs : localMs - offsetMs;
    if (timeMs >= parseTime("0000-01-01T00:00:00.000Z") && timeMs <= parseTime("9999-12-31T23:59:59.999Z"))
      return formatTime(timeMs);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
  }
  throw invalid();
}
