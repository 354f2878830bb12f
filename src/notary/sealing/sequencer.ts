/**
 * When to look for what is to be sealed: at the start, `afterMs` after the first deposit that is not yet sealed, at once
 * when a batch is full, and once a second for what another process has recorded, of which such a look seals what is due.
 * What to do is found by state, so a look too many does no harm and a failed one is repeated.
 */
import type { Backoff } from "../model/backoff.js";
import { startWorkLoop } from "../model/work-loop.js";
import type { Log } from "../ports/host.js";

export interface Sequencer {
  /** The last step failed, and none has ended well since. */
  isFailing(): boolean;
  /** Tells that so many deposits have been committed, the first of them `ageMs` ago. */
  noteDeposits(count: number, ageMs: number): void;
  /** Tells that something is there that no deposit brought. */
  look(): void;
  /** Resolves when the step under way has ended; no other begins. */
  close(): Promise<void>;
}

/** After a failed step: 100 ms, 200 ms... and then every 5 s. */
const BACKOFF: Backoff = { firstMs: 100, longestMs: 5000 };
/** What this process was not told of waits no longer than this beyond its time. */
const EVERY_MS = 1000;

/**
 * Seals what is due, or everything there is; gives in how many milliseconds the first deposit that is left is due, and
 * undefined where none is left.
 */
export type SealingStep = (isEverything: boolean) => Promise<number | undefined>;

/** Begins with a step for everything at once: the normal path is also the recovery. */
export function startSequencer(
  step: SealingStep,
  {
    afterMs,
    maxBatchSize,
    log,
  }: { readonly afterMs: number; readonly maxBatchSize: number; readonly log: Log },
): Sequencer {
  let unsealed = 0;
  /** When everything is to be sealed, by the clock that nobody sets: what was noted is due then, whatever the time is said to be. */
  let dueMs = -Infinity;
  const loop = startWorkLoop({
    look: async () => {
      const startedMs = performance.now();
      const isEverything = startedMs >= dueMs;
      if (isEverything) [unsealed, dueMs] = [0, Infinity];
      try {
        const leftMs = await step(isEverything);
        if (leftMs !== undefined) dueMs = Math.min(dueMs, startedMs + Math.min(leftMs, afterMs));
      } catch (error) {
        if (isEverything) dueMs = -Infinity;
        throw error;
      }
      return { againAfterMs: Math.max(0, dueMs - performance.now()) };
    },
    everyMs: EVERY_MS,
    backoff: BACKOFF,
    tell: (error, { failures }) => {
      log.error({ err: error, failures }, "sealing or appending failed; it is tried again");
    },
    tellEnd: ({ failures }) => {
      log.info({ failures }, "sealing and appending go on");
    },
  });
  const sealWithin = (delayMs: number) => {
    dueMs = Math.min(dueMs, performance.now() + delayMs);
    loop.lookWithin(delayMs);
  };
  return {
    isFailing: () => loop.failures() > 0,
    look: () => {
      sealWithin(0);
    },
    noteDeposits: (count, ageMs) => {
      unsealed += count;
      sealWithin(unsealed >= maxBatchSize ? 0 : Math.max(0, afterMs - ageMs));
    },
    close: () => loop.close(),
  };
}
