/** Drafts that are to be recorded elsewhere go there in groups: what comes while one is on its way shares the next one. */
import type { Decision, Draft, Worker } from "../ports/worker.js";
import { GROUP_BOUNDS, groupCommit } from "./group-commit.js";

interface Waiting {
  readonly draft: Draft;
  readonly sinceMs: number;
}

export interface GroupedRecording extends Pick<Worker, "record"> {
  /** Resolves when everything asked for has been answered. */
  close(): Promise<void>;
}

/**
 * The same promise as the worker's own `record`. No draft waits longer than `patienceMs`; `overloaded` is refused where too
 * many wait, and `stopping` after `close`.
 */
export function recordInGroups(
  record: (drafts: readonly Draft[], withinMs: number) => Promise<readonly Decision[]>,
  patienceMs: number,
): GroupedRecording {
  const group = groupCommit<Waiting, Decision>(async (waiting) => {
    // A group has as long as the one of it that has waited longest still has.
    const sinceMs = Math.min(...waiting.map((one) => one.sinceMs));
    const leftMs = Math.max(0, sinceMs + patienceMs - performance.now());
    return record(
      waiting.map(({ draft }) => draft),
      leftMs,
    );
  }, GROUP_BOUNDS);
  return {
    record: (drafts) =>
      Promise.all(drafts.map((draft) => group.submit({ draft, sinceMs: performance.now() }))),
    close: () => group.close(),
  };
}
