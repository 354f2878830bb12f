/**
 * What is final, as the store says it, kept in memory for whoever asks often or waits. Whoever makes something final rings
 * the bell; the board looks then, and once a second for rings that were missed, so that it is right in every process.
 */
import type { Backoff } from "../model/backoff.js";
import { startWorkLoop } from "../model/work-loop.js";
import type { Bell } from "../ports/bell.js";
import type { CosignatureStore, DeferredBatch } from "../ports/cosignatures.js";
import type { Log } from "../ports/host.js";
import type { LedgerStore } from "../ports/ledger.js";
import type { DepositorClasses } from "./finality.js";

export interface FinalityBoard {
  /** Whether it was final when the board looked last; what is final stays so. */
  isFinal(depositorClass: string, seq: number): boolean;
  /** Resolves when it is final, or at the time-out; whether it is final. */
  wait(depositorClass: string, seq: number, timeoutMs: number): Promise<boolean>;
  /** Resolves when the board knows what the store says now, for every class. */
  look(): Promise<void>;
  /** What is deferred for any class, each batch once. */
  deferred(): readonly DeferredBatch[];
  /** Lets everybody go who still waits. */
  close(): Promise<void>;
}

type BoardStore = Pick<
  CosignatureStore & LedgerStore,
  "newestFinality" | "findCheckpoint" | "deferredBatches"
>;

export interface BoardPorts {
  readonly store: BoardStore;
  readonly bell: Bell;
  readonly log: Log;
}

interface Waiter {
  readonly seq: number;
  readonly end: () => void;
}

/** Of one class. Deposits enter the ledger in the order of `seq`, so what is final is one number and what is deferred below it. */
interface Standing {
  readonly treeSize: number;
  readonly lastSeq: number;
  readonly deferred: readonly DeferredBatch[];
}

const NOTHING: Standing = { treeSize: 0, lastSeq: 0, deferred: [] };
const EVERY_MS = 1000;
const BACKOFF: Backoff = { firstMs: 100, longestMs: 5000 };

export async function openFinalityBoard(
  { store, bell, log }: BoardPorts,
  classes: DepositorClasses,
): Promise<FinalityBoard> {
  const standings = new Map<string, Standing>();
  const waiters = new Map<string, Set<Waiter>>();

  async function lookAt(name: string): Promise<void> {
    const before = standings.get(name) ?? NOTHING;
    const finality = await store.newestFinality(name);
    // Read after it: what the same step has deferred is then there, and nothing is taken for final that is not.
    const deferred = await store.deferredBatches(name);
    const treeSize = finality?.treeSize ?? 0;
    const lastSeq =
      treeSize === before.treeSize
        ? before.lastSeq
        : ((await store.findCheckpoint(treeSize))?.lastSeq ?? before.lastSeq);
    standings.set(name, { treeSize, lastSeq: Math.max(lastSeq, before.lastSeq), deferred });
    for (const { seq, end } of waiters.get(name) ?? []) if (isFinal(name, seq)) end();
  }

  async function look(): Promise<void> {
    for (const name of classes.all) await lookAt(name);
  }

  const isFinal = (name: string, seq: number): boolean => {
    const { lastSeq, deferred } = standings.get(name) ?? NOTHING;
    return seq <= lastSeq && !deferred.some((batch) => seq >= batch.firstSeq && seq <= batch.lastSeq);
  };

  await look();
  const loop = startWorkLoop({
    look,
    hear: (ring) => bell.hear(ring),
    everyMs: EVERY_MS,
    backoff: BACKOFF,
    tell: (error) => {
      log.error({ err: error }, "what is final can't be read; it is tried again");
    },
  });

  return {
    isFinal,
    wait: (name, seq, timeoutMs) =>
      new Promise((resolve) => {
        const waiting = waiters.get(name) ?? new Set();
        waiters.set(name, waiting);
        if (timeoutMs <= 0 || isFinal(name, seq)) {
          resolve(isFinal(name, seq));
          return;
        }
        const end = () => {
          clearTimeout(timer);
          waiting.delete(waiter);
          resolve(isFinal(name, seq));
        };
        const waiter = { seq, end };
        const timer = setTimeout(end, timeoutMs);
        waiting.add(waiter);
      }),
    look,
    deferred: () => [
      ...new Map(
        [...standings.values()]
          .flatMap(({ deferred }) => deferred)
          .map((batch) => [batch.ledgerIndex, batch]),
      ).values(),
    ],
    close: async () => {
      await loop.close();
      for (const waiting of waiters.values()) for (const { end } of waiting) end();
    },
  };
}
