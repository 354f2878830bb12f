/**
 * What a command is: one value that says how it is typed, what it is for, and what it does. A command that needs more of the
 * world than `World` names it in the type of the second argument of `run`; the compiler gathers what all need, and asks it of
 * whoever runs them (`registry.ts`).
 *
 *     export interface BackupEffects { backUp(options: BackupArguments): Promise<BackupSummary>; }
 *
 *     export const backup = command({
 *       name: "backup",
 *       description: "make a checked backup of a notary ...",
 *       options: { config: required("<file>", "notary.json"), ... },
 *       run: async ({ config }, world: World & BackupEffects) => { ... return EXIT.done; },
 *     });
 */
import type { Given, Options } from "./options.js";

/** A command may have whatever arguments; what it needs of the world is a `Needed`. */
export interface Command<Needed> {
  readonly name: string;
  readonly description: string;
  /** These words stand behind the name without a flag, each in its place. */
  readonly operands: readonly string[];
  readonly options: Options;
  /** Runs the command; resolves with the exit code. It is absent where there are only the commands below this one. */
  readonly run?: (given: Readonly<Record<string, unknown>>, world: Needed) => Promise<number>;
  readonly commands: readonly Command<Needed>[];
  /** Whether this one is meant where the command above it is typed with none. */
  readonly isDefault: boolean;
}

/** This is all that any of these commands needs. */
export type NeededBy<Any extends Command<never>> = (
  Any extends Command<infer Needed> ? (needed: Needed) => void : never
) extends (needed: infer All) => void
  ? All
  : never;

interface Declaration<
  Operand extends string,
  Own extends Options,
  Above extends Options,
  Below extends Command<never>,
  Needed,
> {
  readonly name: string;
  readonly description: string;
  readonly operands?: readonly Operand[];
  readonly options?: Own;
  /** It is given these options of the command above it too, which are declared there. */
  readonly above?: Above;
  readonly commands?: readonly Below[];
  readonly isDefault?: boolean;
  readonly run?: (
    given: Readonly<Record<Operand, string>> & Given<Own> & Given<Above>,
    world: Needed,
  ) => Promise<number>;
}

/** Makes a command of its declaration, from whose options the types of what `run` is given are inferred. */
export function command<
  Operand extends string = never,
  Own extends Options = Record<never, never>,
  Above extends Options = Record<never, never>,
  Below extends Command<never> = never,
  Needed = unknown,
>(declaration: Declaration<Operand, Own, Above, Below, Needed>): Command<Needed & NeededBy<Below>> {
  const { above: _, ...told } = declaration;
  // The types of `run` and of what stands below are known here, and to nobody who only walks the commands.
  return { operands: [], options: {}, commands: [], isDefault: false, ...told } as unknown as Command<
    Needed & NeededBy<Below>
  >;
}
