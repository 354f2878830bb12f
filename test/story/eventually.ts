/** Waiting for a state that nobody announces: looked at again and again, until a deadline. */
import { setTimeout as delay } from "node:timers/promises";

const BETWEEN_LOOKS_MS = 50;

/** Resolves with the first answer of `look` that is not undefined; rejects after `timeoutMs`, naming `what` was awaited. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadline) throw new Error(`after ${timeoutMs} ms still not: ${what}`);
    await delay(BETWEEN_LOOKS_MS);
  }
}

/** `work` for every item, at most `atOnce` at a time; the results in the items' order. */
export async function inParallel<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const worker = async () => {
    for (const [index, item] of waiting) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
