/** `cunzheng serve --api`: a process that answers requests, beside others and beside workers, on one data folder. */
import { recordInGroups } from "../../notary/depositing/record-in-groups.js";
import { recordWhileAway } from "../../notary/depositing/record-while-away.js";
import { sweepOriginals } from "../../notary/depositing/stage-original.js";
import { standBeside } from "../../notary/standing/beside-worker.js";
import { pause } from "../../notary/model/wake-up.js";
import { type RunningApi, startApiSide } from "./api-side.js";
import { openParts, type Parts, type PartsOptions, runOn } from "./parts.js";
import { findWorker } from "./worker-place.js";

/**
 * What a process that died has staged, a predecessor maybe, is left so long before it is swept, and longer than any receipt
 * promises: a worker may still have its drafts, and records none whose receipt would be broken.
 */
const LEFT_MS = 60_000;

/** Resolves when it answers, whether or not a worker leads: deposits wait for one, for a while. */
export async function startApi(
  configFile: string,
  options: PartsOptions = { name: "api", place: "shared" },
): Promise<RunningApi> {
  const parts = await openParts(configFile, options);
  const { logger, opened, configuration } = parts;
  return runOn(parts, async () => {
    const api = await startBeside(parts);
    opened(() => api.close());
    const { url } = api;
    logger.info({ url, publicUrl: configuration.publicUrl }, "requests are answered");
    return { url };
  });
}

/** What answers requests, and asks the worker wherever it is. What it opens besides closes with `parts`. */
export async function startBeside(parts: Parts): Promise<RunningApi> {
  const { logger, opened, configuration } = parts;
  const { sealing, minFreeBytes, clock } = configuration;
  const { toleranceMs } = clock;
  const worker = findWorker(parts);
  opened(() => worker.close());
  const ports = { ...parts.system, store: parts.store, bell: parts.bell, log: logger };
  const recording = recordWhileAway(
    ports,
    {
      ...{ sealing, minFreeBytes },
      refuseHalted: () => {
        standing.refuseHalted("deposits");
      },
    },
    worker,
  );
  const standing = standBeside(ports, worker, {
    ...{ toleranceMs, clockReading: worker.clockReading },
    mayRecord: recording.mayRecord,
  });
  opened(() => recording.close());
  const grouped = recordInGroups(recording.record, worker.patienceMs);
  opened(() => grouped.close());
  const ending = new AbortController();
  const sweeping = sweepOriginals({ ...parts, log: logger }, async () => {
    await pause(Math.max(LEFT_MS, 2 * (sealing.afterMs + sealing.promiseMs)), ending.signal);
    return !ending.signal.aborted;
  }).catch((error: unknown) => {
    logger.error(
      { err: error },
      "what processes that died have left can't be swept; the next start tries it again",
    );
  });
  opened(() => {
    ending.abort();
    return sweeping;
  });
  return startApiSide(parts, { ...worker, ...standing, record: grouped.record });
}
