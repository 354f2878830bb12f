/** What `cunzheng jobs replay` and `cunzheng jobs drop` have in common: which of the dead jobs are meant. */
import { UsageError } from "../../model/errors.js";
import { EXIT } from "../../model/exit-codes.js";
import { flag, optional, required } from "../../model/options.js";
import type { World } from "../../model/world.js";
import { visible } from "../../text/report-text.js";
import type { JobEffects, JobsDecided } from "./effects.js";

interface Which {
  readonly kind?: string;
  readonly key?: string;
  readonly allDead?: boolean;
}

export const options = {
  config: required("<file>", "notary.json"),
  kind: optional("<kind>", "of the job, as `jobs list` shows it"),
  key: optional("<key>", "of the job, as `jobs list` shows it"),
  allDead: flag("all that are dead now"),
};

export async function decide(
  configFile: string,
  deed: JobsDecided["deed"],
  given: Which,
  world: World & JobEffects,
): Promise<number> {
  const which = whichOf(deed, given);
  const count = await world.decideJobs({ configFile, deed, which });
  if (count === 0 && which !== "all-dead") {
    world.printError(
      visible(`cunzheng: there is no dead job of kind ${which.kind} and key ${which.key}`) + "\n",
    );
    return EXIT.refused;
  }
  world.print(`${count} ${deed === "replay" ? "to be done again" : "dropped"}\n`);
  return EXIT.done;
}

function whichOf(deed: JobsDecided["deed"], { kind, key, allDead }: Which): JobsDecided["which"] {
  if (allDead === true && kind === undefined && key === undefined) return "all-dead";
  if (allDead === true || kind === undefined || key === undefined)
    throw new UsageError(`jobs ${deed}: either --kind <kind> and --key <key>, or --all-dead`);
  return { kind, key };
}
