/** A queue of bull's whose jobs are hints: each says that something is in the store, and nothing more. */
import { createHash } from "node:crypto";
import Bull from "bull";
import type { Redis } from "ioredis";
import type { Purpose } from "./connections.js";

/** No `jobId`: a job of the same would be lost while the first one is under way. */
export const HINT = { removeOnComplete: true, removeOnFail: true } as const;

/** Whoever can't reach Redis tries again after so long at the latest. */
export const LONGEST_REST_MS = 500;

interface Steps {
  setWorkerName: () => Promise<void>;
  updateDelayTimer: () => Promise<void>;
  _registerEvent: (event: string) => Promise<unknown>;
}

/** Of the log of this origin: several logs may share one Redis. A queue that `hearsNothing` needs no connection that listens. */
export function openQueue(
  name: string,
  origin: string,
  open: (purpose: Purpose) => Redis,
  { hearsNothing = false } = {},
): Bull.Queue & { eclient: Redis } {
  const mark = createHash("sha256").update(origin).digest("hex").slice(0, 16);
  const queue = new Bull(name, {
    prefix: `cunzheng-${mark}`,
    createClient: open,
    skipVersionCheck: true,
    settings: { retryProcessDelay: LONGEST_REST_MS, maxStalledCount: 0 },
  } as Bull.QueueOptions) as Bull.Queue & { eclient: Redis };
  // What a close while Redis is away cuts off of these nobody handles, which would end the process, or begins again when all
  // is closed. No hint is put off, and no worker has a name.
  const steps = queue as unknown as Steps;
  const register = steps._registerEvent.bind(queue);
  steps._registerEvent = hearsNothing
    ? () => Promise.resolve()
    : (event) => register(event).catch(() => undefined);
  steps.setWorkerName = steps.updateDelayTimer = () => Promise.resolve();
  return queue;
}
