/** The clock on the wall: that of the operating system, which people and programs set. */

/** A zero second is no time of a signature (C2SP tlog-witness). */
const FIRST_MS = 1000;
/** 9999-12-01T00:00:00.000Z: what is promised for a while later can still be written as RFC 3339 has it. */
const LAST_MS = 253_399_622_400_000;

/**
 * Whole milliseconds since 1970. A clock that is so far out that the formats can't write its time gives the nearest that
 * they can: it is wrong in any case, and that is noticed elsewhere.
 */
export function wallClockMs(): number {
  const nowMs = Math.floor(Date.now());
  return Number.isNaN(nowMs) ? FIRST_MS : Math.min(Math.max(nowMs, FIRST_MS), LAST_MS);
}
