/** `cunzheng consortium`: its commands and their options. */
import { type Command, Option } from "commander";
import { type CommandWorld, UsageError } from "../world/world.js";
import {
  approveCommand,
  type CheckArguments,
  checkCommand,
  type SubmitArguments,
  submitCommand,
} from "./approve.js";
import { EXIT, UnusableFile } from "./files.js";
import { type HistoryArguments, historyCommand, updateCommand } from "./history.js";
import { type ProposeArguments, proposeCommand } from "./propose.js";
import { fingerprintCommand, type ShowArguments, showCommand } from "./show.js";

type TreeSize = (text: string) => number;

export function addConsortiumCommands(
  consortium: Command,
  { world, treeSize, ended }: { world: CommandWorld; treeSize: TreeSize; ended: (exitCode: number) => void },
): void {
  const command = <T>(definition: string, run: (options: T, world: CommandWorld) => Promise<number>) =>
    consortium
      .command(definition)
      .exitOverride()
      .requiredOption("--consortium <file>", "the trust file: yours, never one from the other side")
      .action(async (options: T) => ended(await run(options, world).catch(unusable(world))));
  const language = () =>
    new Option("--lang <language>", "language of what is printed")
      .choices(["zh", "en"])
      .default(world.language);
  const change = "the change, as `propose` made it";
  const size =
    "the ledger's tree size for which it is judged; otherwise the largest that the trust file names, or that at which what is new begins to count";

  command<ShowArguments>("show", showCommand)
    .description("who is in the consortium, whose keys count between which tree sizes, and the quorum")
    .addOption(language());

  command<ShowArguments & { compare?: string }>("fingerprint", fingerprintCommand)
    .description(
      "print the trust file's fingerprint: 16 groups of digits that two people compare by telephone; exit codes: 0, 1 not equal, 2 broken trust file",
    )
    .option(
      "--compare <digits>",
      "what the other one reads: says equal, or names the first group that differs",
    )
    .addOption(language());

  const from =
    "a ledger's address (https://notary.example/ledger), a mirror's, or a folder with its files; of several all cosignatures are taken together, and the largest checkpoint that the quorum has cosigned (repeatable)";
  const misconduct =
    "where a file goes that convicts whoever signed two checkpoints that contradict each other; otherwise beside the trust file, with the ending .misconduct.json";
  command<HistoryArguments>("history", historyCommand)
    .description(
      "every change of the consortium on the ledger, each with who approved it, from your trust file on; exit codes: 0, 1 not proved, a change that is none, or sources that contradict each other, 2 broken trust file",
    )
    .requiredOption("--from <ledger>", from, collect)
    .option(
      "--since <index>",
      "leave out the entries before it, which were read at another time",
      treeSize,
      0,
    )
    .option("--misconduct <file>", misconduct)
    .option("--json", "print it as JSON")
    .addOption(language());

  command<HistoryArguments>("update", updateCommand)
    .description(
      "the same, and write the trust file in force over the one given: what was approved, also beside what was not; exit codes as history",
    )
    .requiredOption("--from <ledger>", from, collect)
    .option(
      "--since <index>",
      "leave out the entries before it, which were read at another time",
      treeSize,
      0,
    )
    .option("--misconduct <file>", misconduct)
    .addOption(language());

  command<ProposeArguments>("propose", proposeCommand)
    .description(
      "write the change between the trust file in force and an edited one: what is missing in that ends, what is new begins; exit codes: 0, 1 not one change, or one that would be refused, 2 broken trust file",
    )
    .requiredOption("--wanted <file>", "the trust file as it shall be")
    .requiredOption("--reason <text>", "for those who are asked to approve it")
    .requiredOption("--out <file>", "where the change goes")
    .option("--from <size>", "the first tree size at which what is new counts", treeSize)
    .option(
      "--until <size>",
      "the first at which what was no longer does; otherwise that of --from. After a compromise: the last size at which the key was surely in its holder's hands, and one",
      treeSize,
    )
    .addOption(language());

  command<CheckArguments>("check", checkCommand)
    .description(
      "what a change does, and whether the quorum in force has approved it; exit codes: 0, 1 not, 2 broken file",
    )
    .requiredOption("--change <file>", change)
    .option("--tree-size <size>", size, treeSize)
    .addOption(language());

  command<CheckArguments & { config: string }>("approve", approveCommand)
    .description("show what a change does and sign it with the node's keys; run `check` first")
    .requiredOption("--config <file>", "witness.json; the node may be running")
    .requiredOption("--change <file>", `${change}; the approval is added to it`)
    .option("--tree-size <size>", size, treeSize)
    .addOption(language());

  consortium
    .command("submit")
    .exitOverride()
    .description("hand an approved change to the notary, which puts it on the ledger")
    .requiredOption("--change <file>", change)
    .requiredOption("--url <address>", "the notary's")
    .requiredOption("--api-key-file <file>", "a file with an operator's API key")
    .action(async (options: SubmitArguments) =>
      ended(await submitCommand(options, world).catch(unusable(world))),
    );
}

const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value];

const unusable =
  (world: CommandWorld) =>
  (error: unknown): number => {
    if (error instanceof UsageError || !(error instanceof UnusableFile)) throw error;
    world.printError(`cunzheng: ${error.message}\n`);
    return EXIT.unusable;
  };
