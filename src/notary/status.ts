/** How the notary stands: for its operators, and for the program that watches it. Read from the state, nothing is kept. */
import type { Activity } from "./activity.js";
import type { BranchGuard } from "./branch-guard.js";
import type { Halts } from "./halts.js";
import type { NotaryStatus } from "./model.js";
import type { Ports } from "./ports.js";
import type { Timestamping } from "./timestamping.js";

export interface StatusSources {
  readonly software: string;
  readonly activity: Activity;
  readonly halts: Pick<Halts, "current">;
  readonly guard: Pick<BranchGuard, "awaited">;
  readonly timestamping: Pick<Timestamping, "states">;
  /** Since when the oldest deposit that is on the ledger and not final has been there. */
  readonly waitingSinceMs: () => number | undefined;
}

export async function notaryStatus(
  { store, now, clockOffsetMs }: Pick<Ports, "store" | "now" | "clockOffsetMs">,
  { software, activity, halts, guard, timestamping, waitingSinceMs }: StatusSources,
): Promise<NotaryStatus> {
  const sinceMs = waitingSinceMs();
  const checkpoint = await store.newestCheckpoint();
  return {
    software,
    ledgerSize: checkpoint?.treeSize ?? 0,
    finalityLagSeconds: sinceMs === undefined ? 0 : Math.max(0, Math.round((now() - sinceMs) / 1000)),
    halts: halts.current(),
    awaitedNodes: guard.awaited(),
    clockOffsetMs: clockOffsetMs(),
    timestampAuthorities: await timestamping.states(),
    sinceStart: { ...activity },
  };
}
