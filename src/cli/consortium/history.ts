/**
 * `cunzheng consortium history` and `update`: from a trust file of one's own, along the ledger, to the one in force.
 * Every entry is proved under one checkpoint, and nothing is written unless the quorum has cosigned that.
 */
import { type Checkpoint, parseCheckpointText } from "../../core/ledger/checkpoint.js";
import { type Note, parseNote } from "../../core/ledger/note.js";
import { hashTrustFile, printTrustFile } from "../../core/membership/change.js";
import { fingerprintOf, formatFingerprint } from "../../core/membership/fingerprint.js";
import {
  beginHistory,
  continueHistory,
  countHistory,
  type Happened,
  type History,
  oddEntries,
} from "../../core/membership/history.js";
import { formatTime } from "../../core/record/time.js";
import type { QuorumCount } from "../../core/witness/quorum.js";
import { type Language, visible } from "../report-text.js";
import type { CommandWorld, LedgerReader } from "../world.js";
import { approvalLines, changeLines } from "./change-text.js";
import { EXIT, isRefusal, problemText, readTrust } from "./files.js";
import { type Speech, speech } from "./words.js";

export interface HistoryArguments {
  readonly consortium: string;
  /** One ledger or more: the log's, and mirrors', each with its own cosignature. */
  readonly from: readonly string[];
  /** The entries before it were read at another time. */
  readonly since: number;
  readonly json?: boolean;
  readonly lang: Language;
}

interface ReadHistory {
  readonly history: History;
  readonly checkpoint: Checkpoint;
  /** Under the trust file that came out. */
  readonly count: QuorumCount;
}

/** Exit code 1 where the history is not proved, or holds what no honest log appends. */
export async function historyCommand(options: HistoryArguments, world: CommandWorld): Promise<number> {
  const read = await readLedger(options, world);
  if (read === undefined) return EXIT.refused;
  world.print(
    options.json ? `${JSON.stringify(asJson(read), null, 2)}\n` : historyText(read, options.lang, world),
  );
  return read.count.holds && oddEntries(read.history).length === 0 ? EXIT.done : EXIT.refused;
}

/** Writes the trust file in force over the one given. */
export async function updateCommand(options: HistoryArguments, world: CommandWorld): Promise<number> {
  const read = await readLedger(options, world);
  if (read === undefined) return EXIT.refused;
  const { history, count } = read;
  world.print(historyText(read, options.lang, world));
  if (!count.holds) return EXIT.refused;
  const words = speech(world.catalogue(), options.lang);
  if (history.present === history.start) {
    world.print(`${words.say("upToDate")}\n`);
    return EXIT.done;
  }
  const { writeFile } = await world.membership();
  await writeFile(options.consortium, printTrustFile(history.present));
  world.print(
    `${words.line("written", options.consortium)}\n${words.heading("fingerprint")}\n${formatFingerprint(fingerprintOf(history.present))}`,
  );
  return EXIT.done;
}

/** So many entries at a time are told of. */
const PROGRESS = 25_600;

async function readLedger(options: HistoryArguments, world: CommandWorld): Promise<ReadHistory | undefined> {
  const { file } = await readTrust(options.consortium, world);
  const { openLedger } = await world.membership();
  const ledgers = options.from.map(openLedger);
  try {
    const { note, checkpoint, ledger } = mostCosigned(await readCheckpoints(ledgers, options, world));
    let history = beginHistory(file);
    for await (const entry of ledger.entries(checkpoint, options.since)) {
      history = continueHistory(history, entry, world.verifiers);
      if ((entry.index + 1) % PROGRESS === 0)
        world.printError(`${entry.index + 1} / ${checkpoint.treeSize}\n`);
    }
    return { history, checkpoint, count: countHistory(history, note, checkpoint, world.verifiers) };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    world.printError(`cunzheng: the ledger's history is not proved: ${problemText(error)}\n`);
    return undefined;
  } finally {
    await Promise.all(ledgers.map((each) => each.close()));
  }
}

interface FoundCheckpoint {
  readonly ledger: LedgerReader;
  readonly note: Note;
  readonly checkpoint: Checkpoint;
}

/** Of those that can be reached. Throws the first failure where none can. */
async function readCheckpoints(
  ledgers: readonly LedgerReader[],
  { from }: HistoryArguments,
  world: CommandWorld,
): Promise<FoundCheckpoint[]> {
  const outcomes = await Promise.allSettled(
    ledgers.map(async (ledger) => {
      const note = parseNote(await ledger.checkpoint());
      return { ledger, note, checkpoint: parseCheckpointText(note.text) };
    }),
  );
  const found = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  outcomes.forEach((outcome, i) => {
    if (outcome.status === "fulfilled") return;
    if (found.length === 0) throw outcome.reason;
    world.printError(`cunzheng: ${visible(from[i] ?? "")}: ${problemText(outcome.reason)}\n`);
  });
  return found;
}

/** The same checkpoint has other cosignatures at the log and at each mirror: all of them, on the one that has most. */
function mostCosigned(found: readonly FoundCheckpoint[]): FoundCheckpoint {
  const merged = found.map(({ ledger, checkpoint, note }) => {
    const same = found.filter((other) => other.note.text === note.text);
    const lines = new Map(same.flatMap((each) => each.note.signatures.map((line) => [line.line, line])));
    return { ledger, checkpoint, note: { ...note, signatures: [...lines.values()] } };
  });
  const [most] = merged.sort(
    (a, b) =>
      b.note.signatures.length - a.note.signatures.length || b.checkpoint.treeSize - a.checkpoint.treeSize,
  );
  if (most === undefined) throw new Error("internal: no checkpoint");
  return most;
}

function historyText(
  { history, checkpoint, count }: ReadHistory,
  language: Language,
  world: CommandWorld,
): string {
  const words = speech(world.catalogue(), language);
  const { say, line } = words;
  const odd = oddEntries(history);
  const { metAtSeconds } = count;
  const lines = [
    say("history"),
    line("read", String(checkpoint.treeSize)),
    "",
    ...(history.happened.length === 0 ? [say("noChanges"), ""] : []),
    ...history.happened.flatMap((each) => [...happenedLines(each, odd.includes(each), words), ""]),
    `${count.holds ? "✓" : "✗"} ${say(count.holds ? "proved" : "unproved")}`,
    ...(metAtSeconds === undefined
      ? []
      : [`  ${line("asOf", formatTime(metAtSeconds * 1000).replace(".000Z", "Z"))}`]),
    ...(odd.length === 0 ? [] : [`✗ ${say("odd")}`]),
  ];
  return `${lines.join("\n")}\n`;
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

function asJson({ history, checkpoint, count }: ReadHistory) {
  const { present, happened } = history;
  const odd = oddEntries(history);
  return {
    type: "cunzheng/history@v1",
    treeSize: checkpoint.treeSize,
    proved: count.holds,
    ...(count.metAtSeconds !== undefined && { asOf: formatTime(count.metAtSeconds * 1000) }),
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
