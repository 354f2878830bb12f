/** `cunzheng migrate`: a store moved from one database to the other, or the collections of a new one made. */
import { InvalidArgumentError } from "commander";
import { command } from "../model/command.js";
import { EXIT } from "../model/exit-codes.js";
import { flag, optional, repeated } from "../model/options.js";
import { hexDigest } from "../model/shared-options.js";
import type { World } from "../model/world.js";

export interface MigrateArguments {
  /** A data folder, the file of a store, or the address of a MongoDB; or a file with the address. */
  readonly from?: string | undefined;
  readonly fromFile?: string | undefined;
  readonly to?: string | undefined;
  readonly toFile?: string | undefined;
  readonly configFile?: string | undefined;
  readonly trustFile?: string | undefined;
  /** Gives a move up that was not finished: the store that was left is opened again. */
  readonly isAbandoned: boolean;
  /** The word of a move whose target is lost for ever, and was never whole. */
  readonly lostTarget?: string | undefined;
  readonly withoutOriginals: readonly string[];
  readonly tell: (line: string) => void;
}

export interface MigrateEffects {
  /** Throws with what is in the way. No two stores are then open. What it did is told. */
  migrateStore(options: MigrateArguments): Promise<readonly string[]>;
}

export const migrate = command({
  name: "migrate",
  description:
    "move a notary's store between its data folder and MongoDB, or make the collections of a new one (--to alone); the same " +
    "command goes on with a move that was cut off; exit codes: 0 done, 1 not done",
  options: {
    from: optional("<place>", "the store to leave: a data folder, a notary.db, or mongodb://..."),
    fromFile: optional("<file>", "a file of its owner's alone with that address"),
    to: optional("<place>", "where it goes: a data folder, or mongodb://..."),
    toFile: optional("<file>", "a file of its owner's alone with that address"),
    config: optional("<file>", "notary.json, which names the trust file"),
    trust: optional("<file>", "the trust file, where there is no --config"),
    abandon: flag("give a move up that was not finished: the store that was left is opened again"),
    lostTarget: optional(
      "<move>",
      "with --abandon and without --to: the target of this move is lost for ever and was never whole",
      moveWord,
    ),
    withoutOriginal: repeated("<sha256>", "a kept original that is known to be lost (repeatable)", hexDigest),
  },
  run: async (given, world: World & MigrateEffects) => {
    const { config, trust, abandon, withoutOriginal, ...places } = given;
    try {
      const lines = await world.migrateStore({
        ...{ ...places, configFile: config, trustFile: trust, isAbandoned: abandon ?? false },
        ...{ withoutOriginals: withoutOriginal, tell: (line) => world.printError(`${line}\n`) },
      });
      for (const line of lines) world.print(`${line}\n`);
      return EXIT.done;
    } catch (error) {
      world.printError(`cunzheng: the store was not moved: ${(error as Error).message}\n`);
      return EXIT.refused;
    }
  },
});

function moveWord(text: string): string {
  if (!/^[0-9a-f]{16}$/.test(text))
    throw new InvalidArgumentError("not the word of a move: 16 hexadecimal digits");
  return text;
}
