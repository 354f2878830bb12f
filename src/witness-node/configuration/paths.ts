/** Where a node shows what it has of a log: tlog-witness and tlog-mirror, "monitoring prefix". */
import type { TrustedLog } from "./logs.js";

type Named = Pick<TrustedLog, "originHash">;

/** Gives the monitoring prefix of a node's witness. `url` is the node's, without a slash at its end. */
export const witnessPrefix = (url: string, { originHash }: Named): string => `${url}/${originHash}`;

/** Gives the monitoring prefix of a node's mirror. SPEC (tlog-mirror): "the monitoring prefixes MUST be distinct." */
export const mirrorPrefix = (url: string, { originHash }: Named): string => `${url}/mirror/${originHash}`;

/**
 * A note has at most so many bytes. One of a hundred signatures of the long kind would be longer; nobody of ours
 * makes one.
 */
export const MAX_NOTE_BYTES = 65_536;
/**
 * What a node has seen takes at most so many bytes: two notes of each peer, of as many peers as a consortium may
 * have.
 */
export const MAX_SEEN_BYTES = 4 * 1024 * 1024;
