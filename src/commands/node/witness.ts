/** `cunzheng witness`: a court's or a bank's own node, until it is told to end. */
import { command } from "../model/command.js";
import { movePast } from "./move-past.js";
import { nodeConfiguration } from "./node-configuration.js";
import { serveArchive } from "./serve-archive.js";

export interface WitnessEffects {
  /** Runs the node; resolves with an exit code when it has ended. */
  witness(configFile: string): Promise<number>;
}

export const witness = command({
  name: "witness",
  description: "run a witness node: a court's or a bank's own cosigner and copy of the ledger",
  options: { config: nodeConfiguration },
  commands: [movePast, serveArchive],
  run: ({ config }, world: WitnessEffects) => world.witness(config),
});
