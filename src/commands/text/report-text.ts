/**
 * The report as a person reads it. Wording comes from a catalogue (templates/wording/report.json) by code; foreign
 * text is shown with its control characters and direction marks as code points, so that no name can forge a line.
 */
import { bytesFromBase64, hex } from "../../core/bytes.js";
import { formatTime } from "../../core/record/time.js";
import {
  type Check,
  type Notice,
  type Report,
  type ReportTimestamp,
  UNDECIDED_TIMESTAMPS,
} from "../../core/verify/report.js";
import type { Cosigner } from "../../core/trust/quorum.js";
import { closingOf, formText } from "./closing-text.js";

export type Language = "zh" | "en";
export type Words = Readonly<Record<string, { readonly zh: string; readonly en: string }>>;

/** templates/wording/report.json */
export interface Catalogue {
  readonly labels: Words;
  /** By conclusion: what the report as a whole proves. */
  readonly limits: Words;
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
  /** What was done to a text so that it agrees. */
  readonly forms: Words;
  /** Of misconduct files. */
  readonly misconduct: Words;
  readonly challenge: Words;
  /** Of `cunzheng consortium`: what it says, and what each kind of change does. */
  readonly membership: Words;
  readonly changes: Words;
  /** How a bound that was compared begins, in core's English. */
  readonly bounds: Words;
}

/** What was put before the program, as it lay: for whoever must tell one file from another. Digests in hexadecimal. */
export interface ReportInputs {
  readonly version: string;
  readonly file: InputFile;
  readonly consortium: InputFile;
  readonly record?: InputFile & { readonly sm3?: string };
  /** What was shown in answer to a challenge. */
  readonly answer?: InputFile;
}
export interface InputFile {
  readonly name: string;
  /** Absent where it was not read to its end: it is too large, or of another size than is wanted. */
  readonly sha256?: string;
}

const LONGEST_SHOWN = 200;

export const PUNCTUATION = {
  zh: { colon: "：", comma: "、", semicolon: "；" },
  en: { colon: ": ", comma: ", ", semicolon: "; " },
} as const;

const MARKS = { passed: "✓", failed: "✗", "not-run": "–" } as const;

export function reportText(
  report: Report,
  inputs: ReportInputs,
  catalogue: Catalogue,
  language: Language,
): string {
  const say = (words: Words, code: string, values: Readonly<Record<string, string | number>> = {}) =>
    Object.entries(values).reduce(
      (text, [name, value]) => text.replace(`{${name}}`, String(value)),
      words[code]?.[language] ?? code,
    );
  const { labels } = catalogue;
  const label = (code: string) => say(labels, code);
  const { colon, comma, semicolon } = PUNCTUATION[language];
  const line = (code: string, text: string) => `${label(code)}${colon}${text}`;
  const heading = (code: string) => line(code, "").trimEnd();
  const closing = closingOf(report, catalogue, language);
  const verdict = line("verdict", closing.verdict);
  const first = firstNoticeLines(report.notices, catalogue, language);
  const lines = [label("title"), "", ...inputLines(inputs, catalogue, language), "", verdict, ...first, ""];

  if (report.subject) {
    const { id, depositor, recordType, name, digestsBy, checkpoint, ledgerIndex } = report.subject;
    lines.push(
      line("subject", id),
      line("depositor", `${visible(depositor.name)} (${visible(depositor.id)})`),
      line("record", `${visible(recordType)}${name === undefined ? "" : ` · ${visible(name)}`}`),
      line("digestsBy", label(digestsBy === "service" ? "service" : "depositorOnly")),
      line("ledger", visible(checkpoint.origin)),
      line("position", say(labels, "entry", { index: ledgerIndex, treeSize: checkpoint.treeSize })),
      "",
    );
  }
  if (report.parties.length > 0) lines.push(line("parties", report.parties.map(visible).join(comma)), "");

  lines.push(heading("checks"));
  report.checks.forEach((check, i) => lines.push(...checkLines(check, i + 1)));

  if (report.times) {
    lines.push("", heading("times"));
    for (const name of PRINTED_TIMES) {
      const time = report.times[name];
      if (time === undefined) continue;
      const shown = name.endsWith("NotLaterThan") ? wholeSeconds(time) : time;
      lines.push(`  ${shown.padEnd(24)}  ${label(name)}`);
    }
  }
  if (report.quorum) {
    const { total, roles } = report.quorum;
    lines.push("", heading("quorum"), `  ${line("organisations", say(labels, "of", total))}`);
    for (const { role, ...count } of roles)
      lines.push(`  ${say(catalogue.roles, role)}${colon}${say(labels, "of", count)}`);
  }
  if (report.cosigners.length > 0)
    lines.push(
      "",
      heading("cosigners"),
      ...cosignerLines(report.cosigners, catalogue, language),
      `  ${label("cutOff")}`,
    );
  if (report.timestamps) {
    lines.push("", heading("timestamps"));
    for (const { authority, signer, genTime, notLaterThan, counted, reason } of report.timestamps) {
      const name = authority ?? signer;
      const isWrong = isTimestampCode(reason) && !UNDECIDED_TIMESTAMPS.has(reason);
      const why = say(isTimestampCode(reason) ? catalogue.codes : catalogue.timestampReasons, reason);
      const by = signer === undefined || signer === name ? "" : `  ${visible(signer)}`;
      lines.push(
        `  ${counted ? "✓" : isWrong ? "✗" : "–"} ${name === undefined ? label("unreadable") : visible(name)}${colon}` +
          (counted
            ? label("valid")
            : reason === "authority-counted-already"
              ? why
              : line("notReliedOn", why)),
        ...(genTime === undefined ? [] : [`      ${genTime}${by}`]),
        ...(notLaterThan === undefined
          ? []
          : [`      ${say(labels, "notLaterThan", { time: wholeSeconds(notLaterThan) })}`]),
      );
    }
  }
  if (report.certificate) {
    const { signer, authority, judgedAt, judgedBy, timestampAuthority } = report.certificate;
    const by = say(labels, judgedBy, { authority: visible(timestampAuthority ?? "") });
    lines.push(
      "",
      heading("signature"),
      `  ${visible(signer)} (${line("under", visible(authority))})`,
      `      ${wholeSeconds(judgedAt)}  ${by}`,
    );
  }
  const notices = report.notices.filter(({ code }) => !FIRST_NOTICES.has(code));
  if (notices.length > 0) {
    lines.push("", heading("notices"));
    for (const { code, message } of notices) {
      const isDetailed =
        code === "trust-file-broken" || code === "vkey-set-aside" || code === "cosigner-time-apart";
      lines.push(`  ${say(catalogue.notices, code)}${isDetailed ? ` (${visible(message)})` : ""}`);
    }
  }
  // Once more at the end: whatever a file says of itself above, this is what was found.
  return [...lines, "", ...closing.lines, verdict, ""].join("\n");

  function checkLines({ name, result, code, message, compared }: Check, number: number): string[] {
    const why =
      code === undefined ? "" : ` — ${catalogue.codes[code]?.[language] ?? visible(message)} [${code}]`;
    const named = `${MARKS[result]} ${String(number).padStart(2)}. ${say(catalogue.checks, name)}`;
    const head = `  ${named}${colon}${say(catalogue.results, result)}${why}`;
    if (result !== "failed") return [head];
    // The report has the counts themselves: only those that fall short say why.
    if (code === "quorum-not-met" && report.quorum) {
      const { total, roles } = report.quorum;
      const counts = [{ what: label("organisation"), ...total }, ...roles.map(roleCount)];
      const short = counts.filter(({ got, want }) => got < want);
      return [head, ...short.map((count) => `        ${say(labels, "short", count)}`)];
    }
    return [
      head,
      ...(compared ?? []).map(({ what, got, want }) => {
        const gotten = got === "" ? "" : `${label("got")} ${bound(got)}${semicolon}`;
        return `        ${nameOf(what)}${colon}${gotten}${label("want")} ${bound(want)}`;
      }),
    ];
  }

  function roleCount({ role, ...count }: { role: string; got: number; want: number }) {
    return { what: say(catalogue.roles, role), ...count };
  }

  /** What was compared, where the catalogue has a word for it; of a pointer to digest or size, its name. */
  function nameOf(what: string): string {
    const name = what.replace(/^\/(?:digests\/|(?=size$))/, "");
    return labels[name]?.[language] ?? catalogue.checks[name]?.[language] ?? visible(what);
  }

  function bound(text: string): string {
    const begin = Object.keys(catalogue.bounds).find((words) => text.startsWith(`${words} `));
    return begin === undefined
      ? visible(digestInHex(text))
      : `${say(catalogue.bounds, begin)} ${visible(text.slice(begin.length + 1))}`;
  }
}

/** Never `finalAt`, which a cosigner's clock cuts off and so may lie before receipt. */
const PRINTED_TIMES = [
  "createdAt",
  "receivedAt",
  "sealedAt",
  "existedNotLaterThan",
  "timestampedNotLaterThan",
] as const;

/** Who cosigned, when, and whether it counts. */
export function cosignerLines(
  cosigners: readonly Cosigner[],
  { labels, roles, reasons, kinds }: Catalogue,
  language: Language,
): string[] {
  const say = (words: Words, code: string) => words[code]?.[language] ?? code;
  const { colon } = PUNCTUATION[language];
  return cosigners.flatMap((cosigner) => {
    const { name, kind, organisationName, role, algorithm, timeSeconds, counted, reason } = cosigner;
    const by = `${visible(name)}, ${say(kinds, kind)}${algorithm === "ml-dsa-44" ? ", ML-DSA-44" : ""}`;
    return [
      `  ${counted ? "✓" : "–"} ${visible(organisationName[language])} (${say(roles, role)})${colon}` +
        (counted ? say(reasons, reason) : `${say(labels, "notCounted")}${colon}${say(reasons, reason)}`),
      `      ${wholeSeconds(formatTime(timeSeconds * 1000))}  ${by}`,
    ];
  });
}

/**
 * They say for whom nobody was excluded, what the quorum does not promise, and why a text differs: beside the verdict, not at
 * the end.
 */
const FIRST_NOTICES: ReadonlySet<string> = new Set<Notice["code"]>([
  "party-not-in-consortium",
  "depositor-not-in-consortium",
  "quorum-splits",
  "record-agrees-in-another-form",
]);

export function firstNoticeLines(
  notices: readonly Notice[],
  catalogue: Catalogue,
  language: Language,
): string[] {
  return notices
    .filter(({ code }) => FIRST_NOTICES.has(code))
    .map(({ code, party, form, message }) => {
      const text = (catalogue.notices[code]?.[language] ?? visible(message))
        .replace("{party}", () => visible(party ?? ""))
        .replace("{form}", form ? formText(form, catalogue, language) : "");
      return `! ${text} [${code}]`;
    });
}

/** What lay before the program, and which program: the head of every report. */
export function inputLines(
  { version, file, consortium, record, answer }: ReportInputs,
  { labels }: Catalogue,
  language: Language,
): string[] {
  const line = (code: string, text: string) =>
    `${labels[code]?.[language] ?? code}${PUNCTUATION[language].colon}${text}`;
  const unread = labels["unread"]?.[language] ?? "unread";
  const named = (code: string, { name, sha256 }: InputFile) => [
    line(code, visible(name)),
    `  ${line("sha-256", sha256 ?? unread)}`,
  ];
  return [
    ...named("file", file),
    ...named("consortium", consortium),
    ...(record ? [...named("original", record), `  ${line("sm3", record.sm3 ?? unread)}`] : []),
    ...(answer ? named("answer", answer) : []),
    line("version", `cunzheng ${visible(version)}`),
  ];
}

/** As certificates and `sha256sum` print digests; the formats write their 32 bytes in base64. */
const digestInHex = (text: string): string =>
  /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(text) ? hex(bytesFromBase64(text)) : text;

const isTimestampCode = (reason: ReportTimestamp["reason"]) => reason.startsWith("timestamp-");

/**
 * Control characters, direction marks, marks that combine, letters without ink and odd spaces as `⬚U+202E⬚`, the
 * square too; no more than a line or two: what is printed is what is there.
 */
export function visible(text: string): string {
  const shown = text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN)}… (${text.length})`;
  return shown.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{M}\u115f\u1160\u2800\u3164\uffa0\u2b1a]|(?! )\p{Zs}|(?<= ) /gu,
    (character) => `⬚U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⬚`,
  );
}

/** Cosigners' clocks give whole seconds: milliseconds would be a precision that nobody measured. */
export const wholeSeconds = (time: string): string => time.replace(".000Z", "Z");
