/**
 * `kill -9` of the notary, again and again, while depositors go on: after so many answers as chance has it, and a
 * moment more, so that it hits the commit, the sealing, the ledger or the gathering of cosignatures; now and then
 * also while it is starting. The next start is on the same data folder.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type RunningProcess, waitUntilReady } from "../../scripts/quickstart/processes.js";
import { DEPOSITOR } from "../../scripts/quickstart/sample-consortium.js";
import type { Random } from "../../scripts/random.js";
import type { SampleService } from "../story/sample-service.js";
import type { Depositors } from "./depositors.js";
import { readStoredLedger } from "./stored-ledger.js";

/** Under load; every fifth of them is followed by one more kill, of a notary that is still starting. */
export const ROUNDS = 20;
const MOST_ANSWERS_BEFORE = 40;
const MOST_MS_AFTER = 150;
/** Longer than a start takes on a quiet machine: some of these kills find it up. */
const MOST_MS_OF_STARTING = 900;

export interface Kill {
  readonly atMs: number;
  readonly inFlight: number;
  /** What the dead process had committed and not yet brought on: where in its work it was hit. */
  readonly left: { readonly unsealed: number; readonly unledgered: number; readonly unfinal: number };
}

/** Begins with a notary that runs, ends with one that is dead. Throws where an answered deposit is not in the store. */
export async function killAgainAndAgain(
  service: SampleService,
  depositors: Depositors,
  random: Random,
): Promise<{ readonly kills: readonly Kill[]; readonly startings: number }> {
  const kills: Kill[] = [];
  let startings = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    if (round > 1) await waitUntilReady(service.spawnNotary(), `${service.url}/readyz`);
    const enough = depositors.answered(random.between(1, MOST_ANSWERS_BEFORE));
    await Promise.race([enough, endedByItself(service.notary)]);
    await delay(random.between(0, MOST_MS_AFTER));
    kills.push(await kill(service, depositors));
    if (round % 5 > 0) continue;
    service.spawnNotary();
    await delay(random.between(0, MOST_MS_OF_STARTING));
    await service.notary.stop("SIGKILL");
    startings += 1;
  }
  return { kills, startings };
}

async function endedByItself({ ended, logFile }: RunningProcess): Promise<never> {
  const code = await ended;
  throw new Error(`the notary ended by itself, with ${code}: ${readFileSync(logFile, "utf8").slice(-2000)}`);
}

/** What was answered before the kill must be there at once, in the files that the dead process left. */
async function kill({ notary, data }: SampleService, depositors: Depositors): Promise<Kill> {
  const inFlight = depositors.inFlight();
  await notary.stop("SIGKILL");
  const { deposits, batches, entries, finalSeq } = readStoredLedger(join(data, "notary"), DEPOSITOR);
  const ids = new Set(deposits.map(({ id }) => id));
  const lost = depositors.answers.filter(({ id }) => !ids.has(id)).map(({ request }) => request.clientRef);
  if (lost.length > 0) throw new Error(`answered, and not in the store: ${lost.join(", ")}`);
  const left = {
    unsealed: deposits.length - (batches.at(-1)?.last_seq ?? 0),
    unledgered: batches.length - entries.length,
    unfinal: deposits.length - finalSeq,
  };
  return { atMs: Date.now(), inFlight, left };
}
