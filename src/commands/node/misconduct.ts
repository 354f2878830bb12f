/** `cunzheng misconduct`: what a node has kept of its logs' misconduct, as files. */
import { command } from "../model/command.js";
import { EXIT } from "../model/exit-codes.js";
import { required } from "../model/options.js";
import type { World } from "../model/world.js";

/** This is what was written, and what was not yet, of the misconduct of one log. */
export interface ExportedMisconduct {
  readonly origin: string;
  readonly files: readonly string[];
  readonly waiting: number;
  readonly suspects: number;
}

export interface MisconductEffects {
  /** Writes what a node has kept of its logs' misconduct into the folder `out`. */
  misconduct(options: {
    readonly configFile: string;
    readonly out: string;
  }): Promise<readonly ExportedMisconduct[]>;
}

export const misconduct = command({
  name: "misconduct",
  description: "write what a node has kept of its logs' misconduct as files that `cunzheng verify` proves",
  options: {
    config: required("<file>", "witness.json; the node may be running"),
    out: required("<folder>", "where the files go, a folder for each log"),
  },
  run: async ({ config, out }, world: World & MisconductEffects) => {
    for (const exported of await world.misconduct({ configFile: config, out })) {
      const { origin, files, waiting, suspects } = exported;
      world.print(
        `${origin}: ${files.length} proved, ${waiting} waiting for the copy, ${suspects} suspects\n`,
      );
      for (const file of files) world.print(`  ${file}\n`);
    }
    return EXIT.done;
  },
});
