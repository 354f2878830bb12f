/** `cunzheng jobs list`: what is to be done beside requests, and what has failed for good. */
import type { StoredJob } from "../../../notary/ports/work.js";
import { command } from "../../model/command.js";
import { EXIT } from "../../model/exit-codes.js";
import { flag, required } from "../../model/options.js";
import type { World } from "../../model/world.js";
import { visible } from "../../text/report-text.js";
import type { JobEffects } from "./effects.js";

export const list = command({
  name: "list",
  description: "jobs that wait, run or are dead; the notary may be running",
  options: {
    config: required("<file>", "notary.json"),
    dead: flag("only those that are dead: they have failed too often, or for good"),
    dropped: flag("only those that were dropped"),
    json: flag("print [{kind, key, state, attempts, ageSeconds, lastError}]"),
  },
  run: async ({ config, dead, dropped, json }, world: World & JobEffects) => {
    const named = [...(dead ? (["dead"] as const) : []), ...(dropped ? (["dropped"] as const) : [])];
    const fates = named.length > 0 ? named : (["dead", "open"] as const);
    const found = await world.listJobs({ configFile: config, fates });
    if (json)
      world.print(
        `${JSON.stringify(found.map(({ ageMs, ...job }) => ({ ...job, ageSeconds: seconds(ageMs) })))}\n`,
      );
    else for (const job of found) world.print(`${lineOf(job)}\n`);
    return EXIT.done;
  },
});

const seconds = (ms: number): number => Math.round(ms / 1000);

const lineOf = ({ kind, key, state, attempts, lastError, ageMs }: StoredJob): string => {
  const [what, why] = [`${kind} ${key}`, lastError === undefined ? "" : `, the last error: ${lastError}`].map(
    visible,
  );
  return `${state.padEnd("waiting".length)}  ${what}  asked for ${seconds(ageMs)} s ago, attempts: ${attempts}${why}`;
};
