/** `cunzheng certificate`: a certificate's pages, made again from its evidence. */
import { command } from "../model/command.js";
import { UsageError } from "../model/errors.js";
import { EXIT } from "../model/exit-codes.js";
import { optional, required } from "../model/options.js";
import type { World } from "../model/world.js";

export interface CertificateArguments {
  /** This is a file: the evidence, or a certificate with both files inside. */
  readonly evidence: string;
  readonly consortium: string;
  /** This is a file: certificate.json. */
  readonly with?: string;
  readonly templates?: string;
  readonly out: string;
}

/** Digests stand here in hexadecimal. */
export interface RemadeCertificate {
  readonly sha256: string;
  /** Where a certificate was given, this says whether its own bytes, its signature aside, are the same. */
  readonly isSame?: boolean;
  /** The certificate names this trust file, where it is not the one that was given. */
  readonly issuedUnder?: string;
}

export interface CertificateEffects {
  /** Makes a certificate's pages again, before it is signed, and writes `out`. Throws with what is wanting. */
  makeCertificate(options: CertificateArguments): Promise<RemadeCertificate>;
}

export const certificate = command({
  name: "certificate",
  operands: ["evidence"],
  description:
    "make a certificate's pages again, as they were before it was signed: the same bytes on any machine with its template; " +
    "exit codes: 0 made, 1 it would say something else than the certificate given, 2 it can't be made, 64 wrong usage",
  options: {
    consortium: required("<file>", "the trust file under which it was issued"),
    with: optional("<file>", "its certificate.json; a certificate PDF brings its own"),
    templates: optional("<folder>", "where to look for its template; otherwise the program's own"),
    out: required("<file>", "where the unsigned PDF goes"),
  },
  run: async (options, world: World & CertificateEffects) => {
    let made: RemadeCertificate;
    try {
      made = await world.makeCertificate(options);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      world.printError(`cunzheng: ${(error as Error).message}\n`);
      return EXIT.incomplete;
    }
    const { sha256, isSame, issuedUnder } = made;
    world.print(`${options.out}: unsigned, SHA-256 ${sha256}\n`);
    if (issuedUnder !== undefined)
      world.printError(
        `cunzheng: issued under another trust file (SHA-256 ${issuedUnder}): the pages may name others\n`,
      );
    if (isSame === undefined) return EXIT.done;
    world.print(
      isSame
        ? "The certificate given has these pages.\n"
        : "THE CERTIFICATE GIVEN HAS OTHER PAGES, or was issued under another trust file.\n",
    );
    return isSame ? EXIT.done : EXIT.refused;
  },
});
