/** What one request may take of this service, and what all of one caller. Every bound has a code that says it was met. */
import type { Pace } from "../shares/patience.js";
import type { RateLimits } from "../shares/rate.js";
import {
  DEFAULT_REQUESTS,
  DEFAULT_SHARES,
  SHARE_CLASSES,
  type ShareClass,
  type SharesLimits,
} from "../shares/shares.js";
import type { ShareLimits } from "../shares/share.js";

export interface Limits {
  /** A JSON body, within `RECORD_BOUNDS` of core: it is held in memory while it is read. */
  readonly jsonBytes: number;
  /** Streamed content: one file. */
  readonly contentBytes: number;
  /** What may be verified in one request: held in memory. */
  readonly verificationBytes: number;
  /** What is under way of each class of work, of all callers and of one. */
  readonly shares: SharesLimits;
  /** Requests of one caller within a time, of whatever class. */
  readonly requests: RateLimits;
  /** A body of which nothing comes for so long is given up. */
  readonly bodyIdleMs: number;
  /** For a whole body, however steadily it trickles. */
  readonly bodyTotalMs: number;
  /** A body that comes more slowly is given up. */
  readonly slowSenders: Pace;
  /** The longest wait that `Prefer: wait` is granted. */
  readonly waitSeconds: number;
}

/** What is given of it; the rest has its defaults. */
export type GivenLimits = Partial<Omit<Limits, "shares" | "requests" | "slowSenders">> & {
  readonly shares?: { readonly [Class in ShareClass]?: Partial<ShareLimits> };
  readonly requests?: Partial<RateLimits>;
  readonly slowSenders?: Partial<Pace>;
};

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: Limits = {
  jsonBytes: 10 * MIB,
  contentBytes: 100 * MIB,
  verificationBytes: 32 * MIB,
  shares: DEFAULT_SHARES,
  requests: DEFAULT_REQUESTS,
  bodyIdleMs: 20_000,
  bodyTotalMs: 280_000,
  slowSenders: { graceMs: 10_000, bytesPerSecond: 4096 },
  waitSeconds: 30,
};

export function limitsOf(given: GivenLimits = {}): Limits {
  const shares = Object.fromEntries(
    SHARE_CLASSES.map((name) => [name, { ...DEFAULT_SHARES[name], ...given.shares?.[name] }]),
  ) as SharesLimits;
  return {
    ...DEFAULT_LIMITS,
    ...given,
    shares,
    requests: { ...DEFAULT_REQUESTS, ...given.requests },
    slowSenders: { ...DEFAULT_LIMITS.slowSenders, ...given.slowSenders },
  };
}
