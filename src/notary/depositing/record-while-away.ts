/**
 * Recording while the worker is away: where the store takes many writers, a process that answers requests decides and records
 * drafts itself, by the same rules and the same step of the store. What it records the worker seals when there is one again.
 *
 * It does so only as long as a worker was seen to lead not long ago, since a receipt promises that its deposit is sealed in
 * time. Whatever it records is promised for a later time than what was recorded before, so that the longest restart that
 * breaks no receipt is what it was.
 *
 * Crash story: whether the worker recorded a group before it went away, or does so still, since it was only out of reach, is
 * settled by the store. Its step is a compare-and-swap: of two that record, one is decided anew, and finds by the statements'
 * ids what the other has recorded. So it is with a process that was stopped between its decision and its commit.
 */
import type { Ports } from "../ports/ports.js";
import type { Worker, WorkerSight } from "../ports/worker.js";
import { Refusal } from "../model/refusal.js";
import { openRecording, type Recording, type RecordingSettings } from "./record-drafts.js";

type AwayPorts = Pick<Ports, "store" | "now" | "nextId" | "freeBytes" | "bell" | "log">;

export interface FoundWorker extends WorkerSight {
  /** As `Worker.record`. `worker-away` is refused after `withinMs`, or once none answers and none `isAwaited`. */
  record(
    drafts: Parameters<Worker["record"]>[0],
    withinMs: number,
    isAwaited: () => boolean,
  ): ReturnType<Worker["record"]>;
}

export interface RecordingWhileAway {
  record(drafts: Parameters<Worker["record"]>[0], withinMs: number): ReturnType<Worker["record"]>;
  /** Whether this process may record, were the worker silent. */
  mayRecord(): boolean;
  close: Recording["close"];
}

/** So long the worker, or its successor, is waited for. */
const AWAITED_MS = 2000;

export function recordWhileAway(
  ports: AwayPorts,
  settings: Pick<RecordingSettings, "sealing" | "minFreeBytes" | "refuseHalted">,
  worker: FoundWorker,
): RecordingWhileAway {
  const { store, bell, log } = ports;
  let isTold = false;
  const mayRecord = () => {
    const { ledMsAgo, halts } = worker.sight();
    return (
      store.takesManyWriters === true &&
      ledMsAgo <= settings.sealing.promiseMs / 2 &&
      !halts.some(({ stops }) => stops.includes("deposits"))
    );
  };
  const isAwaited = () => worker.sight().silentMs < AWAITED_MS || !mayRecord();
  const recording = openRecording(ports, {
    ...settings,
    refuseHalted: () => {
      settings.refuseHalted();
      if (!mayRecord())
        throw new Refusal(
          "worker-away",
          "no worker has led for too long: what is recorded may not be sealed in time",
          {
            retryAfterSeconds: 2,
          },
        );
    },
    noteDeposits: () => {
      bell.ring();
    },
  });

  return {
    record: async (drafts, withinMs) => {
      if (isAwaited())
        try {
          const decisions = await worker.record(drafts, withinMs, isAwaited);
          isTold = false;
          return decisions;
        } catch (error) {
          if (!(error instanceof Refusal) || error.code !== "worker-away" || isAwaited()) throw error;
        }
      if (!isTold) log.warn({}, "no worker answers: this process records deposits itself for a while");
      isTold = true;
      return recording.record(drafts);
    },
    mayRecord,
    close: () => recording.close(),
  };
}
