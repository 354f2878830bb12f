/**
 * Every checkpoint that made something final gets a token from each authority, over the text that the log signs. One loop
 * an authority, so that a slow or dead one delays nobody else, and none of them anything before it: a deposit is final
 * without tokens.
 *
 * What to do is found by state: final checkpoints without a token of this authority, from the newest on that was there
 * when it was first configured. Not from the beginning of the ledger: a token says "not later than now", so for what is
 * old it proves little more than the next checkpoint's does, and a long ledger would be a long bill.
 *
 * These are no jobs of run-jobs.ts: what fails is the authority, for all checkpoints alike, so that it is what rests, is shown and
 * is asked again; which checkpoints lack a token the state says, and a row for each would say it twice.
 *
 * Crash story: a token is verified, then stored. A crash between loses an answer, and the authority is asked again.
 */
import { utf8 } from "../../core/bytes.js";
import { parseNote } from "../../core/ledger/note.js";
import type { Backoff } from "../model/backoff.js";
import type { Ports } from "../ports/ports.js";
import type { TimestampSource } from "./timestamp-source.js";
import { pause } from "../model/wake-up.js";
import { startWorkLoop } from "../model/work-loop.js";

type StampPorts = Pick<Ports, "store" | "now" | "randomBytes" | "log">;

export interface CheckpointStamping {
  /** The checkpoint of this size has made something final. */
  look(treeSize: number): void;
  /** Whether this authority is to give a token yet for the checkpoint of this size, which has made something final. */
  owes(treeSize: number): Promise<boolean>;
  /** Wakes the loop of an authority that has begun to fail, so that its return is noticed. */
  wake(): void;
  /** How many checkpoints wait for a token of this authority, up to `MOST_COUNTED`. */
  pending(): Promise<number>;
  close(): Promise<void>;
}

export interface CheckpointStampingSettings {
  readonly signal: AbortSignal;
  /** A token has been stored. */
  readonly noteStored: () => void;
}

export const MOST_COUNTED = 10_000;
/** Requests at one time to one authority. */
const AT_ONCE = 4;
/** Tree sizes looked through at one time, so that nobody waits for a long ledger to be read. */
const SIZES_A_LOOK = 16_384;
/** After the store has failed. */
const BACKOFF: Backoff = { firstMs: 5000, longestMs: 5000 };

export async function startCheckpointStamping(
  { store, now, randomBytes, log }: StampPorts,
  source: TimestampSource,
  { signal, noteStored }: CheckpointStampingSettings,
): Promise<CheckpointStamping> {
  const authority = source.name;
  const newestSize = async () => (await store.newestCheckpoint())?.treeSize ?? 0;
  const begunAt = await store.beginTimestamps(authority, await newestSize());
  /** Below it everything is stamped, but for what `noted` says. */
  let from = begunAt;
  /** What has become final meanwhile: of another class of depositors it may be a smaller size. */
  let noted = Infinity;

  async function due(limit: number): Promise<readonly number[]> {
    const newest = await newestSize();
    for (;;) {
      from = Math.min(from, noted);
      noted = Infinity;
      if (from > newest || signal.aborted) return [];
      const to = Math.min(from + SIZES_A_LOOK, newest + 1);
      const sizes = await store.unstamped({ authority, from, to, limit });
      from = sizes[0] ?? to;
      if (sizes.length > 0) return sizes;
      await pause(0, signal);
    }
  }

  async function stampCheckpoint(treeSize: number): Promise<void> {
    const checkpoint = await store.findCheckpoint(treeSize);
    if (checkpoint === undefined) throw new Error(`internal: no checkpoint of size ${treeSize}`);
    const answer = await source.stamp(utf8(parseNote(checkpoint.note).text)).catch(() => undefined);
    if (answer === undefined) return;
    const { token, genTimeMs } = answer;
    await store.addTimestamp(treeSize, { authority, token, genTimeMs, storedAtMs: now() });
    noteStored();
  }

  /** Of what is not to be kept: whether the authority answers. */
  const probe = () => source.stamp(randomBytes(32)).catch(() => undefined);

  const loop = startWorkLoop({
    look: async () => {
      // A failing authority is asked for one token at a time.
      const sizes = await due(source.failures() > 0 ? 1 : AT_ONCE);
      if (sizes.length > 0) await settled(sizes.map(stampCheckpoint));
      else if (source.failures() > 0) await probe();
      else return;
      await pause(source.restMs(), signal);
      return { againAfterMs: 0 };
    },
    backoff: BACKOFF,
    tell: (error) => {
      log.error({ err: error, authority }, "timestamps could not be stored; it is tried again");
    },
  });
  return {
    look: (treeSize) => {
      noted = Math.min(noted, treeSize);
      loop.ring();
    },
    owes: async (treeSize) =>
      treeSize >= begunAt &&
      !(await store.timestamps(treeSize)).some((token) => token.authority === authority),
    wake: () => {
      loop.ring();
    },
    pending: async () => {
      const to = (await newestSize()) + 1;
      return (await store.unstamped({ authority, from: Math.min(from, noted), to, limit: MOST_COUNTED }))
        .length;
    },
    close: async () => {
      await loop.close();
    },
  };
}

/** Resolves when all have ended; rejects then with the first that failed. */
async function settled(deeds: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(deeds))
    if (outcome.status === "rejected") throw outcome.reason;
}
