/**
 * Times of statements and batches: RFC 3339 in UTC with milliseconds, `2026-11-24T08:00:00.000Z`, and no other
 * spelling. Core has no clock and no `Date`: a time is milliseconds since 1970, leap seconds left out.
 */
import { abbreviate } from "../bytes.js";
import { ParseError } from "../errors.js";

/**
 * Reads a time as milliseconds since 1970. Throws `time-invalid` for any other spelling, and for days and times that
 * don't exist.
 */
export function parseTime(text: string): number {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(text)) throw invalid(text);
  const digits = (start: number, end: number) => Number(text.slice(start, end));
  const [year, month, day] = [digits(0, 4), digits(5, 7), digits(8, 10)];
  const [hour, minute, second, millisecond] = [
    digits(11, 13),
    digits(14, 16),
    digits(17, 19),
    digits(20, 23),
  ];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) throw invalid(text);
  // 23:59:60 does occur in UTC, but milliseconds since 1970 can't tell it from the second after it.
  if (hour > 23 || minute > 59 || second > 59) throw invalid(text);
  return daysSince1970(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + millisecond;
}

/** Spells a time, the inverse of `parseTime`: `timeMs` is an integer within the years 0 to 9999. */
export function formatTime(timeMs: number): string {
  if (!Number.isInteger(timeMs) || timeMs < FIRST_MS || timeMs > LAST_MS)
    throw new Error(`internal: ${timeMs} ms is no time of the years 0 to 9999`);
  const days = Math.floor(timeMs / DAY_MS);
  const { year, month, day } = dateOf(days);
  const rest = timeMs - days * DAY_MS;
  const [hour, minute] = [Math.floor(rest / 3_600_000), Math.floor(rest / 60_000) % 60];
  const [second, millisecond] = [Math.floor(rest / 1000) % 60, rest % 1000];
  return (
    `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}` +
    `T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}.${pad(millisecond, 3)}Z`
  );
}

const DAY_MS = 86_400_000;
const pad = (n: number, width: number): string => String(n).padStart(width, "0");

const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/**
 * Days of the proleptic Gregorian calendar. Years are counted from March, so that the leap day is the last of
 * its year and the months before it have lengths that one line gives: (153 m + 2) / 5 days before month m.
 */
function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const marchMonth = (month + 9) % 12;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return 365 * marchYear + leapDays + Math.floor((153 * marchMonth + 2) / 5) + (day - 1) - DAYS_TO_1970;
}

/** From 1 March of the year 0 to 1 January 1970. */
const DAYS_TO_1970 = 719_468;

function dateOf(days: number): { year: number; month: number; day: number } {
  // The mean year is 365.2425 days: the guess is right or a year late, never early by more.
  let year = Math.floor((days + DAYS_TO_1970) / 365.2425) + 1;
  while (daysSince1970(year, 1, 1) > days) year--;
  let month = 12;
  while (daysSince1970(year, month, 1) > days) month--;
  return { year, month, day: days - daysSince1970(year, month, 1) + 1 };
}

const FIRST_MS = daysSince1970(0, 1, 1) * DAY_MS;
const LAST_MS = daysSince1970(10_000, 1, 1) * DAY_MS - 1;

function invalid(text: string): ParseError {
  return new ParseError("time-invalid", "not a time", {
    got: abbreviate(text),
    want: "RFC 3339 in UTC with milliseconds, such as 2026-11-24T08:00:00.000Z",
  });
}
