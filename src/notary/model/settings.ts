/** What an operator may set; the rest of the notary's behaviour is in the formats and in the consortium's file. */
import type { IssuerStatement } from "../../certificate/content/certificate-record.js";

export interface NotarySettings {
  /** `cunzheng/0.1.0 <commit>`: stands in every batch. */
  readonly software: string;
  /** SHA-256 of the effective configuration without secrets: stands in every batch. */
  readonly configurationDigest: Uint8Array;
  /** The trust file, byte for byte. */
  readonly consortium: Uint8Array;
  /** Certificates lead to `<publicUrl>/d/<id>`; without a slash at its end. */
  readonly publicUrl: string;
  /** What the issuer of certificates says of itself. */
  readonly issuer?: IssuerStatement | undefined;
  readonly sealing: {
    /** A batch is sealed at the latest this long after its first deposit. */
    readonly afterMs: number;
    /** A receipt promises `seal by` receivedAt + afterMs + promiseMs: the margin covers a restart. */
    readonly promiseMs: number;
    /** A batch of so many deposits is sealed at once. */
    readonly maxBatchSize: number;
  };
  readonly clock: {
    /** Further from true time, either way, no times are signed. */
    readonly toleranceMs: number;
  };
  readonly witnessTimeoutMs: number;
  readonly timestamps: {
    /** A time-stamping authority that has not answered by then has failed. */
    readonly timeoutMs: number;
    /** How far a token's time may lie from this machine's clock. */
    readonly toleranceMs: number;
    /** So long after finality a certificate waits for its evidence's tokens before it is issued without. */
    readonly certificateWaitMs: number;
  };
  /** Below so much free disk deposits are refused, so that what was accepted can still be sealed. */
  readonly minFreeBytes: number;
}

/** The defaults of what notary.json sets of it, as docs/operation.md lists them. */
export const DEFAULT_SETTINGS = {
  sealing: { afterMs: 1000, promiseMs: 10_000, maxBatchSize: 8192 },
  clock: { toleranceMs: 5000 },
  witnessTimeoutMs: 5000,
  timestamps: { timeoutMs: 5000, toleranceMs: 60_000, certificateWaitMs: 5000 },
  minFreeBytes: 64 * 1024 * 1024,
} as const;
