/**
 * The clock of the process that leads, as another one hears it: each thing that it says has its time in it. What it said was
 * true when it was sent, so its clock shows at least as much when it is heard; how long it was on its way nobody knows.
 */
import type { MonotonicMs, TimeReading } from "../ports/host.js";

export interface HeardClock {
  /** The other one said so just now: milliseconds since 1970, by its own clock. */
  hear(nowMs: number): void;
  /** Undefined where nothing was heard that can be relied on. */
  reading(): TimeReading | undefined;
}

/** Nothing that is heard is older: a connection of which nothing came for so long is ended. */
const STALLED_MS = 2000;
/** Of what was heard within so long the one counts that was the shortest on its way. */
const WINDOW_MS = 2000;

export function heardClock(monotonicMs: MonotonicMs): HeardClock {
  let heard: readonly TimeReading[] = [];
  let heardMs = -Infinity;
  let deafUntilMs = -Infinity;
  return {
    hear: (nowMs) => {
      const atMs = monotonicMs();
      // Who was stopped hears first what was said while it was: that is old, by nobody knows how much.
      if (atMs - heardMs > STALLED_MS / 2) {
        heard = [];
        deafUntilMs = atMs + STALLED_MS / 2;
      }
      heardMs = atMs;
      if (atMs < deafUntilMs) return;
      const lowMs = nowMs - atMs;
      heard = [
        ...heard.filter((one) => atMs - one.atMs < WINDOW_MS),
        { lowMs, highMs: lowMs + STALLED_MS, atMs },
      ];
    },
    reading: () =>
      heard.reduce<TimeReading | undefined>(
        (best, one) => (best === undefined || one.lowMs >= best.lowMs ? one : best),
        undefined,
      ),
  };
}
