/** `cunzheng witness`: a court's or a bank's own node. */
import { readFileSync } from "node:fs";
import { createLogger } from "../platform/logger.js";
import { parseWitnessConfig } from "../witness-node/config.js";
import { type RunningWitness, startWitness } from "../witness-node/witness.js";

export async function startWitnessNode(configFile: string): Promise<RunningWitness> {
  const config = parseWitnessConfig(new Uint8Array(readFileSync(configFile)));
  const logger = createLogger({ name: config.name, level: "info" });
  return startWitness(config, { logger, now: () => Date.now() });
}
