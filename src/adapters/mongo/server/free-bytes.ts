/** The room that the database's server has left: that of the primary, which writes first. */
import type { Connection } from "mongoose";
import type { FreeBytes } from "../../../notary/ports/host.js";

/** It is asked for before every group of deposits, and fills far more slowly than the reserve lasts. */
const ASKED_EVERY_MS = 1000;

/**
 * Resolves with the bytes that were free when they were asked for last, since no deposit is to wait for this; rejects only
 * where none were ever told. MongoDB manual, `dbStats`: `fsTotalSize` and `fsUsedSize`, in bytes.
 */
export function mongoFreeBytes(connection: Connection): FreeBytes {
  let askedMs = -Infinity;
  let asking: Promise<number> | undefined;
  let known: number | undefined;
  return async () => {
    const nowMs = performance.now();
    if (asking === undefined && nowMs - askedMs >= ASKED_EVERY_MS) {
      askedMs = nowMs;
      asking = ask(connection).finally(() => (asking = undefined));
      asking.then(
        (bytes) => (known = bytes),
        () => undefined,
      );
    }
    return known ?? asking ?? ask(connection);
  };
}

async function ask(connection: Connection): Promise<number> {
  const { fsTotalSize, fsUsedSize } = (await connection.db?.stats()) ?? {};
  if (typeof fsTotalSize !== "number" || typeof fsUsedSize !== "number")
    throw new Error("the database does not say how much room it has");
  return fsTotalSize - fsUsedSize;
}
