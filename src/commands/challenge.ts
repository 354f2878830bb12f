/** `cunzheng challenge`: makes a challenge of a receipt, and prints the report on it. Exit codes as of `cunzheng verify`. */
import { hex } from "../core/bytes.js";
import { sha256 } from "../core/digest/sha256.js";
import { FORMAT_BOUNDS } from "../core/record/json.js";
import { basename } from "node:path";
import { checkedParties } from "./parties.js";
import { challengeText } from "./text/challenge-text.js";
import type { Language } from "./text/report-text.js";
import { EXIT_CODES } from "./verify.js";
import { type CommandWorld, UnavailableError } from "./world/world.js";

export interface ChallengeCommand {
  readonly receipt: string;
  readonly consortium: string;
  readonly checkpoint?: string;
  readonly party: readonly string[];
  readonly out: string;
  readonly lang: Language;
}

export async function challengeCommand(
  { party, lang, ...options }: ChallengeCommand,
  world: CommandWorld,
): Promise<number> {
  let made: Awaited<ReturnType<CommandWorld["challenge"]>>;
  try {
    made = await world.challenge({ ...options, parties: checkedParties(party) });
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    world.printError(`cunzheng: ${error.message}\n`);
    return EXIT_CODES.incomplete;
  }
  const { report, bytes, silent } = made;
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
  if (report.verdict === "unanswered") return EXIT_CODES.unanswered;
  world.printError(`cunzheng: ${options.out} was not written\n`);
  for (const line of silent) world.printError(`  ${line}\n`);
  return EXIT_CODES[report.verdict];
}
