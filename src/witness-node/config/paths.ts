/** Where a node shows what it has of a log: tlog-witness and tlog-mirror, "monitoring prefix". */
import type { TrustedLog } from "./logs.js";

type Named = Pick<TrustedLog, "originHash">;

/** Of its witness. `url` is the node's, without a slash at its end. */
export const witnessPrefix = (url: string, { originHash }: Named): string => `${url}/${originHash}`;

/** Of its mirror. SPEC (tlog-mirror): "the monitoring prefixes MUST be distinct." */
export const mirrorPrefix = (url: string, { originHash }: Named): string => `${url}/mirror/${originHash}`;

/** A note of a hundred signatures of the long kind would be longer; nobody of ours makes one. */
export const MAX_NOTE_BYTES = 65_536;
/** Two notes of each peer, of as many peers as a consortium may have. */
export const MAX_SEEN_BYTES = 4 * 1024 * 1024;
