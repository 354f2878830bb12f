/** `cunzheng restore`: a backup checked and restored, and what comes next. */
import { dirname, join } from "node:path";
import { command } from "../model/command.js";
import { UsageError } from "../model/errors.js";
import { EXIT } from "../model/exit-codes.js";
import { flag, optional, required } from "../model/options.js";
import type { World } from "../model/world.js";
import { type BackupSummary, contentLines } from "./backup-lines.js";

export interface RestoredSummary {
  readonly manifest: BackupSummary;
  /** This is the notary.json of the restored folder; it is absent where the backup was only checked. */
  readonly configFile?: string;
  /** These keys and passwords must be brought: they are neither in the backup nor where the service had them. */
  readonly missing: BackupSummary["files"];
}

export interface RestoreEffects {
  /** Restores a backup. Throws with what is wrong with it, or in the way; nothing is restored then. */
  restore(options: {
    readonly from: string;
    /** Where no folder is named the backup is only checked. */
    readonly to?: string;
    readonly tell: (line: string) => void;
  }): Promise<RestoredSummary>;
}

export const restore = command({
  name: "restore",
  description:
    "check a backup and restore it into an empty folder, with a notary.json of its own; " +
    "exit codes: 0 done, 1 refused, 64 wrong usage",
  options: {
    from: required("<folder>", "the backup"),
    to: optional("<folder>", "the folder to restore into: empty, or not there yet"),
    check: flag("check the backup and restore nothing"),
  },
  run: async ({ from, to, check = false }, world: World & RestoreEffects) => {
    if ((to === undefined) !== check) throw new UsageError("restore: one of --to <folder> and --check");
    const tell = (line: string) => world.print(`${line}\n`);
    try {
      const restored = await world.restore({ from, ...(to !== undefined && { to }), tell });
      for (const line of restoredLines(restored)) tell(line);
      return EXIT.done;
    } catch (error) {
      const failed = check ? "the backup can't be used" : "nothing was restored";
      world.printError(`cunzheng: ${failed}: ${(error as Error).message}\n`);
      return EXIT.refused;
    }
  },
});

function restoredLines({ manifest, configFile, missing }: RestoredSummary): string[] {
  if (configFile === undefined)
    return ["the backup is whole", ...contentLines(manifest).map((line) => `  ${line}`)];
  const folder = dirname(configFile);
  return [
    `restored into ${folder}`,
    ...contentLines(manifest).map((line) => `  ${line}`),
    ...missing.map(({ member, name }) => `  bring ${member} to ${join(folder, name)}`),
    "What was deposited after that time is not in it. Next, when the notary that it was made of is ended for good, join it " +
      "with the ledger that went on, out of a mirror's copy, and start it:",
    `  cunzheng recover --config ${configFile} --from https://NODE/mirror/HASH`,
    `  cunzheng serve --config ${configFile}`,
    "Without the first it signs nothing before enough nodes have said what they have cosigned, and takes no deposits where " +
      "that is more than this ledger.",
  ];
}
