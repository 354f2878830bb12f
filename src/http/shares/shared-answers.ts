/**
 * Answers that are the same for all who wait for them: made once for those of one name, and given to one after the other,
 * callers in turn. An answer is kept while somebody is left who waits for it, and no longer.
 */
import { createFairLine, type FairLineOptions } from "./fair-line.js";

export interface SharedAnswers {
  /**
   * Resolves, when it is the turn of `who`, with what `make` gave to the first who asked for `name`, and rejects as that
   * did. Whatever decides who may have an answer belongs into its name.
   */
  give<T>(name: string, who: string, make: () => Promise<T>): Promise<T>;
}

interface Shared {
  waiting: number;
  answer?: Promise<unknown>;
}

export function createSharedAnswers(options: FairLineOptions): SharedAnswers {
  const line = createFairLine(options);
  const all = new Map<string, Shared>();
  return {
    async give<T>(name: string, who: string, make: () => Promise<T>) {
      const shared = all.get(name) ?? { waiting: 0 };
      all.set(name, shared);
      shared.waiting += 1;
      try {
        // One name is one answer, of one type.
        return await line.run(who, () => (shared.answer ??= make()) as Promise<T>);
      } finally {
        shared.waiting -= 1;
        if (shared.waiting === 0) all.delete(name);
      }
    },
  };
}
