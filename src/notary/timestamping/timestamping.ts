/**
 * Time-stamping: of checkpoints in the background, and of whatever somebody waits for, such as a certificate's signature.
 * Nothing depends on it: where no authority answers, evidence and certificates are made without a token.
 */
import type { Consortium } from "../../core/trust/consortium.js";
import { formatTime } from "../../core/record/time.js";
import { timestampAnchors } from "../../pki/x509/authorities.js";
import type { AcceptedTimestamp } from "../../pki/timestamps/timestamp-request.js";
import type { TimestampAuthorityState } from "../model/model.js";
import type { Ports } from "../ports/ports.js";
import { type CheckpointStamping, startCheckpointStamping } from "./stamp-checkpoints.js";
import { openTimestampSource, type SourcePorts, type TimestampSource } from "./timestamp-source.js";
import { createWakeUp, pause } from "../model/wake-up.js";

export interface Stamper {
  /**
   * A token over `message`, as every verifier under the trust file will count it; undefined when no authority that is
   * believed alive has given one within `waitMs`, or before `signal` ends. Authorities that have failed are not asked, so they delay nothing.
   */
  stamp(
    message: Uint8Array,
    options: { readonly waitMs: number; readonly signal?: AbortSignal },
  ): Promise<AcceptedTimestamp | undefined>;
  /** Whether any authority is believed alive, so that it would be asked. */
  isAlive(): boolean;
}

/** What a certificate waits for before it is issued. */
export interface StampedCheckpoints {
  /**
   * Resolves when the checkpoint of this size, which has made something final, has a token of each authority that is to
   * give one and is not known to be away; `certificateWaitMs` after it became final in any case, and when `signal` ends.
   */
  whenStamped(treeSize: number, signal: AbortSignal): Promise<void>;
}

export interface Timestamping extends Stamper, StampedCheckpoints {
  /** The checkpoint of this size has made something final. */
  look(treeSize: number): void;
  states(): Promise<readonly TimestampAuthorityState[]>;
  /** Names of those that did not answer when last asked: from memory, for whoever asks often. */
  dead(): readonly string[];
  close(): Promise<void>;
}

export interface TimestampingSettings {
  readonly consortium: Consortium;
  readonly timeoutMs: number;
  readonly toleranceMs: number;
  readonly certificateWaitMs: number;
}

type TimestampingPorts = SourcePorts & Pick<Ports, "store" | "timestampAuthorities">;

interface Asked {
  readonly source: TimestampSource;
  readonly checkpoints: CheckpointStamping;
}

export async function startTimestamping(
  ports: TimestampingPorts,
  { consortium, certificateWaitMs, ...settings }: TimestampingSettings,
): Promise<Timestamping> {
  const stop = new AbortController();
  const news = createWakeUp();
  const noteNews = () => {
    news.wake();
  };
  const ages = finalityAges((await ports.store.newestCheckpoint())?.treeSize ?? 0);
  const authorities = timestampAnchors(consortium);
  if (ports.timestampAuthorities.length > 0 && authorities.anchors.length === 0)
    ports.log.warn(
      {},
      "the trust file names no time-stamping authority: no token that is asked for can be kept",
    );
  const asked: Asked[] = [];
  for (const authority of ports.timestampAuthorities) {
    const source = openTimestampSource(ports, authority, {
      ...settings,
      ...authorities,
      signal: stop.signal,
      noteFailure: noteNews,
    });
    const noted = { signal: stop.signal, noteStored: noteNews };
    asked.push({ source, checkpoints: await startCheckpointStamping(ports, source, noted) });
  }

  async function isOwed(treeSize: number): Promise<boolean> {
    for (const { source, checkpoints } of asked)
      if (!source.isAway() && (await checkpoints.owes(treeSize))) return true;
    return false;
  }

  return {
    isAlive: () => asked.some(({ source }) => source.isAlive()),
    stamp: async (message, { waitMs, signal }) => {
      const alive = asked.filter(({ source }) => source.isAlive());
      const endMs = performance.now() + waitMs;
      const enough = new AbortController();
      const ended = signal === undefined ? enough.signal : AbortSignal.any([enough.signal, signal]);
      const answers: Promise<AcceptedTimestamp>[] = [];
      try {
        for (const [i, { source, checkpoints }] of alive.entries()) {
          const answer = source.stamp(message);
          answer.catch(() => checkpoints.wake());
          answers.push(answer);
          // The next is asked when all before have failed, or have had their share of the wait.
          const leftMs = Math.max(0, endMs - performance.now());
          const share = pause(leftMs / (alive.length - i), ended).then(() => "late" as const);
          const token = await Promise.race([Promise.any(answers).catch(() => undefined), share]);
          if (signal?.aborted === true) return undefined;
          if (token === "late") source.doubt();
          else if (token !== undefined) return token;
        }
      } finally {
        enough.abort();
      }
      return undefined;
    },
    whenStamped: async (treeSize, signal) => {
      const leftMs = certificateWaitMs - ages.ageMs(treeSize);
      const enough = new AbortController();
      const late = pause(leftMs, AbortSignal.any([signal, stop.signal, enough.signal])).then(() => {
        enough.abort();
      });
      try {
        while (leftMs > 0 && !enough.signal.aborted) {
          const told = news.wait();
          if (!(await isOwed(treeSize))) return;
          await Promise.race([told, late]);
        }
      } finally {
        enough.abort();
      }
    },
    look: (treeSize) => {
      ages.note(treeSize);
      for (const { checkpoints } of asked) checkpoints.look(treeSize);
    },
    states: () => Promise.all(asked.map(stateOf)),
    dead: () => asked.flatMap(({ source }) => (source.isAlive() ? [] : [source.name])),
    close: async () => {
      stop.abort();
      await Promise.all(asked.map(({ checkpoints }) => checkpoints.close()));
    },
  };
}

async function stateOf({ source, checkpoints }: Asked): Promise<TimestampAuthorityState> {
  const [success, failure] = [source.lastSuccessMs(), source.lastError()];
  return {
    name: source.name,
    url: source.url,
    alive: source.isAlive(),
    failures: source.failures(),
    pending: await checkpoints.pending(),
    ...(success !== undefined && { lastSuccessAt: formatTime(success) }),
    ...(failure && { lastError: failure.message, lastErrorAt: formatTime(failure.atMs) }),
  };
}

/** Checkpoints of whose finality the time is known: more than become final in any time that a certificate waits. */
const MOST_KNOWN = 4096;

/**
 * How long ago checkpoints became final, in milliseconds that no clock's setting changes. What was final before the start
 * counts from there, and so does what is forgotten.
 */
function finalityAges(sizeAtStart: number) {
  const startedAt = performance.now();
  const finalAt = new Map<number, number>();
  let largest = sizeAtStart;
  const note = (treeSize: number) => {
    if (finalAt.has(treeSize)) return;
    finalAt.set(treeSize, performance.now());
    largest = Math.max(largest, treeSize);
    const [oldest] = finalAt.keys();
    if (finalAt.size > MOST_KNOWN && oldest !== undefined) finalAt.delete(oldest);
  };
  return {
    note,
    ageMs: (treeSize: number): number => {
      // The store may show it before it has been told.
      if (treeSize > largest) note(treeSize);
      return performance.now() - (finalAt.get(treeSize) ?? startedAt);
    },
  };
}
