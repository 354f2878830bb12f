/**
 * `cunzheng consortium history` and `update`: from a trust file of one's own, along the ledger, to the one in force.
 * Every entry is proved under one checkpoint, and nothing is written unless the quorum has cosigned that.
 */
import { ParseError } from "../../core/errors.js";
import { printTrustFile } from "../../core/membership/change.js";
import { fingerprintOf, formatFingerprint } from "../../core/membership/fingerprint.js";
import { oddEntries } from "../../core/membership/history.js";
import { openTrustFile } from "../../pki/trust-file.js";
import type { Language } from "../text/report-text.js";
import type { CommandWorld } from "../world/world.js";
import { EXIT, problemText, readTrust, UnusableFile } from "./files.js";
import { type FollowedLedger, followLedger } from "./follow-ledger.js";
import { endsBefore, historyJson, historyText } from "./history-text.js";
import { speech } from "./words.js";

export interface HistoryArguments {
  readonly consortium: string;
  /** One ledger or more: the log's, and mirrors', each with its own cosignature. */
  readonly from: readonly string[];
  /** The entries before it were read at another time. */
  readonly since: number;
  /** Where a file goes that convicts whoever signed two checkpoints; beside the trust file where absent. */
  readonly misconduct?: string;
  readonly json?: boolean;
  readonly lang: Language;
}

/** Exit code 1 where `isSound` says no. */
export async function historyCommand(options: HistoryArguments, world: CommandWorld): Promise<number> {
  const followed = await follow(options, world);
  refuseBroken(followed);
  const misconductFile = await writeMisconduct(followed, options, world);
  world.print(
    options.json
      ? `${JSON.stringify(historyJson(followed, misconductFile), null, 2)}\n`
      : historyText(followed, misconductFile, speech(world.catalogue(), options.lang)),
  );
  return isSound(followed) ? EXIT.done : EXIT.refused;
}

/**
 * Writes the trust file in force over the one given: what was approved is taken up, whatever stands beside it. Exit codes
 * as `historyCommand`.
 */
export async function updateCommand(options: HistoryArguments, world: CommandWorld): Promise<number> {
  const followed = await follow(options, world);
  refuseBroken(followed);
  const misconductFile = await writeMisconduct(followed, options, world);
  const words = speech(world.catalogue(), options.lang);
  world.print(historyText(followed, misconductFile, words));
  const exitCode = isSound(followed) ? EXIT.done : EXIT.refused;
  const { outcome, reading } = followed;
  if (outcome !== "proved" || reading === undefined) return exitCode;
  const { start, present } = reading.history;
  if (present === start) {
    world.print(`${words.say("upToDate")}\n`);
    return exitCode;
  }
  const { writeFile } = await world.membership();
  await writeFile(options.consortium, printTrustFile(present));
  world.print(
    `${words.line("written", options.consortium)}\n${words.heading("fingerprint")}\n${formatFingerprint(fingerprintOf(present))}`,
  );
  return exitCode;
}

/** Under a broken trust file nothing is proved, whoever has approved what broke it: the one given stays. */
function refuseBroken({ reading }: FollowedLedger): void {
  if (reading === undefined) return;
  try {
    openTrustFile(printTrustFile(reading.history.present));
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new UnusableFile(`the trust file that the ledger leads to can't be used: ${problemText(error)}`);
  }
}

/** Proved, and nothing in it or beside it that an honest log and honest sources would not show. */
function isSound(followed: FollowedLedger): boolean {
  const { outcome, reading, isOutrun, pending, misconduct } = followed;
  return (
    outcome === "proved" &&
    reading !== undefined &&
    oddEntries(reading.history).length === 0 &&
    !isOutrun &&
    !endsBefore(followed) &&
    pending === 0 &&
    misconduct === undefined
  );
}

async function follow(options: HistoryArguments, world: CommandWorld): Promise<FollowedLedger> {
  const { file: start } = await readTrust(options.consortium, world);
  const { openLedger, monotonicMs } = await world.membership();
  const sources = options.from.map((from) => ({ from, ledger: openLedger(from) }));
  try {
    return await followLedger({
      start,
      sources,
      since: options.since,
      verifiers: world.verifiers,
      monotonicMs,
      tell: (read, treeSize) => world.printError(`${read} / ${treeSize}\n`),
    });
  } finally {
    await Promise.all(sources.map(({ ledger }) => ledger.close()));
  }
}

/** Where it was written; undefined where there is none. */
async function writeMisconduct(
  { misconduct }: FollowedLedger,
  { consortium, misconduct: named }: HistoryArguments,
  world: CommandWorld,
): Promise<string | undefined> {
  if (misconduct === undefined) return undefined;
  const path = named ?? `${consortium.replace(/\.json$/, "")}.misconduct.json`;
  const { writeFile } = await world.membership();
  await writeFile(path, misconduct);
  return path;
}
