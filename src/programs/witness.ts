/** `cunzheng witness`: a court's or a bank's own node. */
import { createLogger } from "../platform/logger.js";
import { readWitnessConfig } from "../witness-node/config.js";
import { type RunningWitness, startWitness } from "../witness-node/witness.js";

const LONGEST_COPY_PAUSE_MS = 1000;

export async function startWitnessNode(configFile: string): Promise<RunningWitness> {
  const config = readWitnessConfig(configFile);
  const logger = createLogger({ name: config.name, level: "info" });
  return startWitness(config, {
    logger,
    now: () => Date.now(),
    copyPauseMs: () => Math.random() * LONGEST_COPY_PAUSE_MS,
  });
}
