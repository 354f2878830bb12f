/**
 * One way to go on working: look at the state, do what there is to do, and rest until somebody rings or the time has come
 * to look again. A ring carries nothing and may be missed, since the state is what is looked at; a ring too many does no
 * harm. What fails is tried again after a rest that grows, and is told at once and then once a minute while it lasts.
 */
import { type Backoff, restMs } from "./backoff.js";

/** What a look asks of the loop; nothing where it rests until the next ring. */
export interface Looked {
  /** The loop looks again after so long, even where nobody rings. */
  readonly againAfterMs?: number;
  /** The look has neither failed nor ended well, so that the failures before it still count. */
  readonly isUnsettled?: boolean;
}

export interface Failing {
  /** How many looks have failed in a row. */
  readonly failures: number;
  /** How long ago the first of them failed. */
  readonly forMs: number;
}

export interface WorkLoopSettings {
  /** Looks at the state and does what is to be done; it runs once at a time and throws where it fails. */
  readonly look: () => Promise<Looked | void>;
  readonly backoff: Backoff;
  /** Has `ring` called when there may be something to do (`Bell.hear`); what it gives ends that. */
  readonly hear?: (ring: () => void) => () => void;
  /** The loop looks at least so often, for rings that were missed; by default it waits for a ring. */
  readonly everyMs?: number;
  /** Is called after every look that failed. */
  readonly onFailure?: (error: unknown, failing: Failing) => void;
  /** Is called at the first failure in a row, and then once a minute. */
  readonly tell: (error: unknown, failing: Failing) => void;
  /** Is called when a look ends well after some have failed. */
  readonly tellEnd?: (failing: Failing) => void;
  /** Measures how long a failure lasts; by default it is the process's own clock that nobody sets. */
  readonly monotonicMs?: () => number;
}

export interface WorkLoop {
  /** Has the loop look as soon as the look under way, or the rest after a failure, is over. */
  ring(): void;
  /** Has the loop look in `delayMs` at the latest. */
  lookWithin(delayMs: number): void;
  /** How many looks have failed in a row; 0 where the last one ended well. */
  failures(): number;
  /** Resolves when the look under way has ended; no other begins. */
  close(): Promise<void>;
}

/** Whoever reads the last lines of a log must find a failure that lasts. */
const REPEAT_MS = 60_000;
/** A timer knows no longer delay; the loop then merely rests again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Begins with a look at once: the normal path is also the recovery. */
export function startWorkLoop(settings: WorkLoopSettings): WorkLoop {
  const { look, backoff, hear, everyMs = Infinity, onFailure, tell, tellEnd } = settings;
  const { monotonicMs = () => performance.now() } = settings;
  let isClosed = false;
  let dueMs = -Infinity;
  let failing: { failures: number; readonly sinceMs: number; toldMs: number } | undefined;
  /** Ends the rest under way; a rest after a failure is ended by `close` alone. */
  let wake: (() => void) | undefined;

  const now = () => performance.now();
  const standing = ({ failures, sinceMs }: NonNullable<typeof failing>): Failing => ({
    failures,
    forMs: monotonicMs() - sinceMs,
  });

  function rest(untilMs: () => number): Promise<void> {
    return new Promise((resolve) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const arm = () => {
        clearTimeout(timer);
        const leftMs = untilMs() - now();
        if (isClosed || leftMs <= 0) {
          wake = undefined;
          resolve();
        } else if (leftMs !== Infinity) timer = setTimeout(arm, Math.min(leftMs, LONGEST_TIMER_MS));
      };
      wake = arm;
      arm();
    });
  }

  async function lookOnce(): Promise<number> {
    try {
      const { againAfterMs = Infinity, isUnsettled = false } = (await look()) ?? {};
      if (!isUnsettled && failing !== undefined) {
        const ended = standing(failing);
        failing = undefined;
        tellEnd?.(ended);
      }
      dueMs = Math.min(dueMs, now() + Math.min(againAfterMs, everyMs));
      return 0;
    } catch (error) {
      if (isClosed) return 0;
      failing ??= { failures: 0, sinceMs: monotonicMs(), toldMs: -Infinity };
      failing.failures += 1;
      onFailure?.(error, standing(failing));
      if (monotonicMs() - failing.toldMs >= REPEAT_MS) {
        failing.toldMs = monotonicMs();
        tell(error, standing(failing));
      }
      dueMs = -Infinity;
      return restMs(backoff, failing.failures);
    }
  }

  async function run(): Promise<void> {
    while (!isClosed) {
      // Whatever rings from here on is a reason to look once more.
      dueMs = Infinity;
      const pauseMs = await lookOnce();
      if (pauseMs > 0) {
        const untilMs = now() + pauseMs;
        await rest(() => untilMs);
      }
      await rest(() => dueMs);
    }
  }

  function lookBy(atMs: number): void {
    if (atMs >= dueMs) return;
    dueMs = atMs;
    wake?.();
  }

  const ring = () => {
    lookBy(-Infinity);
  };
  const running = run();
  const deafen = hear?.(ring);
  return {
    ring,
    lookWithin: (delayMs) => {
      lookBy(now() + delayMs);
    },
    failures: () => failing?.failures ?? 0,
    close: async () => {
      isClosed = true;
      deafen?.();
      wake?.();
      await running;
    },
  };
}
