/** `cunzheng backup`: what is in the backup, and what is not. */
import { command } from "../model/command.js";
import { EXIT } from "../model/exit-codes.js";
import { flag, repeated, required } from "../model/options.js";
import { hexDigest } from "../model/shared-options.js";
import type { World } from "../model/world.js";
import { type BackupSummary, contentLines } from "./backup-lines.js";

export interface BackupArguments {
  readonly configFile: string;
  /** The folder to make; its parents are made too. */
  readonly out: string;
  readonly withKeys: boolean;
  /** These kept originals, which the service has lost, are left out: named by their SHA-256 in hexadecimal. */
  readonly withoutOriginals: readonly string[];
  readonly tell: (line: string) => void;
}

export interface BackupEffects {
  /** Makes a backup. Throws with what is in the way; there is then no backup. */
  backUp(options: BackupArguments): Promise<BackupSummary>;
}

export const backup = command({
  name: "backup",
  description:
    "make a checked backup of a notary, which may be running: store, originals, configuration, trust file, templates; " +
    "exit codes: 0 made, 1 not made",
  options: {
    config: required("<file>", "notary.json"),
    out: required("<folder>", "the folder to make; it must not exist"),
    withKeys: flag(
      "include the keys and passwords that notary.json names; whoever has the backup can then sign",
    ),
    withoutOriginal: repeated(
      "<sha256>",
      "a kept original that was lost or damaged, to be left out (repeatable)",
      hexDigest,
    ),
  },
  run: async ({ config, out, withKeys, withoutOriginal }, world: World & BackupEffects) => {
    const tell = (line: string) => world.print(`${line}\n`);
    try {
      const summary = await world.backUp({
        ...{ configFile: config, out, withKeys: withKeys ?? false },
        ...{ withoutOriginals: withoutOriginal, tell },
      });
      for (const line of backupLines(summary, out)) tell(line);
      return EXIT.done;
    } catch (error) {
      world.printError(`cunzheng: no backup was made: ${(error as Error).message}\n`);
      return EXIT.refused;
    }
  },
});

function backupLines(summary: BackupSummary, out: string): string[] {
  const secrets = summary.files.filter(({ isSecret }) => isSecret);
  const leftOut = secrets.filter(({ isIncluded }) => !isIncluded);
  return [
    `${out} is whole and checked`,
    ...contentLines(summary).map((line) => `  ${line}`),
    ...(leftOut.length < secrets.length
      ? ["  WITH keys and passwords: whoever has this folder can sign as this notary; keep it like the keys"]
      : []),
    ...(leftOut.length > 0 ? ["  WITHOUT keys and passwords, which must be kept elsewhere:"] : []),
    ...leftOut.map(({ member, was }) => `    ${member}: ${was}`),
  ];
}
