/**
 * Group commit: whoever comes while a commit is running shares the next one. A durable commit costs the same for one
 * as for a hundred, so under load each of many waits for little more than one sync of the disk.
 */
import { Refusal } from "../model/refusal.js";

export interface GroupBounds {
  readonly maxGroup: number;
  readonly maxWaiting: number;
  /**
   * Under load groups begin so far apart for each item of the one before, and never further than `apartMs`: the next one waits
   * for others too. Who comes alone never waits.
   */
  readonly apartPerItemMs: number;
  readonly apartMs: number;
}

/**
 * As many deposits as one commit takes: it keeps the event loop, and with it the latency of everybody else, from waiting on
 * one long transaction. And so many wait for theirs at the most. Without a pause each commit, and each message to another
 * process, is for the few that came during the last one: that costs a deposit twice as much of the processor.
 */
export const GROUP_BOUNDS: GroupBounds = {
  maxGroup: 512,
  maxWaiting: 16_384,
  apartPerItemMs: 0.8,
  apartMs: 5,
};

export interface GroupCommit<Item, Result> {
  /** Resolves when the item's group has been committed. Refuses `overloaded` and, after `close`, `stopping`. */
  submit(item: Item): Promise<Result>;
  /** Resolves when everything submitted has been answered. */
  close(): Promise<void>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

/** `commit` gives one result an item, in order; what it throws refuses the whole group. */
export function groupCommit<Item, Result>(
  commit: (items: readonly Item[]) => Promise<readonly Result[]>,
  { maxGroup, maxWaiting, apartPerItemMs, apartMs }: GroupBounds,
): GroupCommit<Item, Result> {
  const waiting: Waiting<Item, Result>[] = [];
  let running: Promise<void> | undefined;
  let closed = false;
  let notBeforeMs = -Infinity;

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      // Let the requests that have already arrived join, and under load some that have not.
      await new Promise((resolve) => setImmediate(resolve));
      const leftMs = notBeforeMs - performance.now();
      if (leftMs > 0 && waiting.length < maxGroup)
        await new Promise((resolve) => setTimeout(resolve, leftMs));
      const group = waiting.splice(0, maxGroup);
      const pauseMs = group.length > 1 ? Math.min(apartMs, group.length * apartPerItemMs) : 0;
      notBeforeMs = performance.now() + pauseMs;
      await commitOne(group);
    }
    running = undefined;
  }

  async function commitOne(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await commit(group.map(({ item }) => item));
      if (results.length !== group.length) throw new Error("internal: a group's item has no result");
      for (const [i, { resolve }] of group.entries()) resolve(results[i] as Result);
    } catch (error) {
      for (const { reject } of group) reject(error as Error);
    }
  }

  return {
    submit: (item) =>
      new Promise((resolve, reject) => {
        if (closed) throw new Refusal("stopping", "the service is stopping", { retryAfterSeconds: 5 });
        if (waiting.length >= maxWaiting)
          throw new Refusal("overloaded", "too many deposits are waiting", { retryAfterSeconds: 1 });
        waiting.push({ item, resolve, reject });
        running ??= run();
      }),
    close: async () => {
      closed = true;
      await running;
    },
  };
}
