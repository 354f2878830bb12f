/** The report on a misconduct file as a person reads it; wording from the same catalogue as other reports. */
import { bytesFromBase64, hex } from "../../core/bytes.js";
import type { MisconductReport } from "../../core/verify/verify-misconduct.js";
import { refusalMeans } from "./closing-text.js";
import {
  type Catalogue,
  inputLines,
  type Language,
  PUNCTUATION,
  type ReportInputs,
  visible,
} from "./report-text.js";

export function misconductText(
  { verdict, problem, checkpoints, convicted }: MisconductReport,
  inputs: ReportInputs,
  catalogue: Catalogue,
  language: Language,
): string {
  const { misconduct, codes, kinds } = catalogue;
  const say = (code: string) => misconduct[code]?.[language] ?? code;
  const { colon } = PUNCTUATION[language];
  const head = inputLines(inputs, catalogue, language);
  const lines = [say("title"), "", ...head, "", `${say("verdict")}${colon}${say(verdict)}`];
  if (problem)
    lines.push(`  ${codes[problem.code]?.[language] ?? visible(problem.message)} [${problem.code}]`);
  if (convicted.length > 0) {
    lines.push("", `${say("convicted")}${colon}`.trimEnd());
    for (const { kind, name, organisationName } of convicted) {
      const what = kind === "log" ? say("log") : (kinds[kind]?.[language] ?? kind);
      lines.push(`  ✗ ${visible(organisationName[language])}${colon}${visible(name)}, ${what}`);
    }
  }
  if (checkpoints.length > 0) lines.push("", `${say("checkpoints")}${colon}`.trimEnd());
  for (const { origin, treeSize, rootHash } of checkpoints)
    lines.push(
      `  ${visible(origin)}, ${say("treeSize")} ${treeSize}`,
      `      ${say("root")} ${hex(bytesFromBase64(rootHash))}`,
    );
  const means = verdict === "refused" ? refusalMeans(problem?.code) : `${verdict}Means`;
  return [...lines, "", say(means), ""].join("\n");
}
