/** `cunzheng jobs replay`: dead jobs are done again. */
import { command } from "../../model/command.js";
import type { World } from "../../model/world.js";
import { decide, options } from "./decide.js";
import type { JobEffects } from "./effects.js";

export const replay = command({
  name: "replay",
  description:
    "have dead jobs done again, as if they had not been attempted, within seconds; the notary may be running; " +
    "exit codes: 0 done, 1 there is no such job",
  options,
  run: ({ config, ...which }, world: World & JobEffects) => decide(config, "replay", which, world),
});
