/** `cunzheng challenge`: makes a challenge of a receipt, and prints the report on it. Exit codes as of `cunzheng verify`. */
import { basename } from "node:path";
import { hex } from "../../core/bytes.js";
import { sha256 } from "../../core/digest/sha256.js";
import { FORMAT_BOUNDS } from "../../core/record/json.js";
import type { ChallengeReport } from "../../core/verify/verify-challenge.js";
import { command } from "../model/command.js";
import { EXIT_OF_VERDICT } from "../model/exit-codes.js";
import { optional, required } from "../model/options.js";
import { language, parties } from "../model/shared-options.js";
import type { World } from "../model/world.js";
import { challengeText } from "../text/challenge-text.js";

export interface ChallengeArguments {
  /** The receipt is a file: the signed note, or the answer to a deposit, which has it as `receipt`. */
  readonly receipt: string;
  readonly consortium: string;
  /** The checkpoint is a file: a signed note with cosignatures. */
  readonly checkpoint?: string;
  readonly parties: readonly string[];
  readonly out: string;
}

export interface MadeChallenge {
  readonly report: ChallengeReport;
  readonly bytes: Uint8Array;
  /** These addresses were asked and gave no checkpoint of this log, each with the reason. */
  readonly silent: readonly string[];
}

export interface ChallengeEffects {
  /**
   * Writes `out` where the challenge stands; otherwise the report says what is wanting, and nothing is written. Asks the log
   * and its nodes for a checkpoint where none is given. Rejects with `UnavailableError` where nobody gives one.
   */
  challenge(options: ChallengeArguments): Promise<MadeChallenge>;
}

export const challenge = command({
  name: "challenge",
  description:
    "make a challenge of a receipt whose time has passed, with a checkpoint that the log and its nodes give; " +
    "exit codes as of verify",
  options: {
    receipt: required("<file>", "the receipt, or the answer to the deposit"),
    consortium: required("<file>", "the trust file"),
    out: required("<file>", "where the challenge goes: NAME.challenge.json"),
    checkpoint: optional("<file>", "a cosigned checkpoint; without it the log and its nodes are asked"),
    party: parties(
      "a party, by its id, credit code or name: its group's cosignatures are not counted (repeatable)",
    ),
    lang: language("language of the report"),
  },
  run: async ({ party, lang, ...options }, world: World & ChallengeEffects) => {
    const { report, bytes, silent } = await world.challenge({ ...options, parties: party });
    const consortium = await world.readFile(options.consortium, FORMAT_BOUNDS.bytes);
    const named = (path: string, content: Uint8Array) => ({
      name: basename(path),
      ...(content.length <= FORMAT_BOUNDS.bytes && { sha256: hex(sha256(content)) }),
    });
    const inputs = {
      version: world.version,
      file: named(options.out, bytes),
      consortium: named(options.consortium, consortium),
    };
    world.print(challengeText(report, inputs, world.catalogue(), lang));
    if (report.verdict === "unanswered") return EXIT_OF_VERDICT.unanswered;
    world.printError(`cunzheng: ${options.out} was not written\n`);
    for (const line of silent) world.printError(`  ${line}\n`);
    return EXIT_OF_VERDICT[report.verdict];
  },
});
