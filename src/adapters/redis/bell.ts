/**
 * The bell of several machines: a ring is a job in Redis ("wake-ups", a queue of the log's own), of whose arrival all
 * processes hear. It is a hint and nothing else: whoever is not woken looks by himself, so that Redis may be away, full or
 * emptied at any time. Nobody ever waits for it, and what is held while it is away is one ring.
 */
import { setTimeout as delay } from "node:timers/promises";
import { startWorkLoop } from "../../notary/model/work-loop.js";
import type { Bell } from "../../notary/ports/bell.js";
import type { Log } from "../../notary/ports/host.js";
import { ANSWER_MS, openConnections } from "./connections.js";
import { openJobBell } from "./job-bell.js";
import { HINT, LONGEST_REST_MS, openQueue } from "./queue.js";

export interface RedisBellOptions {
  /** The log's origin: processes of one log hear each other, and no others on the same Redis. */
  readonly origin: string;
  /** The bell of this process alone, which rings whatever becomes of Redis. */
  readonly near: Bell;
  /** The bell for who runs jobs in this process. */
  readonly nearJobs: Bell;
  readonly log: Log;
}

export interface RedisBell extends Bell {
  /** For who runs jobs, on any machine. */
  readonly jobBell: Bell;
  /** Redis did not answer when last asked, or took no ring. */
  isAway(): boolean;
  /** Resolves soon, whether or not Redis answers; rings then reach this process alone. */
  close(): Promise<void>;
}

/** Rings within so long are one. */
const GATHER_MS = 10;
const HEARD_MS = 5;
/** So often Redis is asked whether it is there. */
const PULSE_MS = 1000;
/** A connection of which nothing came for so long leads nowhere, whatever the operating system says. */
const SILENCE_MS = 3000;
const BACKOFF = { firstMs: 200, longestMs: LONGEST_REST_MS };

export function openRedisBell(url: string, { origin, near, nearJobs, log }: RedisBellOptions): RedisBell {
  const connections = openConnections(url);
  const { server } = connections;
  const queue = openQueue("wake-ups", origin, connections.open);
  const jobs = openJobBell(origin, connections.open, nearJobs);
  const subscriber = queue.eclient;

  let hearing: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    hearing ??= setTimeout(() => {
      hearing = undefined;
      near.ring();
    }, HEARD_MS);
  };
  let own: unknown;
  // Of a ring of this process bull tells first that it is its own. Numbers begin anew where Redis was emptied.
  queue.on("waiting", (id) => (own = id));
  queue.on("global:waiting", (id) => {
    if (id !== own) heard();
    own = undefined;
  });
  let isDeaf = false;
  subscriber.on("close", () => (isDeaf = true));
  // Every process does the jobs, so that none are left where no worker runs; what is to be done is to wake up.
  queue.process(() => Promise.resolve(heard())).catch(() => undefined);

  let isOwed = false;
  let askedMs = -Infinity;
  let answeredMs = performance.now();
  const listening = askOnce(() => subscriber.ping());

  async function add(): Promise<void> {
    isOwed = false;
    try {
      await queue.add({}, HINT);
    } catch (error) {
      isOwed = true;
      throw error;
    }
  }

  const loop = startWorkLoop({
    look: async () => {
      const nowMs = performance.now();
      if (nowMs - askedMs >= PULSE_MS) {
        if (nowMs - answeredMs >= SILENCE_MS) {
          answeredMs = nowMs;
          connections.renew();
        }
        await Promise.all([queue.client.ping(), listening()]);
        askedMs = answeredMs = performance.now();
        // What was rung while nobody could listen was missed.
        if (isDeaf) heard();
        isDeaf = false;
      }
      if (isOwed) await add();
    },
    everyMs: PULSE_MS,
    backoff: BACKOFF,
    onFailure: () => (askedMs = -Infinity),
    tell: (error) => {
      log.warn(
        { server, reason: connections.reasonOf(error) },
        "the queue is away: processes are not woken by each other, and look by themselves",
      );
    },
    tellEnd: ({ forMs }) => {
      log.info({ server, afterSeconds: Math.round(forMs / 1000) }, "the queue is there again");
    },
  });

  return {
    ring: () => {
      near.ring();
      isOwed = true;
      loop.lookWithin(GATHER_MS);
    },
    hear: (listener) => near.hear(listener),
    jobBell: jobs,
    isAway: () => loop.failures() > 0,
    close: async () => {
      const looked = loop.close();
      const left = Promise.all([queue.close(true), jobs.close()]);
      // Beside it: a server that stands still answers no farewell.
      await connections.close();
      await Promise.all([left, looked]);
      clearTimeout(hearing);
    },
  };
}

/** Asks, and waits so long as an answer may take; while an answer is owed nothing else is asked. */
function askOnce(ask: () => Promise<unknown>): () => Promise<void> {
  let asked: Promise<unknown> | undefined;
  return async () => {
    asked ??= ask().finally(() => (asked = undefined));
    asked.catch(() => undefined);
    const late = new AbortController();
    try {
      await Promise.race([
        asked,
        delay(ANSWER_MS, undefined, { signal: late.signal }).then(() => {
          throw new Error("nothing is heard of it");
        }),
      ]);
    } finally {
      late.abort();
    }
  };
}
