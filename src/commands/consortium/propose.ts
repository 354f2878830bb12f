/** `cunzheng consortium propose`: the one change between the trust file in force and the one that is wished for. */
import { VerificationError } from "../../core/errors.js";
import { CHANGE_TYPE, type ConsortiumChange, hashTrustFile } from "../../core/membership/change.js";
import { deriveChanges } from "../../core/membership/derive-change.js";
import { resultOfChange } from "../../core/membership/verify-change.js";
import { formatTime } from "../../core/record/time.js";
import type { Language } from "../text/report-text.js";
import { type CommandWorld, UsageError } from "../world/world.js";
import { changeLines } from "./change-text.js";
import { EXIT, problemText, readTrust, writeChangeFile } from "./files.js";
import { speech } from "./words.js";

export interface ProposeArguments {
  readonly consortium: string;
  readonly wanted: string;
  readonly reason: string;
  readonly out: string;
  readonly from?: number;
  readonly until?: number;
  readonly lang: Language;
}

export async function proposeCommand(options: ProposeArguments, world: CommandWorld): Promise<number> {
  const membership = await world.membership();
  const { file: before } = await readTrust(options.consortium, world);
  const { file: wanted } = await readTrust(options.wanted, world);
  const words = speech(world.catalogue(), options.lang);
  const { from, until, reason } = options;
  const sizes = { ...(from !== undefined && { from }), ...(until !== undefined && { until }) };
  const { changes, impossible, lacksSize } = deriveChanges(before, wanted, sizes);
  const proposedAt = formatTime(membership.now());

  const [change, ...more] = changes;
  if (change === undefined || more.length > 0 || impossible.length > 0) {
    const found = changes.map(
      (each) => `  ${changeLines({ change: each, reason, proposedAt }, before, words)[0]}\n`,
    );
    world.printError(
      `cunzheng: an entry of the ledger is one change; between these files there ${changes.length === 1 ? "is" : "are"} ${changes.length}\n${found.join("")}` +
        impossible.map((pointer) => `  no change brings about what differs at ${pointer}\n`).join(""),
    );
    return EXIT.refused;
  }
  if (lacksSize)
    throw new UsageError("--from <size>: the first tree size at which the change counts is needed");
  try {
    const proposal: ConsortiumChange = {
      type: CHANGE_TYPE,
      id: membership.newId(),
      origin: before.log.origin,
      before: hashTrustFile(before),
      after: hashTrustFile(resultOfChange(before, change)),
      proposedAt,
      reason,
      change,
      approvals: [],
    };
    await writeChangeFile(options.out, proposal, membership);
    world.print(
      `${[...changeLines(proposal, before, words), words.line("written", options.out)].join("\n")}\n`,
    );
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    world.printError(`cunzheng: no such change: ${problemText(error)}\n`);
    return EXIT.refused;
  }
}
