/** `cunzheng consortium propose`: the one change between the trust file in force and the one that is wished for. */
import { VerificationError } from "../../core/errors.js";
import { CHANGE_TYPE, type ConsortiumChange, hashTrustFile } from "../../core/membership/change.js";
import { deriveChanges } from "../../core/membership/derive-change.js";
import { resultOfChange } from "../../core/membership/verify-change.js";
import { formatTime } from "../../core/record/time.js";
import { command } from "../model/command.js";
import { UsageError } from "../model/errors.js";
import { EXIT } from "../model/exit-codes.js";
import { optional, required } from "../model/options.js";
import { treeSize } from "../model/shared-options.js";
import type { World } from "../model/world.js";
import { problemText } from "../text/problem-text.js";
import { readTrust, writeChangeFile } from "./files.js";
import type { ConsortiumEffects } from "./membership-world.js";
import { lang, trustFile } from "./options.js";
import { changeLines } from "./text/change-text.js";
import { speech } from "./text/words.js";

export const propose = command({
  name: "propose",
  description:
    "write the change between the trust file in force and an edited one: what is missing in that ends, what is new begins; " +
    "exit codes: 0, 1 not one change, or one that would be refused, 2 broken trust file",
  options: {
    consortium: trustFile,
    wanted: required("<file>", "the trust file as it shall be"),
    reason: required("<text>", "for those who are asked to approve it"),
    out: required("<file>", "where the change goes"),
    from: optional("<size>", "the first tree size at which what is new counts", treeSize),
    until: optional(
      "<size>",
      "the first at which what was no longer does; otherwise that of --from. After a compromise: the last size at which the " +
        "key was surely in its holder's hands, and one",
      treeSize,
    ),
    lang,
  },
  run: async (options, world: World & ConsortiumEffects) => {
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
        "cunzheng: an entry of the ledger is one change; between these files there " +
          `${changes.length === 1 ? "is" : "are"} ${changes.length}\n${found.join("")}` +
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
  },
});
