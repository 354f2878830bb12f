/** `cunzheng witness`: a court's or a bank's own node. */
import { resolve } from "node:path";
import { createLogger } from "../platform/logger.js";
import { softwareVersion } from "../platform/project.js";
import { readNeeded } from "./needed-file.js";
import { readWitnessConfig } from "../witness-node/config.js";
import { type RunningWitness, startWitness } from "../witness-node/witness.js";

const LONGEST_COPY_PAUSE_MS = 1000;

export async function startWitnessNode(configFile: string): Promise<RunningWitness> {
  const config = readNeeded(
    configFile,
    { namedBy: "--config", make: "docs/operation.md shows one" },
    readWitnessConfig,
  );
  const logger = createLogger({ name: config.name, level: "info" });
  const { dataFolder } = config;
  logger.info({ configuration: resolve(configFile), dataFolder, version: softwareVersion() }, "starting");
  const witness = await startWitness(config, {
    logger,
    now: () => Date.now(),
    copyPauseMs: () => Math.random() * LONGEST_COPY_PAUSE_MS,
  });
  return {
    ...witness,
    close: async () => {
      logger.info("stopping");
      await witness.close();
      logger.info("stopped");
    },
  };
}
