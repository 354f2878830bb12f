/** `cunzheng recover`: a notary goes on from a backup and the ledger that went on after it. */
import { command } from "../model/command.js";
import type { World } from "../model/world.js";
import { runSuccession, type SuccessionArguments, successionOptions } from "./succession.js";

export interface RecoverEffects {
  /** Joins a store from a backup with a mirror's copy. Throws with what is in the way. */
  recover(options: SuccessionArguments): Promise<void>;
}

export const recover = command({
  name: "recover",
  description:
    "join a notary's store that was put back from a backup with the ledger that went on after it, out of a mirror's copy; " +
    "exit codes: 0 done, 1 refused",
  options: successionOptions,
  run: (options, world: World & RecoverEffects) =>
    runSuccession(options, world, {
      succeed: (given) => world.recover(given),
      failed: "nothing was recovered",
    }),
});
