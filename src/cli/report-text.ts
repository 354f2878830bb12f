/**
 * The report as a person reads it. Wording comes from a catalogue (templates/wording/report.json) by code; foreign
 * text is shown with its control characters and direction marks as code points, so that no name can forge a line.
 */
import { formatTime } from "../core/record/time.js";
import {
  type Check,
  type Report,
  type ReportTimestamp,
  UNDECIDED_TIMESTAMPS,
} from "../core/verify/report.js";

export type Language = "zh" | "en";
export type Words = Readonly<Record<string, { readonly zh: string; readonly en: string }>>;

/** templates/wording/report.json */
export interface Catalogue {
  readonly labels: Words;
  readonly verdicts: Words;
  readonly results: Words;
  readonly checks: Words;
  readonly roles: Words;
  readonly kinds: Words;
  readonly reasons: Words;
  /** Of timestamp tokens; what failed has its words in `codes`. */
  readonly timestampReasons: Words;
  readonly codes: Words;
  readonly notices: Words;
  /** How a bound that was compared begins, in core's English. */
  readonly bounds: Words;
}

const MARKS = { passed: "✓", failed: "✗", "not-run": "–" } as const;

export function reportText(report: Report, catalogue: Catalogue, language: Language): string {
  const say = (words: Words, code: string, values: Readonly<Record<string, string | number>> = {}) =>
    Object.entries(values).reduce(
      (text, [name, value]) => text.replace(`{${name}}`, String(value)),
      words[code]?.[language] ?? code,
    );
  const { labels } = catalogue;
  const label = (code: string) => say(labels, code);
  const lines = [label("title"), "", `${label("verdict")}: ${say(catalogue.verdicts, report.verdict)}`, ""];

  if (report.subject) {
    const { id, depositor, recordType, name, checkpoint, ledgerIndex } = report.subject;
    lines.push(
      `${label("subject")}: ${id}`,
      `${label("depositor")}: ${visible(depositor.name)} (${visible(depositor.id)})`,
      `${label("record")}: ${visible(recordType)}${name === undefined ? "" : ` · ${visible(name)}`}`,
      `${label("ledger")}: ${visible(checkpoint.origin)}, ${say(labels, "entry", { index: ledgerIndex, treeSize: checkpoint.treeSize })}`,
      "",
    );
  }
  if (report.parties.length > 0)
    lines.push(`${label("parties")}: ${report.parties.map(visible).join(", ")}`, "");

  lines.push(`${label("checks")}:`);
  report.checks.forEach((check, i) => lines.push(...checkLines(check, i + 1)));

  if (report.times) {
    lines.push("", `${label("times")}:`);
    for (const name of ["createdAt", "receivedAt", "sealedAt", "finalAt", "timestampedAt"] as const) {
      const time = report.times[name];
      if (time === undefined) continue;
      lines.push(`  ${(name === "finalAt" ? wholeSeconds(time) : time).padEnd(24)}  ${label(name)}`);
    }
  }
  if (report.quorum) {
    const { total, roles } = report.quorum;
    lines.push("", `${label("quorum")}:`, `  ${label("organisations")}: ${say(labels, "of", total)}`);
    for (const { role, ...count } of roles)
      lines.push(`  ${say(catalogue.roles, role)}: ${say(labels, "of", count)}`);
  }
  if (report.cosigners.length > 0) {
    lines.push("", `${label("cosigners")}:`);
    for (const { name, kind, organisationName, role, timeSeconds, counted, reason } of report.cosigners) {
      lines.push(
        `  ${counted ? "✓" : "–"} ${visible(organisationName[language])} (${say(catalogue.roles, role)}): ` +
          `${label(counted ? "counted" : "notCounted")}${counted ? "" : ` — ${say(catalogue.reasons, reason)}`}`,
        `      ${wholeSeconds(formatTime(timeSeconds * 1000))}  ${visible(name)}, ${say(catalogue.kinds, kind)}`,
      );
    }
  }
  if (report.timestamps) {
    lines.push("", `${label("timestamps")}:`);
    for (const { authority, signer, genTime, counted, reason } of report.timestamps) {
      const name = authority ?? signer;
      const isWrong = isTimestampCode(reason) && !UNDECIDED_TIMESTAMPS.has(reason);
      const why = say(isTimestampCode(reason) ? catalogue.codes : catalogue.timestampReasons, reason);
      const by = signer === undefined || signer === name ? "" : `  ${visible(signer)}`;
      lines.push(
        `  ${counted ? "✓" : isWrong ? "✗" : "–"} ${name === undefined ? label("unreadable") : visible(name)}: ` +
          `${label(counted ? "counted" : "notCounted")}${counted ? "" : ` — ${why}`}`,
        ...(genTime === undefined ? [] : [`      ${genTime}${by}`]),
      );
    }
  }
  if (report.notices.length > 0) {
    lines.push("", `${label("notices")}:`);
    for (const { code, message } of report.notices) {
      const isDetailed = code === "trust-file-broken" || code === "vkey-set-aside";
      lines.push(`  ${say(catalogue.notices, code)}${isDetailed ? ` (${visible(message)})` : ""}`);
    }
  }
  return [...lines, "", label("limits"), ""].join("\n");

  function checkLines({ name, result, code, message, compared }: Check, number: number): string[] {
    const why =
      code === undefined ? "" : ` — ${catalogue.codes[code]?.[language] ?? visible(message)} [${code}]`;
    const head = `  ${MARKS[result]} ${String(number).padStart(2)}. ${say(catalogue.checks, name)}: ${say(catalogue.results, result)}${why}`;
    if (result !== "failed") return [head];
    return [
      head,
      ...(compared ?? []).map(
        ({ what, got, want }) =>
          `        ${nameOf(what)}: ${label("got")} ${bound(got)}; ${label("want")} ${bound(want)}`,
      ),
    ];
  }

  /** What was compared, where the catalogue has a word for it. */
  function nameOf(what: string): string {
    return labels[what]?.[language] ?? catalogue.roles[what]?.[language] ?? visible(what);
  }

  function bound(text: string): string {
    const begin = Object.keys(catalogue.bounds).find((words) => text.startsWith(`${words} `));
    return begin === undefined
      ? visible(text)
      : `${say(catalogue.bounds, begin)} ${visible(text.slice(begin.length + 1))}`;
  }
}

const isTimestampCode = (reason: ReportTimestamp["reason"]) => reason.startsWith("timestamp-");

/** Control characters, direction marks and the like as `〔U+202E〕`: what is printed is what is there. */
function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu,
    (character) => `〔U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}〕`,
  );
}

/** Cosigners' clocks give whole seconds: milliseconds would be a precision that nobody measured. */
const wholeSeconds = (time: string): string => time.replace(".000Z", "Z");
