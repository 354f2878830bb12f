/** What every write has in common: how it is told that it failed, and steps of several documents. */
import type { ClientSession, Connection } from "mongoose";
import { StorageAwayError, StorageBusyError, StorageFullError } from "../../../notary/ports/host.js";
import { PATIENCE_MS } from "./connection.js";

/**
 * Runs `work`; what the database refuses is told as our own error, no room as `StorageFullError`, and where no primary answers,
 * or no majority in time, as `StorageAwayError`.
 */
export async function storing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = databaseError(error) ?? {};
    if (message === undefined) throw error;
    if (code === OUT_OF_DISK_SPACE)
      throw new StorageFullError("the store has no room left", { cause: error });
    if (isAway(error)) throw new StorageAwayError(`the store does not answer: ${message}`, { cause: error });
    if (code === DOCUMENT_VALIDATION_FAILURE)
      throw new Error(
        "couldn't store: the store takes no such row; where it takes none at all it is closed, since it was moved to another",
        { cause: error },
      );
    throw new Error(`couldn't store: ${message}`, { cause: error });
  }
}

/** Whether a unique index refused the document, or the database its `_id`. */
export const isDuplicate = (error: unknown): boolean => databaseError(error)?.code === DUPLICATE_KEY;

/** A row of another collection is named that is not there. They only grow, so that looking before is enough. */
export function refuseMissing(what: string, found: unknown): void {
  if (found === null || found === undefined) throw new Error(`couldn't store: there is no such ${what}`);
}

/**
 * Runs `work` in one transaction, again where another one was faster, and for the majority when it commits. Nothing is stored where it throws,
 * unless the commit's own answer was lost.
 */
export async function transact<T>(
  connection: Connection,
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  return untilFree(async () => {
    const session = await connection.startSession();
    try {
      session.startTransaction({
        readConcern: { level: "snapshot" },
        writeConcern: { w: "majority", journal: true },
        maxCommitTimeMS: PATIENCE_MS,
      });
      const result = await work(session);
      await session.commitTransaction();
      return { result };
    } catch (error) {
      if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
      if (hasLabel(error, "TransientTransactionError")) return undefined;
      throw error;
    } finally {
      await session.endSession();
    }
  });
}

/** Tries until `attempt` has a result. Throws `StorageBusyError` where others were faster for too long. */
export async function untilFree<T>(attempt: () => Promise<{ readonly result: T } | undefined>): Promise<T> {
  const endMs = performance.now() + PATIENCE_MS;
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 50)) {
    const done = await storing(attempt);
    if (done) return done.result;
    if (performance.now() > endMs) throw new StorageBusyError("others are writing, and do not end");
    await new Promise((resolve) => setTimeout(resolve, Math.random() * waitMs));
  }
}

/**
 * As the driver tells it: nobody could be reached, or the labels that say that the server was not the primary any more, or may
 * have done what it was asked (MongoDB specifications, "Retryable Writes" and "Transactions"); and a majority that came late.
 */
const AWAY_NAMES =
  /^Mongo(?:ose)?(?:Network|ServerSelection|NotConnected|PoolCleared|WaitQueueTimeout|TopologyClosed|NotReady)/;
const AWAY_LABELS = ["RetryableWriteError", "TransientTransactionError", "UnknownTransactionCommitResult"];
/** InterruptedAtShutdown, NotWritablePrimary and their like; WriteConcernFailed; MaxTimeMSExpired. */
const AWAY_CODES = [
  6, 7, 50, 64, 89, 91, 134, 189, 262, 9001, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436,
];

const isAway = (error: unknown): boolean =>
  AWAY_NAMES.test((error as Error).name) ||
  AWAY_LABELS.some((label) => hasLabel(error, label)) ||
  AWAY_CODES.includes(Number((error as DatabaseError).code));

const DUPLICATE_KEY = 11000;
const OUT_OF_DISK_SPACE = 14031;
const DOCUMENT_VALIDATION_FAILURE = 121;

interface DatabaseError {
  readonly code?: unknown;
  readonly message: string;
}

/** By its shape: more than one copy of the driver's classes may be loaded. */
function databaseError(error: unknown): DatabaseError | undefined {
  return error instanceof Error && error.name.startsWith("Mongo") ? error : undefined;
}

const hasLabel = (error: unknown, label: string): boolean =>
  databaseError(error) !== undefined &&
  (error as { hasErrorLabel?(name: string): boolean }).hasErrorLabel?.(label) === true;
