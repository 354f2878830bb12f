/** The report on a challenge as a person reads it; wording from the same catalogue as other reports. */
import { bytesFromBase64, hex } from "../../core/bytes.js";
import type { ChallengeReport } from "../../core/verify/verify-challenge.js";
import { refusalMeans } from "./closing-text.js";
import {
  type Catalogue,
  cosignerLines,
  firstNoticeLines,
  inputLines,
  type Language,
  PUNCTUATION,
  type ReportInputs,
  visible,
  wholeSeconds,
} from "./report-text.js";

export function challengeText(
  { verdict, notices = [], problem, receipt, checkpoint, quorum, parties, answer }: ChallengeReport,
  inputs: ReportInputs,
  catalogue: Catalogue,
  language: Language,
): string {
  const { challenge, codes, labels, verdicts } = catalogue;
  const say = (code: string) => challenge[code]?.[language] ?? code;
  const { colon, comma } = PUNCTUATION[language];
  const reason = (code: string, message?: string) =>
    `  ${codes[code]?.[language] ?? visible(message ?? code)} [${code}]`;
  const lines = [say("title"), "", ...inputLines(inputs, catalogue, language), ""];
  lines.push(`${say("verdict")}${colon}${say(verdict)}`);
  if (problem) lines.push(reason(problem.code, problem.message));
  lines.push(...firstNoticeLines(notices, catalogue, language));
  if (receipt)
    lines.push(
      "",
      `${say("receipt")}${colon}${receipt.id}`,
      `  ${say("leafHash")} ${hex(bytesFromBase64(receipt.leafHash))}`,
      `  ${receipt.sealBy}  ${say("sealBy")}`,
    );
  if (checkpoint) {
    const { origin, treeSize, rootHash, cosignedAt } = checkpoint;
    lines.push(
      "",
      `${say("checkpoint")}${colon}${visible(origin)}${comma}${say("treeSize")} ${treeSize}`,
      `  ${say("root")} ${hex(bytesFromBase64(rootHash))}`,
    );
    if (cosignedAt !== undefined)
      lines.push(`  ${wholeSeconds(cosignedAt).padEnd(24)}  ${say("cosignedAt")}`);
  }
  if (parties.length > 0)
    lines.push("", `${labels["parties"]?.[language] ?? ""}${colon}${parties.map(visible).join(comma)}`);
  if (quorum && quorum.cosigners.length > 0) lines.push("", `${say("cosigners")}${colon}`.trimEnd());
  const tooEarly = challenge["too-early"];
  const words = {
    ...catalogue,
    reasons: { ...catalogue.reasons, ...(tooEarly && { "too-early": tooEarly }) },
  };
  lines.push(...cosignerLines(quorum?.cosigners ?? [], words, language));
  if (answer) {
    const { report, code } = answer;
    lines.push("", `${say("answer")}${colon}${verdicts[report.verdict]?.[language] ?? report.verdict}`);
    if (report.times) lines.push(`  ${report.times.sealedAt}  ${labels["sealedAt"]?.[language] ?? ""}`);
    if (code) lines.push(reason(code));
  }
  const means = verdict === "refused" ? refusalMeans(problem?.code) : (answer?.code ?? `${verdict}Means`);
  return [...lines, "", say(means), ""].join("\n");
}
