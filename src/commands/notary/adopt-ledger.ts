/** `cunzheng adopt-ledger`: a new notary goes on with the ledger of one that is gone. */
import { command } from "../model/command.js";
import type { World } from "../model/world.js";
import { runSuccession, type SuccessionArguments, successionOptions } from "./succession.js";

export interface AdoptLedgerEffects {
  /** Makes a new notary's store out of a mirror's copy. Throws with what is in the way. */
  adoptLedger(options: SuccessionArguments): Promise<void>;
}

export const adoptLedger = command({
  name: "adopt-ledger",
  description:
    "begin a new notary's store with a mirror's copy of the ledger, to go on with the same log under the same key; " +
    "exit codes: 0 done, 1 refused",
  options: successionOptions,
  run: (options, world: World & AdoptLedgerEffects) =>
    runSuccession(options, world, {
      succeed: (given) => world.adoptLedger(given),
      failed: "nothing was adopted",
    }),
});
