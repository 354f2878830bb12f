/**
 * How many requests a caller may send within a time: the generic cell rate algorithm (ITU-T I.371, annex A), which keeps
 * one number a caller, the time at which everything that was sent will have been paid for. Callers are kept in two
 * generations: when the younger is full, or as old as the window, it becomes the elder, and the elder is forgotten. Whoever
 * is in it has paid, or was silent while so many others came: memory and time are bounded whatever number of addresses
 * somebody has.
 */
import { HttpRefusal } from "../problems/problems.js";
import { type Caller, limitFor, type Partition, partitionsOf, type PerCaller, type Scope } from "./caller.js";
import { type Quota, rateLimitFields } from "../problems/rate-limit-fields.js";

export interface RateLimits extends PerCaller {
  readonly windowSeconds: number;
}

export interface Rate {
  /** Refuses `quota-exceeded` where more was sent than the window allows; what is refused costs nothing more. */
  spend(caller: Caller): void;
  /** Tells how many callers are remembered. */
  size(): number;
  refused(): Readonly<Record<Scope, number>>;
}

/** One generation has so many callers at most. */
const MAX_CALLERS = 32_768;

export function createRate(name: string, limits: RateLimits, nowMs = () => performance.now()): Rate {
  const windowMs = limits.windowSeconds * 1000;
  let [younger, elder] = [new Map<string, number>(), new Map<string, number>()];
  let bornMs = nowMs();
  const paidAtMs = (id: string): number => younger.get(id) ?? elder.get(id) ?? 0;
  const refused = { key: 0, organisation: 0, address: 0 };

  function quotaOf({ scope, id }: Partition, now: number): Quota {
    const limit = limitFor(scope, limits);
    const owedMs = Math.max(0, paidAtMs(id) - now);
    return {
      ...{ policy: `${name}-${scope}`, limit, unit: "requests", windowSeconds: limits.windowSeconds },
      remaining: Math.max(0, Math.floor(((windowMs - owedMs) * limit) / windowMs)),
      resetSeconds: Math.max(1, Math.ceil((owedMs + windowMs / limit - windowMs) / 1000)),
    };
  }

  function charge(id: string, costMs: number, now: number): void {
    const from = Math.max(now, paidAtMs(id));
    if (younger.size >= MAX_CALLERS || now - bornMs >= windowMs) {
      elder = younger;
      younger = new Map();
      bornMs = now;
    }
    younger.set(id, from + costMs);
  }

  return {
    spend(caller) {
      const limited = partitionsOf(caller).filter(({ scope }) => limitFor(scope, limits) !== Infinity);
      if (limited.length === 0) return;
      const now = nowMs();
      const quotas = limited.map((partition) => quotaOf(partition, now));
      const spent = quotas.findIndex(({ remaining }) => remaining === 0);
      const [quota, partition] = [quotas[spent], limited[spent]];
      if (quota !== undefined && partition !== undefined) {
        refused[partition.scope] += 1;
        throw new HttpRefusal(
          "quota-exceeded",
          `this ${partition.scope} sends too many requests`,
          {
            want: `at most ${quota.limit} within ${limits.windowSeconds} s`,
            retryAfterSeconds: quota.resetSeconds,
          },
          rateLimitFields(quotas),
        );
      }
      for (const { scope, id } of limited) charge(id, windowMs / limitFor(scope, limits), now);
    },
    size: () => younger.size + elder.size,
    refused: () => ({ ...refused }),
  };
}
