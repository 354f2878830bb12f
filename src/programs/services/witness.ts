/** `cunzheng witness`: a court's or a bank's own node. */
import { resolve } from "node:path";
import { createLogger } from "../../platform/logger.js";
import { softwareVersion } from "../../platform/project.js";
import { readConfigured } from "../opening/needed-file.js";
import { readWitnessConfiguration } from "../../witness-node/configuration/configuration.js";
import { type RunningWitness, startWitness } from "../../witness-node/witness.js";
import { wallClockMs } from "../../platform/wall-clock.js";

/** A mirror is sent its entries; it fetches them only where the log has not done so for a while. */
const COPY_PAUSE_MS = { witness: 0, mirror: 10_000 };
const RANDOM_COPY_PAUSE_MS = 1000;

/** As an operator types it. */
export const movePastCommand = (configFile: string): string =>
  `cunzheng witness move-past --config ${configFile}`;

export async function startWitnessNode(configFile: string): Promise<RunningWitness> {
  const config = readConfigured(configFile, readWitnessConfiguration);
  const logger = createLogger({ name: config.name, level: "info" });
  const { dataFolder } = config;
  logger.info({ configuration: resolve(configFile), dataFolder, version: softwareVersion() }, "starting");
  const witness = await startWitness(config, {
    logger,
    now: wallClockMs,
    movePast: movePastCommand(configFile),
    copyPauseMs: () =>
      COPY_PAUSE_MS[config.mirror ? "mirror" : "witness"] + Math.random() * RANDOM_COPY_PAUSE_MS,
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
