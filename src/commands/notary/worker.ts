/** `cunzheng worker`: what records, seals, signs and certifies, until it is told to end. */
import { command } from "../model/command.js";
import { required } from "../model/options.js";

export interface WorkerEffects {
  /** Resolves with an exit code when the worker has ended. */
  work(configFile: string): Promise<number>;
}

export const worker = command({
  name: "worker",
  description:
    "record, seal, sign and certify for processes that answer requests (serve --api); of several workers one leads",
  options: { config: required("<file>", "notary.json (docs/operation.md)") },
  run: ({ config }, world: WorkerEffects) => world.work(config),
});
