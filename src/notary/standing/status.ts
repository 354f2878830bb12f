/** How the notary stands: for its operators, and for the program that watches it. Read from the state, nothing is kept. */
import type { Activity } from "../model/activity.js";
import type { BranchGuard } from "../sealing/branch-guard.js";
import type { Jobs } from "../jobs/run-jobs.js";
import type { Halts } from "../halts/halts.js";
import type { NotaryStatus, Readiness, StorageStanding, Work, WorkStatus } from "../model/model.js";
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
  readonly jobs: Pick<Jobs, "dead">;
  /** How long the oldest deposit that is on the ledger and not final has been there. */
  readonly waitingMs: () => number;
}

export interface WorkSources extends ReadinessSources {
  readonly activity: Activity;
  /** When it began to work. */
  readonly since: Work["worker"]["since"];
}

type StandingPorts = Pick<Ports, "certificates" | "failingWorkers" | "now">;

/** All but the free disk is read from memory: anybody may ask, as often as he likes. */
export async function notaryReadiness(ports: StandingPorts, sources: ReadinessSources): Promise<Readiness> {
  const storage = await sources.storage.standing();
  return { halts: sources.halts.current(), isFull: storage.isFull, ...impaired(ports, sources, storage) };
}

function impaired(
  { certificates: { signer }, failingWorkers, now }: StandingPorts,
  { guard, clock, timestamping, sequencer, jobs, waitingMs }: ReadinessSources,
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
    deadJobs: jobs.dead(),
    failingWorkers: failingWorkers?.() ?? [],
  });
  return { impairments };
}

export async function workStatus(
  ports: StandingPorts & Pick<Ports, "pid">,
  sources: WorkSources,
): Promise<WorkStatus> {
  const { activity, since, halts, guard, clock, timestamping, waitingMs } = sources;
  const storage = await sources.storage.standing();
  return {
    worker: { pid: ports.pid, since },
    finalityLagSeconds: Math.round(waitingMs() / 1000),
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

/** What any process can read of it. */
export async function storedStatus(
  store: Pick<Ports["store"], "newestCheckpoint" | "countJobs">,
  deferred: readonly DeferredBatch[],
): Promise<Pick<NotaryStatus, "ledgerSize" | "deferred" | "jobs">> {
  return {
    jobs: (await store.countJobs()).map(({ oldestMs, ...counts }) => ({
      ...counts,
      oldestSeconds: Math.round(oldestMs / 1000),
    })),
    ledgerSize: (await store.newestCheckpoint())?.treeSize ?? 0,
    deferred: {
      batches: deferred.length,
      ...(deferred.length > 0 && { until: formatTime(Math.max(...deferred.map(finalNotBeforeMs))) }),
    },
  };
}
