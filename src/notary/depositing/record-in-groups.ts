/** Drafts that are to be recorded elsewhere go there in groups: what comes while one is on its way shares the next one. */
import type { Decision, Draft, Worker } from "../ports/worker.js";
import { groupCommit } from "./group-commit.js";

/** As many as one commit of the worker takes. */
const MAX_GROUP = 512;
const MAX_WAITING = 16_384;

export interface GroupedRecording extends Pick<Worker, "record"> {
  /** Resolves when everything asked for has been answered. */
  close(): Promise<void>;
}

/** The same promise as the worker's own `record`; refuses `overloaded` where too many wait, and `stopping` after `close`. */
export function recordInGroups(worker: Pick<Worker, "record">): GroupedRecording {
  const group = groupCommit<Draft, Decision>(
    async (drafts) => (await worker.record(drafts)).map((result) => ({ result })),
    { maxGroup: MAX_GROUP, maxWaiting: MAX_WAITING },
  );
  return {
    record: (drafts) => Promise.all(drafts.map((draft) => group.submit(draft))),
    close: () => group.close(),
  };
}
