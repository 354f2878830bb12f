/** All classes of work, each shared among its callers, and how they stand. */
import { createRate, type Rate, type RateLimits } from "./rate.js";
import { createTurns, type Turns, type TurnsOptions } from "./turns.js";
import { createShare, type Share, type ShareLimits, type ShareStanding } from "./share.js";

/** The classes `heldBytes` and `verifiedBytes` are bytes of bodies in memory, the others requests under way. */
export const SHARE_CLASSES = [
  "uploads",
  "bodies",
  "heldBytes",
  "waits",
  "zips",
  "downloads",
  "verifications",
  "verifiedBytes",
] as const;
export type ShareClass = (typeof SHARE_CLASSES)[number];

export type SharesLimits = Readonly<Record<ShareClass, ShareLimits>>;

const MIB = 1024 * 1024;

/**
 * These shares a bank alone never meets: they are twice and more of what one has under way when it sends as fast as
 * this service takes.
 */
export const DEFAULT_SHARES: SharesLimits = {
  uploads: { total: 48, perOrganisation: 24, perKey: 16 },
  bodies: { total: 4096, perOrganisation: 2048, perKey: 1536 },
  heldBytes: { total: 256 * MIB, perOrganisation: 128 * MIB, perKey: 96 * MIB },
  waits: { total: 8192, perOrganisation: 4096, perKey: 2048 },
  zips: { total: 12, perOrganisation: 6, perKey: 4 },
  downloads: { total: 256, perOrganisation: 128, perKey: 96 },
  verifications: { total: 64, perAddress: 8 },
  verifiedBytes: { total: 256 * MIB, perAddress: 96 * MIB },
};

export const DEFAULT_REQUESTS: RateLimits = { windowSeconds: 10, perAddress: 20_000 };

export interface Shares extends Readonly<Record<ShareClass, Share>> {
  /** All requests are counted here, however short. */
  readonly requests: Rate;
  /** The turns decide when each is begun. */
  readonly turns: Turns;
}

/** Eight small requests are about two milliseconds of work, and leave an active one its place; sixty-four are a group for one sync of the disk. */
const TURNS: TurnsOptions = { alone: 64, beside: 8, activeMs: 100 };

export function createShares(limits: SharesLimits, requests: RateLimits): Shares {
  const isBytes = (name: ShareClass) => name === "heldBytes" || name === "verifiedBytes";
  const shares = Object.fromEntries(
    SHARE_CLASSES.map((name) => [
      name,
      createShare(name, limits[name], isBytes(name) ? "content-bytes" : "concurrent-requests"),
    ]),
  ) as Record<ShareClass, Share>;
  return { ...shares, requests: createRate("requests", requests), turns: createTurns(TURNS) };
}

export interface SharesStanding {
  readonly classes: Readonly<Record<ShareClass, ShareStanding>>;
  readonly requests: { readonly callers: number; readonly refused: ReturnType<Rate["refused"]> };
}

export function standingOf(shares: Shares): SharesStanding {
  return {
    classes: Object.fromEntries(
      SHARE_CLASSES.map((name) => [name, shares[name].standing()]),
    ) as SharesStanding["classes"],
    requests: { callers: shares.requests.size(), refused: shares.requests.refused() },
  };
}
