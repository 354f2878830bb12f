/**
 * One class of work that is limited by how much of it is under way: places, or bytes held in memory. Each caller has a
 * share. It is what the configuration says, and no more than what is free: whoever has much gets nothing more while
 * less is left than it has already, so that one caller has at most half, two a third each, and a newcomer finds a place
 * (dynamic thresholds, Choudhury and Hahne 1998, as switches share their buffers among ports).
 */
import { Refusal } from "../../notary/model/refusal.js";
import { HttpRefusal } from "../problems/problems.js";
import { type Caller, limitFor, type PerCaller, type Scope, partitionsOf } from "./caller.js";
import { type QuotaUnit, rateLimitFields } from "../problems/rate-limit-fields.js";

export interface ShareLimits extends PerCaller {
  /** All callers together may have so much. */
  readonly total: number;
}

/** A release gives back what was taken; a second call does nothing. */
export type Release = () => void;

export interface Share {
  /**
   * Takes a part of the share. Refuses `quota-exceeded` (429) where this caller has its share, and `overloaded` (503)
   * where nothing is left for anybody.
   */
  take(caller: Caller, amount?: number): Release;
  /** Begins a holding, for what grows and shrinks while it is held; `release` gives back all that is left of it. */
  hold(caller: Caller): Holding;
  standing(): ShareStanding;
}

export interface Holding {
  /** Takes more. Refuses as the share's own `take` does; then nothing was taken. */
  take(amount: number): void;
  give(amount: number): void;
  readonly release: Release;
}

export interface ShareStanding {
  readonly taken: number;
  readonly total: number;
  /** This is the most that one key, organisation or address has now. */
  readonly largest: number;
  /** These were refused since the start, by whose share was spent; `all` says that nothing was left for anybody. */
  readonly refused: Readonly<Record<Scope | "all", number>>;
}

const RETRY_AFTER_SECONDS = 1;

export function createShare(name: string, limits: ShareLimits, unit: QuotaUnit): Share {
  const { total } = limits;
  /** This is as large as there are callers with something under way. */
  const held = new Map<string, number>();
  const refused = { key: 0, organisation: 0, address: 0, all: 0 };
  let taken = 0;

  function refusal(caller: Caller, scope: Scope): HttpRefusal {
    const free = total - taken;
    const quotas = partitionsOf(caller).map((partition) => {
      const most = limitFor(partition.scope, limits);
      const has = held.get(partition.id) ?? 0;
      // Half of what would be free without this caller, where that is less than what is configured.
      const limit = Math.min(most, Math.max(has, Math.floor((free + has) / 2)));
      return { policy: `${name}-${partition.scope}`, limit, unit, remaining: Math.max(0, limit - has) };
    });
    const own = quotas.find(({ policy }) => policy === `${name}-${scope}`);
    return new HttpRefusal(
      "quota-exceeded",
      `this ${scope} has its share of ${name} under way`,
      {
        ...(own && { want: `at most ${own.limit} at one time` }),
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      },
      rateLimitFields(quotas.map((quota) => ({ ...quota, resetSeconds: RETRY_AFTER_SECONDS }))),
    );
  }

  function add(ids: readonly string[], amount: number): void {
    taken += amount;
    for (const id of ids) {
      const has = (held.get(id) ?? 0) + amount;
      if (has > 0) held.set(id, has);
      else held.delete(id);
    }
  }

  return {
    take(caller, amount = 1) {
      const { take, release } = hold(caller);
      take(amount);
      return release;
    },
    hold,
    standing: () => ({
      taken,
      total,
      largest: [...held.values()].reduce((most, has) => Math.max(most, has), 0),
      refused: { ...refused },
    }),
  };

  function hold(caller: Caller): Holding {
    const partitions = partitionsOf(caller);
    const ids = partitions.map(({ id }) => id);
    let own = 0;
    const take = (amount: number) => {
      const free = total - taken;
      for (const { scope, id } of partitions) {
        const has = held.get(id) ?? 0;
        if (has + amount <= limitFor(scope, limits) && (has === 0 || has + amount <= free)) continue;
        refused[scope] += 1;
        throw refusal(caller, scope);
      }
      if (amount > free) {
        refused.all += 1;
        throw new Refusal("overloaded", `too many ${name} at one time`, {
          want: `at most ${total}`,
          retryAfterSeconds: RETRY_AFTER_SECONDS,
        });
      }
      add(ids, amount);
      own += amount;
    };
    const give = (amount: number) => {
      add(ids, -amount);
      own -= amount;
    };
    return { take, give, release: () => give(own) };
  }
}
