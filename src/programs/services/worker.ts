/** `cunzheng worker`: works on a data folder beside processes that answer requests; of several one leads, the others wait. */
import { openParts, runOn } from "./parts.js";
import { leadInTurn } from "./worker-place.js";
import { refuseUnfitWorker } from "./worker-side.js";

export interface RunningWorker {
  /** Resolves when what was begun has ended and the lease is free. */
  close(): Promise<void>;
}

/**
 * Resolves when it leads or waits to. Keys and trust file are read now, so that what can never lead does not wait to, and
 * again when it leads.
 */
export async function startWorker(configFile: string): Promise<RunningWorker> {
  const parts = await openParts(configFile, { name: "worker", place: "shared" });
  return runOn(parts, async () => {
    await refuseUnfitWorker(parts);
    const leading = leadInTurn(parts);
    parts.opened(() => leading.close());
    parts.logger.info({}, "the worker is up");
    return {};
  });
}
