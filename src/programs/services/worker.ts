/** `cunzheng worker`: works on a data folder beside processes that answer requests; of several one leads, the others wait. */
import { openParts, runOn } from "./parts.js";
import { leadInTurn } from "./worker-place.js";

export interface RunningWorker {
  /** Resolves when what was begun has ended and the lease is free. */
  close(): Promise<void>;
}

/** Resolves when it leads or waits to. Keys and trust file are read when it leads, and what is wrong is told then. */
export async function startWorker(configFile: string): Promise<RunningWorker> {
  const parts = await openParts(configFile, { name: "worker", place: "shared" });
  return runOn(parts, async () => {
    const leading = leadInTurn(parts);
    parts.opened(() => leading.close());
    parts.logger.info({}, "the worker is up");
    return {};
  });
}
