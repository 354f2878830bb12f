/**
 * `cunzheng serve`: the notary in one process, which answers requests and works; or, with `fronts` in the configuration, it
 * works and so many others answer, behind one port. On a data folder it is alone. On a store that several machines share it
 * is one of those that work, of which one leads, and asks whoever leads, be it itself.
 */
import { startBeside } from "./api.js";
import { startApiSide } from "./api-side.js";
import { startFronts } from "./fronts.js";
import { openParts, type Parts, runOn } from "./parts.js";
import { leadAlone, leadInTurn } from "./worker-place.js";
import { refuseUnfitWorker, startWorkerSide } from "./worker-side.js";

export interface RunningNotary {
  readonly url: string;
  /** Open requests are answered, then everything is closed in the opposite order of its opening. */
  close(): Promise<void>;
}

/** Resolves when it answers. What was opened before a failure is closed again. */
export async function startNotary(configFile: string): Promise<RunningNotary> {
  const parts = await openParts(configFile, { name: "notary", place: "alone" });
  const { configuration, logger, opened } = parts;
  return runOn(parts, async () => {
    const api = parts.store.takesManyWriters === true ? await startInTurn(parts) : await startAlone(parts);
    opened(() => api.close());
    const { url } = api;
    logger.info({ url, publicUrl: configuration.publicUrl }, "the notary is up");
    return { url };
  });
}

async function startAlone(parts: Parts): Promise<RunningNotary> {
  const worker = await startWorkerSide(parts);
  parts.opened(() => worker.close());
  if (parts.configuration.fronts === 0) return startApiSide(parts, worker);
  const place = await leadAlone(parts, worker);
  parts.opened(() => place.close());
  return startFronts(parts);
}

async function startInTurn(parts: Parts): Promise<RunningNotary> {
  await refuseUnfitWorker(parts);
  const leading = leadInTurn(parts);
  parts.opened(() => leading.close());
  return parts.configuration.fronts > 0 ? startFronts(parts) : startBeside(parts);
}
