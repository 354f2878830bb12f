/** `cunzheng serve`: the notary, or with `--api` the part of it that answers requests, until it is told to end. */
import { command } from "../model/command.js";
import { flag, required } from "../model/options.js";

export interface ServeEffects {
  /** Runs the whole notary; resolves with an exit code when the service has ended. */
  serve(configFile: string): Promise<number>;
  /** Answers requests beside workers on the same data folder; resolves as `serve`. */
  serveApi(configFile: string): Promise<number>;
}

export const serve = command({
  name: "serve",
  description: "run the notary",
  options: {
    config: required("<file>", "notary.json (docs/operation.md)"),
    api: flag("answer requests only, beside `cunzheng worker` on the same data folder"),
  },
  run: ({ config, api }, world: ServeEffects) => (api ? world.serveApi(config) : world.serve(config)),
});
