/** `cunzheng serve`: the notary, until it is told to end. */
import { command } from "../model/command.js";
import { required } from "../model/options.js";

export interface ServeEffects {
  /** Runs the notary; resolves with an exit code when it has ended. */
  serve(configFile: string): Promise<number>;
}

export const serve = command({
  name: "serve",
  description: "run the notary",
  options: { config: required("<file>", "notary.json (docs/operation.md)") },
  run: ({ config }, world: ServeEffects) => world.serve(config),
});
