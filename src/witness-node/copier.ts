/**
 * Keeps a log's copy up with its cosigned checkpoints, in the background. It finds its work by state (the copy is
 * shorter than the latest cosigned checkpoint), so a restart, a missed wake-up and a long outage are the same to it.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../platform/logger.js";
import type { TrustedLog } from "./config.js";
import { copyLedger } from "./ledger-copy.js";
import type { LedgerStore } from "./ledger-store.js";
import type { CheckpointStore } from "./store.js";
import { createTileSource } from "./tile-source.js";

export interface RetryTimes {
  /** After a first failure; each further one doubles it. */
  readonly firstMs: number;
  readonly mostMs: number;
}

export interface CopierOptions {
  readonly checkpoints: CheckpointStore;
  readonly ledgers: LedgerStore;
  readonly logger: Logger;
  readonly now: () => number;
  readonly retry: RetryTimes;
  /**
   * How long to wait before each copy. All nodes cosign at the instant at which the log is busiest: if each then waits
   * a time of its own, their reads don't delay its depositors, and several checkpoints are copied as one.
   */
  readonly pauseMs: () => number;
}

export interface CopyError {
  readonly message: string;
  readonly atMs: number;
}

export interface Copier {
  /** There may be something new. */
  wake(): void;
  /** Of the latest attempt; undefined since one has succeeded. */
  lastError(): CopyError | undefined;
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

const FETCH_TIMEOUT_MS = 30_000;

export function startCopier(
  log: TrustedLog,
  { checkpoints, ledgers, logger, now, retry, pauseMs }: CopierOptions,
): Copier {
  const stopping = new AbortController();
  const { signal } = stopping;
  const source = createTileSource({ url: log.url, signal, timeoutMs: FETCH_TIMEOUT_MS });
  let lastError: CopyError | undefined;
  let wake: () => void = () => undefined;

  const isBehind = (): boolean =>
    (checkpoints.latest(log.origin)?.treeSize ?? 0) > ledgers.copiedSize(log.origin);

  /** True when it copied something; throws when it could not. */
  async function copyOnce(): Promise<boolean> {
    if (!isBehind()) return false;
    await delay(pauseMs(), undefined, { signal });
    const target = checkpoints.latest(log.origin);
    if (target === undefined) throw new Error("internal: a cosigned checkpoint is gone");
    await copyLedger({ origin: log.origin, target, source, store: ledgers });
    logger.debug({ origin: log.origin, copiedSize: target.treeSize }, "copied");
    return true;
  }

  async function run(): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      // Made before the look at the store, so that a wake-up during it is not lost.
      const waking = new AbortController();
      wake = () => waking.abort();
      try {
        const copied = await copyOnce();
        lastError = undefined;
        failures = 0;
        if (!copied) await aborted(waking.signal);
      } catch (error) {
        if (signal.aborted) return;
        lastError = { message: describe(error), atMs: now() };
        logger.warn(
          { origin: log.origin, error: lastError.message },
          "couldn't copy the ledger, trying again",
        );
        // A log that comes for a cosignature is there again: then the first pause is enough.
        await pause(retry.firstMs, signal);
        await pause(Math.min(retry.mostMs, retry.firstMs * 2 ** failures++) - retry.firstMs, waking.signal);
      }
    }
  }

  const running = run();
  return {
    wake: () => wake(),
    lastError: () => lastError,
    stop: async () => {
      stopping.abort();
      wake();
      await running;
      await source.close();
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Ended early by the signal. */
const pause = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal }).catch(() => undefined);

/** With its causes: "fetch failed" alone tells an operator nothing. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}
