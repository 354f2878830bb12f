/** `cunzheng witness`: a court's or a bank's own node. */
import { createLogger } from "../platform/logger.js";
import { readWitnessConfig } from "../witness-node/config.js";
import { type RunningWitness, startWitness } from "../witness-node/witness.js";

export async function startWitnessNode(configFile: string): Promise<RunningWitness> {
  const config = readWitnessConfig(configFile);
  const logger = createLogger({ name: config.name, level: "info" });
  return startWitness(config, { logger, now: () => Date.now() });
}
