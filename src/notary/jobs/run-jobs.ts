/**
 * Jobs: what is to be done beside requests, and can fail by itself. A job is a row of the store from when it is asked for until it
 * is done; whoever runs jobs claims rows, runs their handlers and removes the rows. What fails waits longer each time, and is
 * dead after so many attempts: it is then shown to the operator, and runs again when he replays it.
 *
 * Crash story: a process that dies in the middle of a job leaves its claim, which ends by itself; then whoever looks claims it
 * again, and counts one attempt more. So a handler may run twice, also at one time where a process stood still meanwhile: it
 * looks at the state first, and what it stores is there once, by a unique index or by compare-and-swap. Of the two only the one
 * whose claim still holds says what becomes of the row.
 *
 * A bell says that there is something to do, and may be missed: everybody looks once a second.
 */
import { type Backoff, restMs } from "../model/backoff.js";
import { startWorkLoop } from "../model/work-loop.js";
import type { Ports } from "../ports/ports.js";
import type { ClaimedJob, JobName, JobOutcome } from "../ports/work.js";

/** Thrown by a handler: another attempt would end as this one has. The job is dead at once. */
export class HopelessError extends Error {
  override readonly name = "HopelessError";
}

/** How jobs of one kind are run. */
export interface JobKind {
  readonly kind: string;
  /**
   * Does what is to be done to `key`, or finds that nothing is; it is done when the promise resolves. Run twice it has the effect
   * of once. It ends soon where `signal` does, which is when its time is over or the process stops.
   */
  readonly run: (key: string, signal: AbortSignal) => Promise<void>;
  /** False while something is away that all jobs of the kind need: none is begun then, and no attempt is counted. */
  readonly mayRun?: () => boolean;
  /** How long a job waits after so many failures. */
  readonly backoff: Backoff;
  /** A job that has failed so often is dead. */
  readonly attempts: number;
  /** So many run at one time in one process. Each kind has its own, so that none waits for another. */
  readonly atOnce: number;
  /** An attempt that takes longer has failed; a claim lasts for twice as long. */
  readonly timeoutMs: number;
}

export interface Jobs {
  /** Kinds of which jobs are dead, also such as nobody runs here: from memory, some seconds old at most. */
  dead(): readonly string[];
  /** Resolves when no job runs any more. What was broken off is left to whoever looks next, and counts no attempt. */
  close(): Promise<void>;
}

export type JobPorts = Pick<Ports, "store" | "jobBell" | "log">;

const LOOK_EVERY_MS = 1000;
const COUNT_EVERY_MS = 5000;
const BACKOFF: Backoff = { firstMs: LOOK_EVERY_MS, longestMs: 10_000 };
const CLAIM_TIMES = 2;
const LONGEST_ERROR = 500;

/** The job is stored when the promise resolves; whoever runs it is told so. */
export async function askForJob({ store, jobBell }: Omit<JobPorts, "log">, job: JobName): Promise<void> {
  if (await store.askForJob(job)) jobBell.ring();
}

export function startJobs({ store, jobBell, log }: JobPorts, kinds: readonly JobKind[]): Jobs {
  const stop = new AbortController();
  const running = new Map(kinds.map(({ kind }) => [kind, new Set<Promise<void>>()]));
  let dead: readonly string[] = [];
  let countedMs = -Infinity;

  async function begin(kind: JobKind): Promise<void> {
    const own = running.get(kind.kind) as Set<Promise<void>>;
    const limit = kind.atOnce - own.size;
    if (limit <= 0 || kind.mayRun?.() === false) return;
    const leaseMs = CLAIM_TIMES * kind.timeoutMs;
    for (const claimed of await store.claimJobs({ kind: kind.kind, limit, leaseMs })) {
      const attempt = attemptOnce(kind, claimed)
        .catch((error: unknown) => {
          const { kind: name, key } = claimed;
          log.warn({ err: error, kind: name, key }, "what became of a job can't be stored: it runs again");
        })
        .finally(() => {
          own.delete(attempt);
          loop.ring();
        });
      own.add(attempt);
    }
  }

  async function attemptOnce(kind: JobKind, claimed: ClaimedJob): Promise<void> {
    const ending = await outcomeOf(kind, claimed);
    if (ending === "done") {
      await store.finishJob(claimed);
      return;
    }
    const isHeld = await store.giveBackJob(claimed, ending);
    if (isHeld && !stop.signal.aborted) tell(claimed, ending);
    if (ending.isDead) countedMs = -Infinity;
    else loop.lookWithin(ending.waitMs);
  }

  async function outcomeOf(kind: JobKind, { key, attempts }: ClaimedJob): Promise<"done" | JobOutcome> {
    // Nobody has said why the attempts before failed: whoever made them is gone.
    if (attempts > kind.attempts)
      return {
        attempts,
        waitMs: 0,
        lastError: "each process that ran it has died, or stood still",
        isDead: true,
      };
    const inTime = new AbortController();
    const timer = setTimeout(() => {
      inTime.abort(new Error(`it takes longer than ${kind.timeoutMs} ms`));
    }, kind.timeoutMs);
    const signal = AbortSignal.any([stop.signal, inTime.signal]);
    try {
      signal.throwIfAborted();
      // Whoever stops waits for the handler, which knows that it is to end.
      await Promise.race([kind.run(key, signal), aborted(inTime.signal)]);
      return "done";
    } catch (error) {
      if (stop.signal.aborted) return { attempts: attempts - 1, waitMs: 0, isDead: false };
      const isDead = error instanceof HopelessError || attempts >= kind.attempts;
      const lastError = (error as Error).message.slice(0, LONGEST_ERROR);
      return { attempts, waitMs: restMs(kind.backoff, attempts), lastError, isDead };
    } finally {
      clearTimeout(timer);
    }
  }

  function tell(
    { kind, key }: ClaimedJob,
    { attempts, lastError: reason, waitMs, isDead }: JobOutcome,
  ): void {
    if (isDead) log.error({ kind, key, attempts, reason }, "a job is dead: it waits for who replays it");
    else {
      const inSeconds = Math.round(waitMs / 1000);
      log.warn({ kind, key, attempts, reason, inSeconds }, "a job has failed; it is tried again");
    }
  }

  const loop = startWorkLoop({
    look: async () => {
      for (const kind of kinds) await begin(kind);
      if (performance.now() - countedMs < COUNT_EVERY_MS) return;
      dead = (await store.countJobs()).filter((one) => one.dead > 0).map(({ kind }) => kind);
      countedMs = performance.now();
    },
    hear: (ring) => jobBell.hear(ring),
    everyMs: LOOK_EVERY_MS,
    backoff: BACKOFF,
    tell: (error) => {
      log.error({ err: error }, "jobs can't be looked at; it is tried again");
    },
  });

  return {
    dead: () => dead,
    close: async () => {
      stop.abort(new Error("the process stops"));
      await loop.close();
      await Promise.all([...running.values()].flatMap((own) => [...own]));
    },
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => {
      reject(signal.reason as Error);
    });
  });
}
