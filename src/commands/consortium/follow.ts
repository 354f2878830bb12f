/**
 * What `history` and `update` have in common: the ledger followed, refused where it leads to a broken trust file, and whoever
 * has signed two checkpoints of it convicted.
 */
import { ParseError } from "../../core/errors.js";
import { printTrustFile } from "../../core/membership/change.js";
import { oddEntries } from "../../core/membership/history.js";
import { openTrustFile } from "../../pki/trust-file.js";
import { UnavailableError } from "../model/errors.js";
import { EXIT } from "../model/exit-codes.js";
import type { Given } from "../model/options.js";
import type { World } from "../model/world.js";
import { problemText } from "../text/problem-text.js";
import { readTrust } from "./files.js";
import { type FollowedLedger, followLedger } from "./following/follow-ledger.js";
import type { ConsortiumEffects } from "./membership-world.js";
import type { followOptions } from "./options.js";
import { endsBefore } from "./text/history-text.js";

type FollowArguments = Given<typeof followOptions>;

/**
 * Follows the ledger from the trust file given. Where a file that convicts somebody was written it is named. Rejects with
 * `UnavailableError` where the trust file is broken, or the one that the ledger leads to.
 */
export async function follow(
  options: FollowArguments,
  world: World & ConsortiumEffects,
): Promise<{ readonly followed: FollowedLedger; readonly misconductFile: string | undefined }> {
  const followed = await followFrom(options, world);
  refuseBroken(followed);
  return { followed, misconductFile: await writeMisconduct(followed, options, world) };
}

/** Gives 1 where the ledger is not proved, or shows what no honest log and no honest source would show; otherwise 0. */
export const exitCodeOf = (followed: FollowedLedger): number =>
  isSound(followed) ? EXIT.done : EXIT.refused;

async function followFrom(
  options: FollowArguments,
  world: World & ConsortiumEffects,
): Promise<FollowedLedger> {
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

/** Refuses a broken trust file, under which nothing is proved, whoever has approved what broke it: the one given stays. */
function refuseBroken({ reading }: FollowedLedger): void {
  if (reading === undefined) return;
  try {
    openTrustFile(printTrustFile(reading.history.present));
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new UnavailableError(
      `the trust file that the ledger leads to can't be used: ${problemText(error)}`,
    );
  }
}

/** Whether the ledger is proved, and nothing is in it or beside it that an honest log and honest sources would not show. */
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

/** Writes the file that convicts somebody, and says where; undefined where nobody is convicted. */
async function writeMisconduct(
  { misconduct }: FollowedLedger,
  { consortium, misconduct: named }: FollowArguments,
  world: World & ConsortiumEffects,
): Promise<string | undefined> {
  if (misconduct === undefined) return undefined;
  const path = named ?? `${consortium.replace(/\.json$/, "")}.misconduct.json`;
  const { writeFile } = await world.membership();
  await writeFile(path, misconduct);
  return path;
}
