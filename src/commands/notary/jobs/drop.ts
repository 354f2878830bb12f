/** `cunzheng jobs drop`: dead jobs are given up. */
import { command } from "../../model/command.js";
import type { World } from "../../model/world.js";
import { decide, options } from "./decide.js";
import type { JobEffects } from "./effects.js";

export const drop = command({
  name: "drop",
  description:
    "give dead jobs up: they count as dead no more, and are not asked for again; replay undoes it; the notary may be running; " +
    "exit codes: 0 done, 1 there is no such job",
  options,
  run: ({ config, ...which }, world: World & JobEffects) => decide(config, "drop", which, world),
});
