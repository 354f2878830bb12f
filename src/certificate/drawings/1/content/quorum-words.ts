/** The rule of the quorum, what came of it, and the checks before issue: each in both languages. */
import type { Algorithm, ReportFacts, Role, RuleFacts } from "./subject.js";
import type { Wording } from "../template/wording.js";
import { fill, type Language, type Words } from "../template/words.js";

export function ruleWords(wording: Wording, rule: RuleFacts): readonly Words[] {
  const { total, roles, excludeParties } = rule;
  const { values } = wording;
  const list = roleList(wording, roles, "quorumRole");
  const inRoles =
    roles.length === 0 ? NOTHING : filledEach(values.quorumRoles, (language) => ({ list: list[language] }));
  const algorithms = rule.algorithms.map(nameOfAlgorithm);
  return [
    filledEach(values.quorumRule, (language) => ({ total, roles: inRoles[language] })),
    excludeParties ? values.excludeParties : values.operatorOnly,
    ...(algorithms.length === 0
      ? []
      : [
          filledEach(values.signatures, (language) => ({
            algorithms: algorithms.join(language === "zh" ? " 与 " : " and "),
          })),
        ]),
  ];
}

export interface QuorumOutcome {
  readonly quorum: ReportFacts["quorum"];
  readonly excludeParties: boolean;
  /** The depositor is no organisation of the trust file. */
  readonly isUnknown: boolean;
}

export function outcomeWords(
  wording: Wording,
  { quorum, excludeParties, isUnknown }: QuorumOutcome,
): readonly Words[] {
  const { values } = wording;
  const { total, roles } = quorum;
  const list = roleList(
    wording,
    roles.map(({ role, got }) => ({ role, count: got })),
    "gotRole",
  );
  const inBrackets = roles.length === 0 ? NOTHING : { zh: `（${list.zh}）`, en: ` (${list.en})` };
  const words = excludeParties ? values.quorumHolds : values.quorumHoldsDepositorCounts;
  return [
    filledEach(words, (language) => ({ got: total, roles: inBrackets[language] })),
    ...(isUnknown ? [values.depositorUnknown] : []),
  ];
}

/** All checks but that of the certificate itself. */
export function checkWords(
  { checks: names, results, values }: Wording,
  checks: ReportFacts["checks"],
): Words {
  const list = (language: Language, separator: string) =>
    checks
      .map(({ name, result }) =>
        fill(values.check[language], { check: names[name][language], result: results[result][language] }),
      )
      .join(separator);
  return { zh: list("zh", "；"), en: list("en", "; ") };
}

export const nameOfAlgorithm = (algorithm: Algorithm): string =>
  algorithm === "ed25519" ? "Ed25519" : "ML-DSA-44";

const NOTHING: Words = { zh: "", en: "" };

function filledEach(
  words: Words,
  values: (language: Language) => Readonly<Record<string, string | number>>,
): Words {
  return { zh: fill(words.zh, values("zh")), en: fill(words.en, values("en")) };
}

function roleList(
  { roles, values }: Wording,
  items: readonly { readonly role: Role; readonly count: number }[],
  as: "quorumRole" | "gotRole",
): Words {
  const each = items.map(({ role, count }) => ({
    zh: fill(values[as].zh, { role: roles[role].zh, count }),
    en: fill(values[as].en, { role: roles[role].en, count }),
  }));
  return { zh: each.map(({ zh }) => zh).join("、"), en: each.map(({ en }) => en).join(", ") };
}
