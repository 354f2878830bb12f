/**
 * A lease: of several processes one leads. It counts its beat up in the store; whoever sees the beat stand still for
 * `LEASE_DEAD_MS`, by its own clock that nobody sets, takes the lease by compare-and-swap. No two clocks are compared, so that
 * it holds across restarts, whatever any clock says.
 *
 * A holder that was stopped and goes on finds at its next beat that it has lost. What it does until then does no harm:
 * whatever a worker stores is a compare-and-swap or the same deed twice (seal, append, cosign, record), and a checkpoint
 * that loses the swap is shown to nobody.
 */
import type { Backoff } from "../model/backoff.js";
import { startWorkLoop } from "../model/work-loop.js";
import type { Log } from "../ports/host.js";
import type { Lease, LeaseStore } from "../ports/work.js";

export interface LeaseSettings {
  readonly name: string;
  /** A word that no other process has or will have. */
  readonly holder: string;
  /** Where the holder is asked. */
  readonly address: string;
  /** Begins to lead; what it gives ends that. It throws where it can't lead, and the lease is given back then. */
  readonly lead: () => Promise<{ close(): Promise<void> }>;
}

export interface LeaseHolding {
  /** Resolves when this process leads no more and the lease is free. */
  close(): Promise<void>;
}

const BEAT_MS = 500;
/** A holder whose beat stands still for so long is dead: a stop of the whole machine's disk must not look like that. */
export const LEASE_DEAD_MS = 3000;
/** Not longer than a beat may be late: what keeps the store from answering must not cost the lease. */
const BACKOFF: Backoff = { firstMs: BEAT_MS, longestMs: 2 * BEAT_MS };

export function holdLease(
  { store, log }: { readonly store: LeaseStore; readonly log: Log },
  { name, holder, address, lead }: LeaseSettings,
): LeaseHolding {
  let seen: { readonly lease: Lease; readonly sinceMs: number } | undefined;
  let held: Lease | undefined;
  let leading: { close(): Promise<void> } | undefined;

  /** Counts up from where the lease was; false where somebody else has taken it. */
  async function beat(before = held): Promise<boolean> {
    const next = { holder, address, beat: (before?.beat ?? 0) + 1 };
    if (await store.swapLease(name, before, next)) {
      held = next;
      return true;
    }
    // A beat whose answer was lost may have been stored: then it is this process's own that stands there.
    const stored = await store.findLease(name);
    if (stored?.holder !== holder) return false;
    held = stored;
    return true;
  }

  async function end(): Promise<void> {
    const ending = leading;
    leading = undefined;
    held = undefined;
    await ending?.close();
  }

  /**
   * The lease as it may be taken now: free, or dead; false where its holder seems to live. Only a store that answers at once
   * shows that a holder stands still: while it does not, nobody can beat.
   */
  async function takeable(): Promise<Lease | undefined | false> {
    const askedMs = performance.now();
    const before = seen;
    seen = undefined;
    const lease = await store.findLease(name);
    if (lease === undefined) return undefined;
    const atMs = performance.now();
    const isSame = before?.lease.holder === lease.holder && before.lease.beat === lease.beat;
    seen = isSame && atMs - askedMs < BEAT_MS ? before : { lease, sinceMs: atMs };
    return atMs - seen.sinceMs >= LEASE_DEAD_MS ? lease : false;
  }

  async function look(): Promise<void> {
    if (leading !== undefined) {
      if (await beat()) return;
      log.error({ lease: name }, "another process leads now: this one was stopped for too long");
      await end();
      return;
    }
    const before = await takeable();
    if (before === false) return;
    if (!(await beat(before))) return;
    if (before !== undefined)
      log.warn({ lease: name, before: before.holder }, "takes over: the leader is gone");
    // It must go on beating while it begins to lead.
    const beating = setInterval(() => void beat().catch(() => false), BEAT_MS);
    try {
      leading = await lead();
      log.info({ lease: name }, "leads");
    } catch (error) {
      await store.endLease(name, holder);
      held = undefined;
      throw error;
    } finally {
      clearInterval(beating);
    }
  }

  const loop = startWorkLoop({
    look,
    everyMs: BEAT_MS,
    backoff: BACKOFF,
    tell: (error) => {
      log.error({ err: error, lease: name }, "can't lead, or say that it does; it is tried again");
    },
  });
  return {
    close: async () => {
      await loop.close();
      await end();
      await store.endLease(name, holder);
    },
  };
}
