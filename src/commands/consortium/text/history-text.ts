/** What a ledger's history is told as: for people, and as JSON. */
import { hashTrustFile } from "../../../core/membership/change.js";
import { type Happened, oddEntries } from "../../../core/membership/history.js";
import { formatTime } from "../../../core/record/time.js";
import { visible } from "../../text/report-text.js";
import { approvalLines, changeLines } from "./change-text.js";
import type { FollowedLedger, Reading, SourceReport } from "../following/follow-ledger.js";
import type { Speech } from "./words.js";

/** `misconductFile`: where the file that convicts was written. */
export function historyText(
  followed: FollowedLedger,
  misconductFile: string | undefined,
  words: Speech,
): string {
  const { say, line, heading } = words;
  const { reading, outcome, since, isOutrun, pending } = followed;
  const lines = [
    say("history"),
    ...(reading ? readingLines(reading, since, words) : []),
    `${outcome === "proved" ? "✓" : "✗"} ${say(outcome)}`,
    ...asOfLines(followed, words),
    ...(reading && oddEntries(reading.history).length > 0 ? [`✗ ${say("odd")}`] : []),
    ...(isOutrun ? [`✗ ${say("outrun")}`] : []),
    ...(endsBefore(followed) ? [`✗ ${say("endsBefore", { since })}`] : []),
    ...(pending === 0 ? [] : [`✗ ${say("pending", { pending })}`]),
    ...(misconductFile === undefined ? [] : [`✗ ${line("misconduct", visible(misconductFile))}`]),
    "",
    heading("sources"),
    ...followed.sources.flatMap((source) => sourceLines(source, words)),
  ];
  return `${lines.join("\n")}\n`;
}

function readingLines({ history, candidate }: Reading, since: number, words: Speech): string[] {
  const odd = oddEntries(history);
  const { treeSize } = candidate.checkpoint;
  const [read, unread] = [Math.max(0, treeSize - since), Math.min(since, treeSize)];
  return [
    words.line("read", String(read)),
    ...(unread === 0 ? [] : [words.say("unread", { unread })]),
    "",
    ...(history.happened.length === 0 ? [words.say("noChanges"), ""] : []),
    ...history.happened.flatMap((each) => [...happenedLines(each, odd.includes(each), words), ""]),
  ];
}

function asOfLines(followed: FollowedLedger, { line }: Speech): string[] {
  const asOf = asOfTime(followed);
  return asOf === undefined ? [] : [`  ${line("asOf", asOf.replace(".000Z", "Z"))}`];
}

function asOfTime({ outcome, reading }: FollowedLedger): string | undefined {
  const metAtSeconds = outcome === "proved" ? reading?.counted.count.metAtSeconds : undefined;
  return metAtSeconds === undefined ? undefined : formatTime(metAtSeconds * 1000);
}

function happenedLines(
  { index, change, problem, applied }: Happened,
  isOdd: boolean,
  words: Speech,
): string[] {
  const { say, sayOf, colon } = words;
  const head = say("entry", { index });
  if (applied && change)
    return [
      `✓ ${head}${colon}${say("applied")}`,
      ...[
        ...changeLines(change, applied.before, words),
        ...approvalLines(applied.approvals, words),
        words.line("title", say("revision", { revision: applied.after.revision ?? 0 })),
      ].map((each) => `    ${each}`),
    ];
  const code = problem?.code ?? "";
  return [
    `${isOdd ? "✗" : "–"} ${head}${colon}${say(isOdd ? "refused" : "earlier")}`,
    ...(isOdd ? [`    ${sayOf("codes", code)} [${code}]`] : []),
  ];
}

const SIGN: Readonly<Record<SourceReport["state"], string>> = {
  current: "✓",
  behind: "–",
  ahead: "–",
  unproved: "–",
  contradicts: "✗",
  unreadable: "✗",
  silent: "✗",
};

function sourceLines(
  { from, state, treeSize, problem, invalid }: SourceReport,
  { say, sayOf, line, comma }: Speech,
): string[] {
  const size = treeSize === undefined ? "" : `${comma}${line("treeSize", String(treeSize))}`;
  return [
    `  ${SIGN[state]} ${visible(from)}${size}${comma}${say(`source-${state}`)}`,
    ...(problem === undefined ? [] : [`      ${visible(problem)}`]),
    ...invalid.map(
      (name) => `      ${visible(name)}${comma}${sayOf("codes", "signature-invalid")} [signature-invalid]`,
    ),
  ];
}

/**
 * The tree that was taken is smaller than what was read at another time: whoever has read so many entries knows a later ledger.
 */
export const endsBefore = ({ reading, since }: FollowedLedger): boolean =>
  reading !== undefined && since > reading.candidate.checkpoint.treeSize;

/** `cunzheng/history@v1`. */
export function historyJson(followed: FollowedLedger, misconductFile: string | undefined) {
  const { outcome, reading, since, isOutrun, pending, sources } = followed;
  const asOf = asOfTime(followed);
  return {
    type: "cunzheng/history@v1",
    proved: outcome === "proved",
    outcome,
    ...(asOf !== undefined && { asOf }),
    ...(reading && readingJson(reading)),
    ...(since > 0 && { since }),
    ...(isOutrun && { outrun: true }),
    ...(pending > 0 && { pending }),
    sources,
    ...(misconductFile !== undefined && { misconduct: misconductFile }),
  };
}

function readingJson({ history, candidate }: Reading) {
  const { present, happened } = history;
  const odd = oddEntries(history);
  return {
    treeSize: candidate.checkpoint.treeSize,
    revision: present.revision ?? 0,
    trustFile: hashTrustFile(present),
    changes: happened.map(({ index, change, problem, applied }) => ({
      index,
      outcome: applied ? "applied" : odd.some((each) => each.index === index) ? "refused" : "earlier",
      ...(problem && { code: problem.code }),
      ...(applied && {
        approvals: applied.approvals.cosigners.map(({ name, organisation, reason }) => ({
          name,
          organisation,
          reason,
        })),
      }),
      ...(change && { change }),
    })),
  };
}
