/** The thread that reads large JSON records: with less priority than the one that answers, where threads have their own. */
import { constants, setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import { readDepositBody } from "../../http/intake/deposit-body.js";
import { createDigester } from "../../platform/keys/ed25519.js";
import type { RecordAnswer } from "./record-pool.js";
import { failureOf } from "./thread-failure.js";

// On Linux 0 is the calling thread; elsewhere it would be the whole service.
if (process.platform === "linux") setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);

parentPort?.on("message", (bytes: Uint8Array) => {
  const said = answer(bytes);
  const made = "read" in said ? said.read.record?.bytes.buffer : undefined;
  parentPort?.postMessage(said, made === undefined ? [] : [made as ArrayBuffer]);
});

function answer(bytes: Uint8Array): RecordAnswer {
  try {
    return { read: readDepositBody(bytes, createDigester) };
  } catch (error) {
    return failureOf(error);
  }
}
