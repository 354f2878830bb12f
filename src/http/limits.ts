/** What one client, and all together, may take of this service. Every bound has a code that says it was met. */
import { Refusal } from "../notary/refusal.js";

export interface Limits {
  /** A JSON body: it is held in memory while it is read. */
  readonly jsonBytes: number;
  /** Streamed content: one file. */
  readonly contentBytes: number;
  /** What may be verified in one request: held in memory. */
  readonly verificationBytes: number;
  /** Bodies held in memory, all requests together. */
  readonly heldBytes: number;
  /** Streams being received at one time. */
  readonly uploads: number;
  readonly verifications: number;
  /** Zip files of certificates on their way at one time. */
  readonly bulkDownloads: number;
  /** A body of which nothing comes for so long is given up. */
  readonly bodyIdleMs: number;
  /** For a whole body, however steadily it trickles. */
  readonly bodyTotalMs: number;
  /** The longest wait that `Prefer: wait` is granted. */
  readonly waitSeconds: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: Limits = {
  jsonBytes: 10 * MIB,
  contentBytes: 100 * MIB,
  verificationBytes: 32 * MIB,
  heldBytes: 256 * MIB,
  uploads: 16,
  verifications: 4,
  bulkDownloads: 4,
  bodyIdleMs: 20_000,
  bodyTotalMs: 280_000,
  waitSeconds: 30,
};

/** A counted good: places for uploads, bytes of memory. */
export interface Allowance {
  /** Refuses `overloaded` when it is spent; what is taken must be given back in a `finally`. */
  take(amount: number): void;
  give(amount: number): void;
}

export function createAllowance(total: number, what: string): Allowance {
  let taken = 0;
  return {
    take(amount) {
      if (taken + amount > total)
        throw new Refusal("overloaded", `too many ${what} at one time`, {
          want: `at most ${total}`,
          retryAfterSeconds: 1,
        });
      taken += amount;
    },
    give(amount) {
      taken -= amount;
    },
  };
}
