/**
 * How long a slow sender is waited for: a grace time, and beyond it as long as what has come would take at the slowest
 * pace. Only time that was spent waiting counts: while a piece is worked on nobody is slow but this service.
 */
export interface Pace {
  readonly graceMs: number;
  /** At least so many bytes must come in a second, once the grace time is over. */
  readonly bytesPerSecond: number;
}

/**
 * Gives the milliseconds that are left, where `bytes` have come in `waitedMs` of waiting; 0 or less says that it is
 * too slow.
 */
export function patienceMs({ graceMs, bytesPerSecond }: Pace, bytes: number, waitedMs: number): number {
  return graceMs + (bytes / bytesPerSecond) * 1000 - waitedMs;
}
