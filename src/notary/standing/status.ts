/** How the notary stands: for its operators, and for the program that watches it. Read from the state, nothing is kept. */
import type { Activity } from "../model/activity.js";
import type { BranchGuard } from "../sealing/branch-guard.js";
import type { Halts } from "../halts/halts.js";
import type { NotaryStatus, Readiness, StorageStanding } from "../model/model.js";
import type { DeferredBatch } from "../ports/cosignatures.js";
import type { Ports } from "../ports/ports.js";
import type { Sequencer } from "../sealing/sequencer.js";
import type { StorageWatch } from "../halts/watch-storage.js";
import { finalNotBeforeMs } from "../finality/finality.js";
import { impairmentsOf } from "../halts/impairments.js";
import { formatTime } from "../../core/record/time.js";
import type { ClockWatch } from "./watch-clock.js";
import type { Timestamping } from "../timestamping/timestamping.js";

export interface ReadinessSources {
  readonly halts: Pick<Halts, "current">;
  readonly clock: Pick<ClockWatch, "standing" | "offsetMs">;
  readonly guard: Pick<BranchGuard, "awaited">;
  readonly timestamping: Pick<Timestamping, "dead" | "states">;
  readonly storage: Pick<StorageWatch, "standing">;
  readonly sequencer: Pick<Sequencer, "isFailing">;
  /** How long the oldest deposit that is on the ledger and not final has been there. */
  readonly waitingMs: () => number;
}

export interface StatusSources extends ReadinessSources {
  readonly software: string;
  readonly activity: Activity;
  readonly deferred: () => readonly DeferredBatch[];
}

type StandingPorts = Pick<Ports, "certificates" | "failingWorkers" | "now">;

/** All but the free disk is read from memory: anybody may ask, as often as he likes. */
export async function notaryReadiness(ports: StandingPorts, sources: ReadinessSources): Promise<Readiness> {
  const storage = await sources.storage.standing();
  return { halts: sources.halts.current(), isFull: storage.isFull, ...impaired(ports, sources, storage) };
}

function impaired(
  { certificates: { signer }, failingWorkers, now }: StandingPorts,
  { guard, clock, timestamping, sequencer, waitingMs }: ReadinessSources,
  storage: StorageStanding,
): Pick<Readiness, "impairments"> {
  const impairments = impairmentsOf({
    storage,
    waitingMs: waitingMs(),
    awaitedNodes: guard.awaited(),
    isClockJudged: clock.standing().state !== "unknown",
    isSealingFailing: sequencer.isFailing(),
    deadAuthorities: timestamping.dead(),
    isSignerValid: signer && signer.notBeforeMs <= now() && now() <= signer.notAfterMs,
    failingWorkers: failingWorkers?.() ?? [],
  });
  return { impairments };
}

export async function notaryStatus(
  ports: StandingPorts & Pick<Ports, "store">,
  sources: StatusSources,
): Promise<NotaryStatus> {
  const { software, activity, halts, guard, clock, timestamping, waitingMs, deferred } = sources;
  const ahead = deferred();
  const checkpoint = await ports.store.newestCheckpoint();
  const storage = await sources.storage.standing();
  return {
    software,
    ledgerSize: checkpoint?.treeSize ?? 0,
    finalityLagSeconds: Math.round(waitingMs() / 1000),
    deferred: {
      batches: ahead.length,
      ...(ahead.length > 0 && { until: formatTime(Math.max(...ahead.map(finalNotBeforeMs))) }),
    },
    halts: halts.current(),
    ...impaired(ports, sources, storage),
    storage,
    awaitedNodes: guard.awaited(),
    clock: clock.standing(),
    clockOffsetMs: clock.offsetMs(),
    timestampAuthorities: await timestamping.states(),
    sinceStart: { ...activity },
  };
}
