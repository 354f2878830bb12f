/** What `check` and `approve` have in common: a change judged under the trust file in force, and told of. */
import { type ConsortiumChange, firstSizeOf } from "../../core/membership/change.js";
import { judgeChange, type JudgedChange } from "../../core/membership/verify-change.js";
import { lastingSize } from "../../core/trust/consortium.js";
import { refuseBrokenResult } from "../../pki/trust-file.js";
import type { World } from "../model/world.js";
import { isRefusal, problemText } from "../text/problem-text.js";
import type { Language } from "../text/report-text.js";
import type { GivenTrust } from "./files.js";
import type { ConsortiumEffects } from "./membership-world.js";
import { approvalLines, changeLines } from "./text/change-text.js";
import { speech } from "./text/words.js";

interface JudgedFor {
  readonly treeSize?: number;
  readonly lang: Language;
}

/** Judges a change. Gives undefined where there is no such change, and says so. */
export function judge(
  change: ConsortiumChange,
  { file: before, consortium }: GivenTrust,
  // The largest tree for which it can be judged, where none is named: what is new counts from then on.
  { treeSize = Math.min(lastingSize(consortium), firstSizeOf(change.change) ?? Infinity) }: JudgedFor,
  world: World & Pick<ConsortiumEffects, "verifiers">,
): JudgedChange | undefined {
  try {
    const judged = judgeChange({ before, change, treeSize, ...world.verifiers });
    refuseBrokenResult(judged.after);
    return judged;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    world.printError(`cunzheng: no such change: ${problemText(error)}\n`);
    return undefined;
  }
}

/** Prints what the change does, and who has approved it. */
export function tell(
  change: ConsortiumChange,
  { file }: GivenTrust,
  { approvals }: JudgedChange,
  { lang }: JudgedFor,
  world: World,
): void {
  const words = speech(world.catalogue(), lang);
  world.print(`${[...changeLines(change, file, words), ...approvalLines(approvals, words)].join("\n")}\n`);
}
