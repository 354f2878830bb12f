/** `cunzheng adopt-ledger` and `cunzheng recover`: going on with a ledger of which there is no whole store. */
import { type Command, InvalidArgumentError } from "commander";
import { decimal } from "../core/bytes.js";
import type { CommandWorld, SuccessionOptions } from "./world/world.js";

interface Given {
  readonly config: string;
  readonly from: string;
  readonly without: readonly string[];
  readonly unseen?: number;
}

export function addSuccessionCommands(
  program: Command,
  world: CommandWorld,
  ended: (exitCode: number) => void,
): void {
  const add = (
    name: string,
    { description, failed }: { readonly description: string; readonly failed: string },
    run: (options: SuccessionOptions) => Promise<void>,
  ) =>
    program
      .command(name)
      .exitOverride()
      .description(`${description}; exit codes: 0 done, 1 refused`)
      .requiredOption("--config <file>", "notary.json")
      .requiredOption(
        "--from <prefix>",
        "the copy: http(s)://node/mirror/HASH, an archive's /ledger, or a folder of its files",
      )
      .option(
        "--without <node>",
        "a node that does not answer and is left out (repeatable)",
        (value: string, previous: string[]) => [...previous, value],
        [],
      )
      .option(
        "--unseen <size>",
        "a checkpoint of this size was signed, and you know that nobody has seen it",
        treeSize,
      )
      .action(async ({ config, from, without, unseen }: Given) => {
        try {
          const tell = (line: string) => world.print(`${line}\n`);
          await run({ configFile: config, from, without, tell, ...(unseen !== undefined && { unseen }) });
        } catch (error) {
          world.printError(`cunzheng: ${failed}: ${(error as Error).message}\n`);
          ended(1);
        }
      });

  add(
    "adopt-ledger",
    {
      description:
        "begin a new notary's store with a mirror's copy of the ledger, to go on with the same log under the same key",
      failed: "nothing was adopted",
    },
    (options) => world.adoptLedger(options),
  );
  add(
    "recover",
    {
      description:
        "join a notary's store that was put back from a backup with the ledger that went on after it, out of a mirror's copy",
      failed: "nothing was recovered",
    },
    (options) => world.recover(options),
  );
}

function treeSize(text: string): number {
  const size = decimal(text);
  if (size === undefined) throw new InvalidArgumentError("a tree size in decimal");
  return size;
}
