/** `cunzheng certificate`: a certificate's pages, made again from its evidence. Exit codes 0 made, 1 other, 2 not made. */
import {
  type CertificateArguments,
  type CommandWorld,
  type RemadeCertificate,
  UsageError,
} from "./world/world.js";
import { EXIT_CODES } from "./verify.js";

export async function certificateCommand(
  options: CertificateArguments,
  world: CommandWorld,
): Promise<number> {
  let made: RemadeCertificate;
  try {
    made = await world.makeCertificate(options);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    world.printError(`cunzheng: ${(error as Error).message}\n`);
    return EXIT_CODES.incomplete;
  }
  const { sha256, isSame, issuedUnder } = made;
  world.print(`${options.out}: unsigned, SHA-256 ${sha256}\n`);
  if (issuedUnder !== undefined)
    world.printError(
      `cunzheng: issued under another trust file (SHA-256 ${issuedUnder}): the pages may name others\n`,
    );
  if (isSame === undefined) return EXIT_CODES.verified;
  world.print(
    isSame
      ? "The certificate given has these pages.\n"
      : "THE CERTIFICATE GIVEN HAS OTHER PAGES, or was issued under another trust file.\n",
  );
  return isSame ? EXIT_CODES.verified : EXIT_CODES.refused;
}
