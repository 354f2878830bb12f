/** `sealing`: when deposits become a batch of the ledger, and what receipts promise of it. */
import { readInteger } from "../core/record/reader.js";
import { DEFAULT_SETTINGS, type NotarySettings } from "../notary/model/settings.js";
import { optionalMembers, section } from "./section.js";

const readMs = readInteger({ min: 0 });

export const sealing = section(
  optionalMembers({ afterMs: readMs, promiseMs: readMs, maxBatchSize: readInteger({ min: 1 }) }),
  (given): NotarySettings["sealing"] => ({ ...DEFAULT_SETTINGS.sealing, ...given }),
);
