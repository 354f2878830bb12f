/**
 * `cunzheng serve`: the notary on one machine. What answers requests and the worker are one process; or, with `fronts` in
 * the configuration, this process works and so many others answer, behind one port.
 */
import { startApiSide } from "./api-side.js";
import { startFronts } from "./fronts.js";
import { openParts, runOn } from "./parts.js";
import { leadAlone } from "./worker-place.js";
import { startWorkerSide } from "./worker-side.js";

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
    const worker = await startWorkerSide(parts);
    opened(() => worker.close());
    if (configuration.fronts > 0) {
      const place = await leadAlone(parts, worker);
      opened(() => place.close());
    }
    const api = configuration.fronts > 0 ? await startFronts(parts) : await startApiSide(parts, worker);
    opened(() => api.close());
    const { url } = api;
    logger.info({ url, publicUrl: configuration.publicUrl }, "the notary is up");
    return { url };
  });
}
