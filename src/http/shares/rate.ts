/**
 * How many requests a caller may send within a time: the generic cell rate algorithm (ITU-T I.371, annex A), which keeps
 * one number a caller, the time at which everything that was sent will have been paid for. A caller that has paid is
 * forgotten; of more callers than are kept, the one that was silent longest is. So memory is bounded whatever number of
 * addresses somebody has.
 */
import { HttpRefusal } from "../problems.js";
import { type Caller, limitFor, type Partition, partitionsOf, type PerCaller, type Scope } from "./caller.js";
import { type Quota, rateLimitFields } from "./rate-limit-fields.js";

export interface RateLimits extends PerCaller {
  readonly windowSeconds: number;
}

export interface Rate {
  /** Refuses `quota-exceeded` where more was sent than the window allows; what is refused costs nothing more. */
  spend(caller: Caller): void;
  /** How many callers are remembered. */
  size(): number;
  refused(): Readonly<Record<Scope, number>>;
}

const MAX_CALLERS = 65_536;

export function createRate(name: string, limits: RateLimits, nowMs = () => performance.now()): Rate {
  const windowMs = limits.windowSeconds * 1000;
  // A Map remembers the order of insertion: the first one was silent longest.
  const paidAtMs = new Map<string, number>();
  const refused = { key: 0, organisation: 0, address: 0 };

  function quotaOf({ scope, id }: Partition, now: number): Quota {
    const limit = limitFor(scope, limits);
    const owedMs = Math.max(0, (paidAtMs.get(id) ?? 0) - now);
    return {
      ...{ policy: `${name}-${scope}`, limit, unit: "requests", windowSeconds: limits.windowSeconds },
      remaining: Math.max(0, Math.floor(((windowMs - owedMs) * limit) / windowMs)),
      resetSeconds: Math.max(1, Math.ceil((owedMs + windowMs / limit - windowMs) / 1000)),
    };
  }

  function charge(id: string, costMs: number, now: number): void {
    const from = Math.max(now, paidAtMs.get(id) ?? 0);
    paidAtMs.delete(id);
    paidAtMs.set(id, from + costMs);
    for (const [oldest, at] of paidAtMs) {
      if (at > now && paidAtMs.size <= MAX_CALLERS) break;
      paidAtMs.delete(oldest);
    }
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
    size: () => paidAtMs.size,
    refused: () => ({ ...refused }),
  };
}
