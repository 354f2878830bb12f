/**
 * The command line: every command of the registry as it is typed, and how each ends. Wrong usage ends with 64, so that 1 can
 * mean "refused" and 2 "incomplete" and nothing else.
 */
import { Command as Parser, CommanderError } from "commander";
import type { Command } from "./model/command.js";
import { UnavailableError, UsageError } from "./model/errors.js";
import { EXIT } from "./model/exit-codes.js";
import type { Options } from "./model/options.js";
import { COMMANDS, type CommandWorld } from "./registry.js";

/** Runs the command that `args` are; resolves with the exit code. Rejects with what no command has foreseen. */
export async function runCommand(args: readonly string[], world: CommandWorld): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = new Parser("cunzheng")
    .description(
      "Judicial evidence notarization: run the notary, run a witness node, verify evidence offline.",
    )
    .version(world.version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => world.print(text), writeErr: (text) => world.printError(text) });
  for (const command of COMMANDS) add(program, command, {});

  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (!(error instanceof UsageError || error instanceof UnavailableError)) throw error;
    world.printError(`cunzheng: ${error.message}\n`);
    return error instanceof UsageError ? EXIT.usage : EXIT.incomplete;
  }

  /** Adds a command to the parser, and those below it, which have the options of those above too. */
  function add(parent: Parser, command: Command<CommandWorld>, above: Options): void {
    const { name, description, operands, options, run, commands, isDefault } = command;
    const parser = parent
      .command([name, ...operands.map((operand) => `<${operand}>`)].join(" "), { isDefault })
      .exitOverride()
      .description(description);
    for (const [member, kind] of Object.entries(options))
      parser.addOption(kind.toOption(flagOf(member), world));
    const known = { ...above, ...options };
    if (run !== undefined)
      parser.action(async () => {
        const typed = {
          ...Object.fromEntries(operands.map((operand, i) => [operand, parser.args[i]])),
          ...parser.optsWithGlobals(),
        };
        exitCode = await run({ ...absentOf(known), ...typed }, world);
      });
    for (const below of commands) add(parser, below, known);
  }
}

/** Gives the flag of an option: `treeSize` is typed `--tree-size`. */
const flagOf = (member: string): string =>
  `--${member.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Gives what stands for options that are left out. */
const absentOf = (options: Options) =>
  Object.fromEntries(
    Object.entries(options).flatMap(([member, { absent }]) =>
      absent === undefined ? [] : [[member, absent]],
    ),
  );
