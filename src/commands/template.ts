/** `cunzheng template`: a template of certificates, built after a change of its files. Exit codes 0 built, 2 not built. */
import { EXIT_CODES } from "./verify.js";
import type { CommandWorld } from "./world/world.js";

export async function templateCommand(
  options: { readonly name: string; readonly templates?: string },
  world: CommandWorld,
): Promise<number> {
  try {
    const { sha256, file } = await world.buildTemplate(options);
    world.print(`${file}: template ${options.name}, SHA-256 ${sha256}\n`);
    return EXIT_CODES.verified;
  } catch (error) {
    world.printError(`cunzheng: ${(error as Error).message}\n`);
    return EXIT_CODES.incomplete;
  }
}
