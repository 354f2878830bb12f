/** The texts of a template, gathered: to which characters its fonts are cut. */
import { type FaceName, type Layout, numberedSections, ROW_IDS } from "../drawings/1/template/layout.js";
import { ORDINALS, type Wording } from "../drawings/1/template/wording.js";
import { type Language, otherThan } from "../drawings/1/template/words.js";

/** Digits, letters and the marks that names, types of media and references are made of. */
const USUAL = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ .,:;-/()'+_@";
const IN_DIGESTS_AND_IDS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-:./+ ";
/** Between what stands side by side. */
const JOINTS = "·  \u2003（）；、⬚〇年月日";

/** Words that only some certificates print: their characters come from the fonts of these, or those of all would grow. */
const SOMETIMES: ReadonlySet<string> = new Set([
  "digestsOnly",
  "depositorCounts",
  "roles",
  "reasons",
  "recordTypes",
  "canonical",
  "source",
  "notStated",
  "timeNotices",
  "notComputed",
  "clockUnknown",
  "truncated",
  "operatorOnly",
  "signatures",
  "quorumHoldsDepositorCounts",
  "depositorUnknown",
  "timestampUnread",
  "timestampCountedAlready",
  "timestampUnknown",
  "timestampUndecided",
  "witness",
]);

/** Gives, by face, the words that every certificate of this language prints. */
export function wordsIn(
  wording: Wording,
  layout: Layout,
  language: Language,
): Readonly<Record<FaceName, readonly string[]>> {
  const rows: ReadonlySet<unknown> = new Set(layout.sections.flatMap(({ rows: list = [] }) => list));
  const labels = ROW_IDS.flatMap((id) => (rows.has(id) ? leaves(wording.labels[id]) : []));
  const own = [...rows].flatMap((row) => (typeof row === "string" ? [] : leaves(row)));
  const headings = [wording.title, ...Object.values(wording.sections)];
  return {
    regular: [
      USUAL,
      JOINTS,
      ...leaves({ ...wording, labels: undefined, sections: undefined, seal: undefined, title: undefined }),
      ...headings.map((words) => words[otherThan(language)]),
      ...leaves(wording.reasons.counted),
      ...labels,
      ...own,
    ],
    bold: [
      ...headings.map((words) => words[language]),
      " ",
      wording.seal.line.zh,
      ...leaves(wording.seal.sample),
      language === "zh" ? `、${ORDINALS.slice(0, numberedSections(layout).length).join("")}` : ". 0123456789",
    ],
    mono: [IN_DIGESTS_AND_IDS, ...wording.offline.map(({ command = "" }) => command)],
  };
}

/** Every string in it, but those of some certificates only. */
function leaves(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => (SOMETIMES.has(name) ? [] : leaves(member)));
}
