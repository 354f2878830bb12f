/** `cunzheng template`: a template of certificates, built after a change of its files. */
import { command } from "../model/command.js";
import { EXIT } from "../model/exit-codes.js";
import { optional } from "../model/options.js";
import type { World } from "../model/world.js";

export interface TemplateEffects {
  /** Builds a template of certificates in place, of the program's own folder where none is named. Throws with what is wrong. */
  buildTemplate(options: {
    readonly name: string;
    readonly templates?: string;
  }): Promise<{ readonly sha256: string; readonly file: string }>;
}

export const template = command({
  name: "template",
  operands: ["name"],
  description:
    "build a template of certificates after a change of its files: writes certificate/NAME/built.json, " +
    "whose SHA-256 names the template; " +
    "exit codes: 0 built, 2 it can't be built, 64 wrong usage",
  options: {
    templates: optional("<folder>", "the folder with the template, where it is not the program's own"),
  },
  run: async (options, world: World & TemplateEffects) => {
    try {
      const { sha256, file } = await world.buildTemplate(options);
      world.print(`${file}: template ${options.name}, SHA-256 ${sha256}\n`);
      return EXIT.done;
    } catch (error) {
      world.printError(`cunzheng: ${(error as Error).message}\n`);
      return EXIT.incomplete;
    }
  },
});
