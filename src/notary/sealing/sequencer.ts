/**
 * When to look: at the start, `afterMs` after the first deposit that is not yet sealed, and at once when a batch is
 * full. What to do is found by state, so a look too many does no harm and a failed one is repeated.
 */
import { type Backoff, restMs } from "../model/backoff.js";
import type { Log } from "../ports/host.js";

export interface Sequencer {
  /** The last step failed, and none has ended well since. */
  isFailing(): boolean;
  /** So many deposits have been committed, the first of them `ageMs` ago. */
  noteDeposits(count: number, ageMs: number): void;
  /** Something is there that no deposit brought. */
  look(): void;
  /** Resolves when the step under way has ended; no other begins. */
  close(): Promise<void>;
}

/** After a failed step: 100 ms, 200 ms... and then every 5 s. */
const BACKOFF: Backoff = { firstMs: 100, longestMs: 5000 };

/** Begins with a step at once: the normal path is also the recovery. */
export function startSequencer(
  step: () => Promise<void>,
  {
    afterMs,
    maxBatchSize,
    log,
  }: { readonly afterMs: number; readonly maxBatchSize: number; readonly log: Log },
): Sequencer {
  let unsealed = 0;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let closed = false;

  function look(): void {
    clearTimeout(timer);
    timer = undefined;
    unsealed = 0;
    again = true;
    running ??= run();
  }

  async function run(): Promise<void> {
    while (again && !closed) {
      again = false;
      try {
        await step();
        failures = 0;
      } catch (error) {
        log.error({ err: error }, "sealing or appending failed; it is tried again");
        failures += 1;
        lookAfter(restMs(BACKOFF, failures));
      }
    }
    running = undefined;
  }

  function lookAfter(delayMs: number): void {
    if (!closed) timer ??= setTimeout(look, delayMs);
  }

  look();
  return {
    isFailing: () => failures > 0,
    look: () => {
      if (!closed) look();
    },
    noteDeposits: (count, ageMs) => {
      if (closed) return;
      unsealed += count;
      if (unsealed >= maxBatchSize) look();
      else lookAfter(Math.max(0, afterMs - ageMs));
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
