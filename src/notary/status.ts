/** How the notary stands: for its operators, and for the program that watches it. Read from the state, nothing is kept. */
import type { Activity } from "./activity.js";
import type { BranchGuard } from "./branch-guard.js";
import type { Halts } from "./halts.js";
import type { NotaryStatus } from "./model.js";
import type { DeferredBatch, Ports } from "./ports.js";
import { finalNotBeforeMs } from "./finality.js";
import { formatTime } from "../core/record/time.js";
import type { ClockWatch } from "./watch-clock.js";
import type { Timestamping } from "./timestamping.js";

export interface StatusSources {
  readonly software: string;
  readonly activity: Activity;
  readonly halts: Pick<Halts, "current">;
  readonly clock: Pick<ClockWatch, "standing" | "offsetMs">;
  readonly guard: Pick<BranchGuard, "awaited">;
  readonly timestamping: Pick<Timestamping, "states">;
  /** How long the oldest deposit that is on the ledger and not final has been there. */
  readonly waitingMs: () => number;
  readonly deferred: () => readonly DeferredBatch[];
}

export async function notaryStatus(
  { store }: Pick<Ports, "store">,
  { software, activity, halts, guard, clock, timestamping, waitingMs, deferred }: StatusSources,
): Promise<NotaryStatus> {
  const ahead = deferred();
  const checkpoint = await store.newestCheckpoint();
  return {
    software,
    ledgerSize: checkpoint?.treeSize ?? 0,
    finalityLagSeconds: Math.round(waitingMs() / 1000),
    deferred: {
      batches: ahead.length,
      ...(ahead.length > 0 && { until: formatTime(Math.max(...ahead.map(finalNotBeforeMs))) }),
    },
    halts: halts.current(),
    awaitedNodes: guard.awaited(),
    clock: clock.standing(),
    clockOffsetMs: clock.offsetMs(),
    timestampAuthorities: await timestamping.states(),
    sinceStart: { ...activity },
  };
}
