/** What requests are answered with, one after the other: what was replaced is closed when its last request has ended. */
import type { ServerResponse } from "node:http";

export interface Successive<T> {
  current(): T;
  /** The current one, for as long as this answer is under way. */
  forAnswer(response: ServerResponse): T;
  replaceWith(next: T): void;
  /** Resolves when the current one is closed, and all before it. */
  close(): Promise<void>;
}

export function createSuccessive<T extends { close(): Promise<void> }>(first: T): Successive<T> {
  /** Of each that is not closed yet its answers under way, in the order of their coming; the last is the current one. */
  const open = new Map<T, Set<ServerResponse>>([[first, new Set()]]);
  const closing = new Set<Promise<void>>();
  let current = first;

  function closeOne(one: T): void {
    open.delete(one);
    const closed = one.close().finally(() => closing.delete(closed));
    closing.add(closed);
    closed.catch(() => undefined);
  }
  function closeUnlessUsed(one: T): void {
    if (one !== current && open.get(one)?.size === 0) closeOne(one);
  }

  return {
    current: () => current,
    forAnswer: (response) => {
      const one = current;
      open.get(one)?.add(response);
      response.once("close", () => {
        open.get(one)?.delete(response);
        closeUnlessUsed(one);
      });
      return one;
    },
    replaceWith: (next) => {
      const before = current;
      current = next;
      open.set(next, new Set());
      closeUnlessUsed(before);
    },
    close: async () => {
      for (const one of [...open.keys()]) closeOne(one);
      await Promise.all(closing);
    },
  };
}
