/**
 * Keeps a log's copy up with its cosigned checkpoints, in the background: from the log, and where the log is away or
 * lies from the mirrors of peers. It finds its work by state (the copy is shorter than the latest cosigned checkpoint),
 * so a restart, a missed wake-up, a lost disk and a long outage are the same to it.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../../platform/logger.js";
import { type CatchingUp, type CatchUp, createCatchUp } from "./catch-up.js";
import type { TrustedLog } from "../configuration/logs.js";
import type { Peer } from "../configuration/peers.js";
import { copyLedger } from "./ledger-copy.js";
import { describeError, ledgerSources } from "../sources/ledger-sources.js";
import type { LedgerStore } from "../ledger/ledger-store.js";
import { mirrorPrefix } from "../configuration/paths.js";
import type { CheckpointStore } from "../memory/store.js";
import { createTileSource } from "../sources/tile-source.js";

export interface RetryTimes {
  /** So long it waits after a first failure; each further one doubles it. */
  readonly firstMs: number;
  readonly mostMs: number;
}

export interface CopierOptions {
  readonly checkpoints: CheckpointStore;
  readonly ledgers: LedgerStore;
  readonly logger: Logger;
  /** Tells the time in milliseconds since 1970, for people to read: nothing is timed by it. */
  readonly now: () => number;
  readonly retry: RetryTimes;
  /** The mirrors of these peers are asked after the log. */
  readonly peers: readonly Peer[];
  /**
   * Gives how long to wait before each copy. All nodes cosign at the instant at which the log is busiest: if each
   * then waits a time of its own, their reads don't delay its depositors, and several checkpoints are copied as one.
   */
  readonly pauseMs: () => number;
}

export interface CopyError {
  readonly message: string;
  readonly atMs: number;
}

export interface Copier {
  /** Tells the copier that there may be something new. */
  wake(): void;
  /** Gives the error of the latest attempt; undefined since one has succeeded. */
  lastError(): CopyError | undefined;
  /** Tells how far it is while it has a long way to go. */
  catchingUp(): CatchingUp | undefined;
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

/** Who lacks so much fetches at once: the log may well let it, and not send what is being fetched. */
const FAR_BEHIND = 65_536;
const monotonicMs = () => performance.now();
const FETCH_TIMEOUT_MS = 30_000;
const STAGES = {
  begins: "copying the ledger",
  "goes-on": "copying the ledger goes on",
  ends: "the ledger is copied",
} as const;

export function startCopier(
  log: TrustedLog,
  { checkpoints, ledgers, logger, now, retry, peers, pauseMs }: CopierOptions,
): Copier {
  const { origin } = log;
  const stopping = new AbortController();
  const { signal } = stopping;
  const mirrors = peers.map(({ name, url }) => ({ name, url: mirrorPrefix(url, log) }));
  const sources = [{ name: log.url, url: log.url }, ...mirrors].map((place) =>
    createTileSource({ ...place, signal, timeoutMs: FETCH_TIMEOUT_MS }),
  );
  const either = ledgerSources(sources, {
    monotonicMs,
    isFinal: () => signal.aborted,
    onFailure: ({ name }, error) =>
      logger.warn(
        { origin, from: name, error: describeError(error) },
        "can't copy from there, asking others",
      ),
  });
  let lastError: CopyError | undefined;
  let catchUp: CatchUp | undefined;
  let wake: () => void = () => undefined;

  const behind = (): number =>
    Math.max(0, (checkpoints.latest(origin)?.treeSize ?? 0) - ledgers.copiedSize(origin));

  /** Copies once; true when it copied something, and throws when it could not. */
  async function copyOnce(): Promise<boolean> {
    if (behind() === 0) return false;
    const sizeBefore = ledgers.copiedSize(origin);
    if (behind() <= FAR_BEHIND) await delay(pauseMs(), undefined, { signal });
    const target = checkpoints.latest(origin);
    if (target === undefined) throw new Error("internal: a cosigned checkpoint is gone");
    const { treeSize } = target;
    const copiedSize = ledgers.copiedSize(origin);
    // The log is sending: whoever else fetches the same only takes its time.
    if (copiedSize > sizeBefore) return true;
    catchUp = createCatchUp({ copiedSize, treeSize, monotonicMs, tell });
    try {
      const onStep = catchUp.step;
      await copyLedger({ origin, target, sources: either, store: ledgers, onStep, signal });
    } finally {
      catchUp = undefined;
    }
    logger.debug({ origin, copiedSize: treeSize }, "copied");
    return true;
  }

  const tell = (state: CatchingUp, stage: keyof typeof STAGES) =>
    logger.info({ origin, ...state }, STAGES[stage]);

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
        lastError = { message: describeError(error), atMs: now() };
        logger.warn({ origin, error: lastError.message }, "couldn't copy the ledger, trying again");
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
    catchingUp: () => catchUp?.state(),
    stop: async () => {
      stopping.abort();
      wake();
      await running;
      await Promise.all(sources.map((source) => source.close()));
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
