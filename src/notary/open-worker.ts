/**
 * The worker: what only one process does at a time for a store. It records deposits, seals, appends, gathers cosignatures,
 * stamps, appends changes of the consortium and certifies. It begins by finishing whatever an earlier process left
 * unfinished: there is no other recovery than the normal path.
 */
import { formatTime } from "../core/record/time.js";
import { parseConsortium } from "../core/trust/consortium.js";
import { openCertificateDesk } from "./certificates/certificates.js";
import { sweepOriginals } from "./depositing/stage-original.js";
import { openRecording } from "./depositing/record-drafts.js";
import { openFinalityBoard } from "./finality/finality-board.js";
import { depositorClasses, EVERYBODY } from "./finality/finality.js";
import { startGathering } from "./finality/gather-cosignatures.js";
import { openHalts } from "./halts/halts.js";
import { watchStorage } from "./halts/watch-storage.js";
import { startJobs } from "./jobs/run-jobs.js";
import { createBatchProofs } from "./ledger/batch-proofs.js";
import { newActivity } from "./model/activity.js";
import type { HaltedWork } from "./model/model.js";
import type { NotarySettings } from "./model/settings.js";
import type { Ports } from "./ports/ports.js";
import type { Worker } from "./ports/worker.js";
import { findDeposit } from "./reading/locate-deposit.js";
import { appendBatches, openLedger } from "./sealing/append-batches.js";
import { openChangeDesk } from "./sealing/append-change.js";
import { openBranchGuard } from "./sealing/branch-guard.js";
import { sealBatches } from "./sealing/seal-batches.js";
import { startSequencer } from "./sealing/sequencer.js";
import { notaryReadiness, type ReadinessSources, workStatus } from "./standing/status.js";
import { watchClock } from "./standing/watch-clock.js";
import { startTimestamping } from "./timestamping/timestamping.js";
import { judgeReach, refuseUnfitTrust, warnOfQuorum } from "./trust/trust.js";

export interface OpenWorker extends Worker {
  /** Stops taking, finishes what it has begun; what is unfinished is found again by the next worker. */
  close(): Promise<void>;
}

/** Throws where keys and trust file do not fit. */
export async function openWorker(ports: Ports, settings: NotarySettings): Promise<OpenWorker> {
  const { store, log } = ports;
  const consortium = parseConsortium(settings.consortium);
  refuseUnfitTrust(consortium, ports);
  for (const { name } of consortium.witnesses)
    if (!ports.witnesses.has(name)) throw new Error(`internal: no client for witness ${name}`);
  const { origin } = consortium.log;
  const classes = depositorClasses(consortium, await store.listOrganisations());
  const canBeFinal = judgeReach(consortium);
  warnOfQuorum(
    consortium,
    classes.all.filter((name) => !canBeFinal(name)),
    ports,
  );

  const halts = openHalts(ports);
  await sweepOriginals(ports);
  const newest = await openLedger(ports, origin);
  const board = await openFinalityBoard(ports, classes);
  const activity = newActivity();
  const storage = watchStorage(ports, settings.minFreeBytes);
  const timestamping = await startTimestamping(ports, { consortium, ...settings.timestamps });
  let goOn: () => void = () => undefined;
  let waits = false;
  const maySign = async () => {
    waits = true;
    const may = await guard.maySign();
    waits = !may;
    return may;
  };
  const guard = await openBranchGuard(ports, {
    ...{ consortium, newest, halts, timeoutMs: settings.witnessTimeoutMs },
    noteConfirmed: () => {
      goOn();
    },
  });
  const gatherer = await startGathering(ports, {
    ...{ consortium, classes, board, newest },
    mayLeave: () => guard.mayLeave(),
    noteSigned: (checkpoint) => {
      guard.noteSigned(checkpoint);
    },
    suspect: (client) => {
      guard.suspect(client);
    },
    noteFinal: (treeSize) => {
      timestamping.look(treeSize);
    },
    timeoutMs: settings.witnessTimeoutMs,
  });
  const clock = await watchClock(ports, {
    ...{ consortium, halts },
    ...settings.clock,
    nodes: gatherer.nodes,
    treeSize: () => gatherer.front().treeSize,
  });
  const refuseHalted = (work: HaltedWork) => {
    clock.look();
    halts.refuse(work);
  };
  const isSealing = () => {
    clock.look();
    return !halts.isStopped("signing");
  };
  /** Until something is final, what is being cosigned is shown; it is stored before it is, and by this process alone. */
  const show = async () => {
    if (!guard.mayLeave() || (await store.newestFinality(EVERYBODY)) !== undefined) return;
    await store.showCheckpoint(gatherer.front().treeSize);
  };
  const sequencer = startSequencer(
    async (isEverything) => {
      if (!isSealing()) return undefined;
      const sealing = { ...ports, clockOffsetMs: clock.offsetMs, isSealing };
      const { batches, nextDueInMs } = await sealBatches(sealing, settings, isEverything);
      activity.batches += batches;
      await appendBatches(ports, origin, maySign);
      await gatherer.look();
      await show();
      return nextDueInMs;
    },
    { ...settings.sealing, log },
  );
  goOn = () => {
    gatherer.wake();
    if (waits) sequencer.look();
  };
  if (guard.mayLeave()) goOn();
  halts.onEnd(() => {
    sequencer.look();
  });
  const desk = openChangeDesk(ports, {
    origin,
    refuseHalted: () => {
      refuseHalted("signing");
    },
    beforeSigning: () => guard.beforeSigning(),
    trustFile: settings.consortium,
    noteCheckpoint: () => {
      sequencer.look();
      ports.bell.ring();
    },
  });
  const recording = openRecording(ports, {
    ...settings,
    refuseHalted: () => {
      refuseHalted("deposits");
    },
    noteDeposits: (count, ageMs) => {
      sequencer.noteDeposits(count, ageMs);
    },
  });
  const certificates = await openCertificateDesk(ports, {
    evidence: { classes, batchProofs: createBatchProofs(ports), consortium },
    trustFile: settings.consortium,
    publicUrl: settings.publicUrl,
    issuer: settings.issuer,
    ...(ports.timestampAuthorities.length > 0 && { stamper: timestamping }),
    refuseHalted: () => {
      refuseHalted("signing");
    },
    noteIssued: () => {
      activity.certificates += 1;
    },
  });
  const jobs = startJobs(ports, certificates.jobKinds);
  const since = formatTime(ports.now());
  const standing: ReadinessSources = {
    ...{ halts, guard, clock, timestamping, storage, sequencer, jobs },
    waitingMs: () => gatherer.waitingMs(),
  };

  return {
    record: async (drafts) => {
      const decisions = await recording.record(drafts);
      // Whether there is room is known best by who writes.
      if (decisions.some((one) => one.kind === "refused" && one.refusal.code === "storage-full"))
        await storage.noteRefused();
      else if (decisions.some(({ kind }) => kind !== "refused")) storage.noteWritten();
      activity.deposits += decisions.filter(({ kind }) => kind === "recorded").length;
      return decisions;
    },
    appendChange: (by, change) => desk.append(by, change),
    certificate: async (id, language, which) =>
      certificates.certificate(await findDeposit(store, id), language, which),
    refuseHalted,
    halts: () => {
      clock.look();
      return halts.current();
    },
    readiness: () => {
      clock.look();
      return notaryReadiness(ports, standing);
    },
    status: () => {
      clock.look();
      return workStatus(ports, { ...standing, activity, since });
    },
    close: async () => {
      await recording.close();
      await desk.close();
      await sequencer.close();
      await guard.close();
      await jobs.close();
      await certificates.close();
      clock.close();
      await gatherer.close();
      await timestamping.close();
      await board.close();
    },
  };
}
