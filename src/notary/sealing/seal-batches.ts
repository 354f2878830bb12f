/**
 * Sealing: deposits in no batch become one, in their order, for ever. Found by state: whatever lies beyond the last
 * sealed deposit, be it a second old or left by a crash.
 *
 * Crash story: the batch is one row, so it is there or it is not. Before: the same deposits are sealed at the next
 * look, in a batch of another id. After: they are no longer found here, and `append-batches` finds the row.
 */
import { base64 } from "../../core/bytes.js";
import { type Batch, encodeBatch } from "../../core/batch/batch.js";
import { formatTime } from "../../core/record/time.js";
import { buildBatchTree } from "../ledger/batch-tree.js";
import type { ClockOffsetMs } from "../ports/host.js";
import type { NewBatch, UnsealedDeposits } from "../ports/batches.js";
import type { Ports } from "../ports/ports.js";
import type { NotarySettings } from "../model/settings.js";

interface SealingPorts extends Pick<Ports, "store" | "now" | "nextId" | "hashOnce" | "log"> {
  readonly clockOffsetMs: ClockOffsetMs;
  /** False while nothing is to be signed: then what is left waits. */
  readonly isSealing: () => boolean;
}
type SealingSettings = Pick<NotarySettings, "software" | "configurationDigest" | "sealing">;

export interface Sealed {
  readonly batches: number;
  /** The first deposit that is left is due in so many milliseconds; absent where none is left. */
  readonly nextDueInMs?: number;
}

/**
 * Seals everything there is, or only what is due: a full batch, and one whose first promise has no more left than the
 * margin that `promiseMs` is.
 */
export async function sealBatches(
  ports: SealingPorts,
  settings: SealingSettings,
  isEverything: boolean,
): Promise<Sealed> {
  const { maxBatchSize, promiseMs } = settings.sealing;
  for (let batches = 0; ;) {
    const unsealed = await ports.store.unsealedDeposits(maxBatchSize, belongTogether(ports.now()));
    if (unsealed === undefined) return { batches };
    const nextDueInMs = unsealed.earliestSealByMs - promiseMs - ports.now();
    const isDue = isEverything || nextDueInMs <= 0 || unsealed.leafHashes.length >= maxBatchSize;
    if (!isDue) return { batches, nextDueInMs };
    const batch = batchOf(unsealed, ports, settings);
    // Judged after its time was taken: the clock may be set between the two.
    if (!ports.isSealing()) return { batches };
    // False where another sequencer was faster: then the next look shows what is left.
    if (!(await ports.store.sealBatch(batch))) continue;
    batches += 1;
    warnOfBrokenPromise(ports, batch, unsealed);
  }
}

/** Clocks are set by so much in passing, and a batch may name so much more than its own time without any harm. */
const AHEAD_MS = 1000;
/** Receipts that lie ahead are still of one slip of the clock when they are so far apart. */
const APART_MS = 10_000;

/**
 * A batch is never sealed before its last deposit was received. One that was received by a clock ahead therefore gets a
 * batch with others of its time: whatever is in one with it would wait until that time has come.
 */
const belongTogether =
  (nowMs: number) =>
  (firstMs: number, otherMs: number): boolean =>
    firstMs <= nowMs + AHEAD_MS
      ? otherMs <= nowMs + AHEAD_MS
      : otherMs > nowMs + AHEAD_MS && Math.abs(otherMs - firstMs) <= APART_MS;

/** A receipt is a signed promise: whoever holds one that was broken can show it, so the operator must know first. */
function warnOfBrokenPromise(
  { log }: SealingPorts,
  { id, sealedAtMs }: NewBatch,
  { earliestSealByMs }: UnsealedDeposits,
): void {
  const lateMs = sealedAtMs - earliestSealByMs;
  if (lateMs > 0) log.warn({ batch: id, lateMs }, "a batch was sealed later than its receipts promised");
}

function batchOf(unsealed: UnsealedDeposits, ports: SealingPorts, settings: SealingSettings): NewBatch {
  const { firstSeq, leafHashes, lastReceivedAtMs, depositorIds } = unsealed;
  // Never before the last deposit, also where the clock stepped back.
  const sealedAtMs = Math.max(ports.now(), lastReceivedAtMs);
  const batch: Batch = {
    type: "cunzheng/batch@v1",
    id: ports.nextId(sealedAtMs),
    size: leafHashes.length,
    root: base64(buildBatchTree(leafHashes, ports.hashOnce).rootHash),
    sealedAt: formatTime(sealedAtMs),
    state: {
      software: settings.software,
      config: base64(settings.configurationDigest),
      clockOffsetMs: ports.clockOffsetMs(),
    },
  };
  return {
    id: batch.id,
    firstSeq,
    lastSeq: firstSeq + leafHashes.length - 1,
    sealedAtMs,
    entry: encodeBatch(batch),
    depositorIds,
  };
}
