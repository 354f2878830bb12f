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
  /** A JSON body has at most so many bytes, within `RECORD_BOUNDS` of core: it is held in memory while it is read. */
  readonly jsonBytes: number;
  /** Streamed content, which is one file, has at most so many bytes. */
  readonly contentBytes: number;
  /** What is verified in one request, and held in memory, has at most so many bytes. */
  readonly verificationBytes: number;
  /** These are the shares of what is under way of each class of work, of all callers and of one. */
  readonly shares: SharesLimits;
  /** One caller may send so many requests within a time, of whatever class. */
  readonly requests: RateLimits;
  /** A body of which nothing comes for so long is given up. */
  readonly bodyIdleMs: number;
  /** A whole body may take so long, however steadily it trickles. */
  readonly bodyTotalMs: number;
  /** A body that comes more slowly is given up. */
  readonly slowSenders: Pace;
  /** This is the longest wait that `Prefer: wait` is granted. */
  readonly waitSeconds: number;
}

/** Given limits are some of them; the rest have their defaults. */
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
