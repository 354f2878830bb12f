/** `cunzheng policy`: a trust file as a C2SP tlog-policy, for other people's tools. The policy on standard output. */
import { ParseError } from "../../core/errors.js";
import { FORMAT_BOUNDS } from "../../core/record/json.js";
import type { Consortium } from "../../core/trust/consortium.js";
import { encodePolicy, PolicyError, type PolicyQuestion } from "../../core/trust/policy.js";
import { openTrustFile } from "../../pki/trust-file.js";
import { command } from "../model/command.js";
import { EXIT } from "../model/exit-codes.js";
import { oneOf, optional, required } from "../model/options.js";
import { parties, treeSize } from "../model/shared-options.js";
import type { World } from "../model/world.js";

export const policy = command({
  name: "policy",
  description:
    "print a trust file as a C2SP tlog-policy for other verifiers: it accepts nothing that the trust file refuses; " +
    "exit codes: 0, 1 no such policy, 2 broken trust file, 64 wrong usage",
  options: {
    consortium: required("<file>", "the trust file"),
    party: parties(
      "the depositor, or another party, by its id, credit code or name: left out with its group (repeatable)",
    ),
    treeSize: optional(
      "<size>",
      "of the checkpoints it is for; otherwise only keys that count at every size are in it",
      treeSize,
    ),
    format: oneOf<PolicyQuestion["format"]>(
      "<format>",
      "verifier keys (C2SP), or raw keys in hexadecimal (sigsum)",
      { words: ["c2sp", "sigsum"], absent: "c2sp" },
    ),
  },
  run: async ({ party, ...options }, world: World) => {
    let consortium: Consortium;
    try {
      consortium = openTrustFile(await world.readFile(options.consortium, FORMAT_BOUNDS.bytes));
    } catch (error) {
      const { code, detail } = error instanceof ParseError ? error : {};
      const where = [code, detail?.field].filter(Boolean).join(" at ");
      world.printError(
        `cunzheng: the trust file can't be used: ${(error as Error).message}${where && ` (${where})`}\n`,
      );
      return EXIT.incomplete;
    }
    try {
      world.print(encodePolicy({ ...options, consortium, parties: party }));
      return EXIT.done;
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      world.printError(`cunzheng: no policy: ${error.message} (${error.code})\n`);
      return EXIT.refused;
    }
  },
});
