/** How a report ends, and the verdict in words: what was found, and what a reader may still rely on. */
import type { TextForm } from "../../core/record/text-forms.js";
import { type Conclusion, conclusionsOf } from "../../core/verify/conclusions.js";
import type { Report } from "../../core/verify/report.js";
import type { Catalogue, Language } from "./report-text.js";

export interface Closing {
  /** The verdict, after its label. */
  readonly verdict: string;
  /** One sentence for each conclusion, the most fundamental first. */
  readonly lines: readonly string[];
}

const HOLDS: ReadonlySet<Conclusion> = new Set<Conclusion>([
  "evidence-holds",
  "digests-hold",
  "record-holds",
]);

export function closingOf(report: Report, { limits, verdicts }: Catalogue, language: Language): Closing {
  const conclusions = conclusionsOf(report);
  return {
    verdict: verdicts[verdictOf(report, conclusions)]?.[language] ?? report.verdict,
    lines: conclusions.map((code) => limits[code]?.[language] ?? code),
  };
}

/** Whoever reads no further must neither take a file at hand for the one that was deposited, nor doubt what holds. */
function verdictOf({ verdict }: Report, conclusions: readonly Conclusion[]): string {
  const [first, second] = conclusions;
  if (first === "evidence-only" || first === "digests-only") return "evidence-only";
  if (verdict !== "refused" || first === undefined || !HOLDS.has(first)) return verdict;
  return second?.startsWith("record-") ? "record-refused" : "pages-refused";
}

/** What was done to the record that was given so that it agrees. */
export function formText(form: TextForm, { forms }: Catalogue, language: Language): string {
  const { lineEnds, byteOrderMark, lastNewline } = form;
  const say = (code: string) => forms[code]?.[language] ?? code;
  return [
    ...(byteOrderMark ? [say(`byteOrderMark-${byteOrderMark}`)] : []),
    ...(lineEnds ? [say("lineEnds").replace("{kind}", lineEnds)] : []),
    ...(lastNewline ? [say(`lastNewline-${lastNewline}`)] : []),
  ].join(language === "zh" ? "，" : ", ");
}

/** By the code of what is wrong with a misconduct file or a challenge: which of the closing sentences fits. */
export function refusalMeans(code: string | undefined): string {
  const means = Object.entries(REFUSALS).find(([, codes]) => codes.test(code ?? ""))?.[0];
  return means === undefined ? "refused-unreadable" : `refused-${means}`;
}

const REFUSALS = {
  "other-ledger": /^origin-mismatch$/,
  "no-contradiction": /^(?:not-contradictory|consistency-)/,
  nobody: /^nobody-convicted$/,
  signature: /^(?:signature-|cosignature-)/,
  quorum: /^quorum-not-met$/,
} as const;
