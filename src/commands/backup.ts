/** `cunzheng backup` and `cunzheng restore`: what is in a backup, what is not, and what comes next. */
import { dirname, join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { type BackupSummary, type CommandWorld, type RestoredSummary, UsageError } from "./world/world.js";

export function addBackupCommands(
  program: Command,
  world: CommandWorld,
  ended: (exitCode: number) => void,
): void {
  const tell = (line: string) => world.print(`${line}\n`);

  program
    .command("backup")
    .exitOverride()
    .description(
      "make a checked backup of a notary, which may be running: store, originals, configuration, trust file, templates; exit codes: 0 made, 1 not made",
    )
    .requiredOption("--config <file>", "notary.json")
    .requiredOption("--out <folder>", "the folder to make; it must not exist")
    .option(
      "--with-keys",
      "include the keys and passwords that notary.json names; whoever has the backup can then sign",
    )
    .option(
      "--without-original <sha256>",
      "a kept original that was lost or damaged, to be left out (repeatable)",
      (value: string, previous: string[]) => [...previous, hexDigest(value)],
      [],
    )
    .action(async ({ config, out, withKeys, withoutOriginal }: BackupOptions) => {
      try {
        const summary = await world.backUp({
          ...{ configFile: config, out, withKeys: withKeys ?? false },
          ...{ withoutOriginals: withoutOriginal, tell },
        });
        for (const line of backupLines(summary, out)) tell(line);
      } catch (error) {
        world.printError(`cunzheng: no backup was made: ${(error as Error).message}\n`);
        ended(1);
      }
    });

  program
    .command("restore")
    .exitOverride()
    .description(
      "check a backup and restore it into an empty folder, with a notary.json of its own; exit codes: 0 done, 1 refused, 64 wrong usage",
    )
    .requiredOption("--from <folder>", "the backup")
    .option("--to <folder>", "the folder to restore into: empty, or not there yet")
    .option("--check", "check the backup and restore nothing")
    .action(async ({ from, to, check = false }: RestoreOptions) => {
      if ((to === undefined) !== check) throw new UsageError("restore: one of --to <folder> and --check");
      try {
        const restored = await world.restore({ from, ...(to !== undefined && { to }), tell });
        for (const line of restoredLines(restored)) tell(line);
      } catch (error) {
        world.printError(
          `cunzheng: ${check ? "the backup can't be used" : "nothing was restored"}: ${(error as Error).message}\n`,
        );
        ended(1);
      }
    });
}

interface BackupOptions {
  readonly config: string;
  readonly out: string;
  readonly withKeys?: boolean;
  readonly withoutOriginal: string[];
}

interface RestoreOptions {
  readonly from: string;
  readonly to?: string;
  readonly check?: boolean;
}

function hexDigest(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError("not a SHA-256 in hexadecimal");
  return text;
}

function contentLines({ takenAt, origin, ledger, deposits, originals }: BackupSummary): string[] {
  const { count, lastReceivedAt } = deposits;
  return [
    `${origin} as of ${takenAt}: a ledger of ${ledger.treeSize} entries, ${count} deposits` +
      (lastReceivedAt === undefined ? "" : ` (the newest received ${lastReceivedAt})`) +
      `, ${originals.count} originals`,
    ...originals.without.map((sha256) => `  without the original ${sha256}`),
  ];
}

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

function restoredLines({ manifest, configFile, missing }: RestoredSummary): string[] {
  if (configFile === undefined)
    return ["the backup is whole", ...contentLines(manifest).map((line) => `  ${line}`)];
  const folder = dirname(configFile);
  return [
    `restored into ${folder}`,
    ...contentLines(manifest).map((line) => `  ${line}`),
    ...missing.map(({ member, name }) => `  bring ${member} to ${join(folder, name)}`),
    "What was deposited after that time is not in it. Next, when the notary that it was made of is ended for good, join it with the " +
      "ledger that went on, out of a mirror's copy, and start it:",
    `  cunzheng recover --config ${configFile} --from https://NODE/mirror/HASH`,
    `  cunzheng serve --config ${configFile}`,
    "Without the first it signs nothing before enough nodes have said what they have cosigned, and takes no deposits where that is more than " +
      "this ledger.",
  ];
}
