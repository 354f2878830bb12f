/**
 * The bell of who runs jobs, on several machines: for each job that is asked for in the store a hint is put into Redis ("jobs", a
 * queue of the log's own), which one of those processes takes that wait for some. It looks at the store then, and claims there what
 * it runs. So a hint may be lost (also to a process that runs jobs no more, and still takes some), or come twice, and nobody waits
 * for it: everybody looks by himself as well. When what has failed is tried again says the store, never Redis.
 */
import type { Redis } from "ioredis";
import type { Bell } from "../../notary/ports/bell.js";
import type { Purpose } from "./connections.js";
import { HINT, openQueue } from "./queue.js";

/** What Redis has not taken yet; more are not even offered, since as many wake everybody. */
const MOST_OFFERED = 100;

/** `near` is the bell of this process alone, which rings whatever becomes of Redis. */
export function openJobBell(
  origin: string,
  open: (purpose: Purpose) => Redis,
  near: Bell,
): Bell & { close(): Promise<void> } {
  const queue = openQueue("jobs", origin, open, { hearsNothing: true });
  let offered = 0;
  let isTaking = false;

  function take(): void {
    if (isTaking) return;
    isTaking = true;
    queue
      .process(() => {
        near.ring();
        return Promise.resolve();
      })
      .catch(() => undefined);
  }

  return {
    ring: () => {
      near.ring();
      if (offered >= MOST_OFFERED) return;
      offered += 1;
      // While Redis is away this may take as long as it is.
      queue
        .add({}, HINT)
        .catch(() => undefined)
        .finally(() => (offered -= 1));
    },
    hear: (listener) => {
      take();
      return near.hear(listener);
    },
    close: () => queue.close(true),
  };
}
