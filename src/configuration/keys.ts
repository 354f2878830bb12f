/** `keys`: the files with which the notary signs its ledger and its receipts. */
import { join } from "node:path";
import { readString } from "../core/record/reader.js";
import { optionalMembers, section } from "./section.js";

/** These are the absolute paths of the key files. */
export interface KeySettings {
  readonly log: string;
  /** The log's second key (ML-DSA-44) is absent where it signs with Ed25519 only. */
  readonly logPostQuantum?: string;
  readonly receipt: string;
}

export const keys = section(
  optionalMembers({ log: readString, logPostQuantum: readString, receipt: readString }),
  (given, { path, dataFolder }): KeySettings => {
    const { log, logPostQuantum, receipt } = given ?? {};
    return {
      log: path(log ?? join(dataFolder, "log.key")),
      ...(logPostQuantum !== undefined && { logPostQuantum: path(logPostQuantum) }),
      receipt: path(receipt ?? join(dataFolder, "receipt.key")),
    };
  },
);
