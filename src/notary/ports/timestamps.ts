/** Tokens of time-stamping authorities, as they are stored, and who gives them. */

/** A token over a checkpoint's note text, verified before it was stored. */
export interface StoredTimestamp {
  /** Its name in the configuration. */
  readonly authority: string;
  /** DER of the RFC 3161 TimeStampToken. */
  readonly token: Uint8Array;
  readonly genTimeMs: number;
  readonly storedAtMs: number;
}

export interface TimestampStore {
  /** Durable. Keeps the tree size of the first call for this authority, and gives it. */
  beginTimestamps(authority: string, fromTreeSize: number): Promise<number>;
  /** Durable. A token of an authority already there for this size is not replaced. */
  addTimestamp(treeSize: number, timestamp: StoredTimestamp): Promise<void>;
  /** In the order in which they were stored: what comes later stands behind. */
  timestamps(treeSize: number): Promise<readonly StoredTimestamp[]>;
  /**
   * The first `limit` tree sizes from `from` to `to - 1`, ascending, whose checkpoints made something final and have no
   * token of this authority.
   */
  unstamped(range: {
    readonly authority: string;
    readonly from: number;
    readonly to: number;
    readonly limit: number;
  }): Promise<readonly number[]>;
}

/**
 * An RFC 3161 authority: takes a TimeStampReq and answers with bytes, which nobody has looked at yet. Rejects where it
 * could not be reached, did not answer in time, or answered with anything else than `application/timestamp-reply`.
 */
export interface TimestampAuthority {
  /** What the configuration calls it: its tokens are stored under this name. */
  readonly name: string;
  readonly url: string;
  /** The policy to ask for: an object identifier. */
  readonly policy?: string;
  request(body: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
}
