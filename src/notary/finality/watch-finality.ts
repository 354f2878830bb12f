/**
 * Tells the operator when deposits wait for finality longer than they should, and when that ends. It decides nothing:
 * what is wrong is always that too few witnesses have cosigned, and their loops go on asking.
 */
import { nameOfClass } from "./finality.js";
import { FINALITY_STOPPED_MS } from "../halts/impairments.js";
import type { Ports } from "../ports/ports.js";

/** Deposits that wait, by whose cosignatures do not count for them. */
export interface Waiting {
  readonly depositorClass: string;
  /** By the clock that nobody sets. */
  readonly sinceMs: number;
}

export interface FinalityWatch {
  /** To be called often; says something when it changes, and each minute while it lasts. */
  look(oldestOfClasses: readonly Waiting[], why: () => object): void;
}

const REPEAT_MS = 60_000;

export function watchFinality({ monotonicMs, log }: Pick<Ports, "monotonicMs" | "log">): FinalityWatch {
  let told: { readonly sinceMs: number; readonly atMs: number } | undefined;
  return {
    look: (oldestOfClasses, why) => {
      const nowMs = monotonicMs();
      const late = oldestOfClasses.filter(({ sinceMs }) => nowMs - sinceMs > FINALITY_STOPPED_MS);
      if (late.length === 0) {
        if (told !== undefined) log.info({ afterSeconds: seconds(nowMs - told.sinceMs) }, "finality goes on");
        told = undefined;
        return;
      }
      if (told !== undefined && nowMs - told.atMs < REPEAT_MS) return;
      const oldestMs = Math.min(...late.map(({ sinceMs }) => sinceMs));
      told = { sinceMs: told?.sinceMs ?? oldestMs, atMs: nowMs };
      const depositors = late.map(({ depositorClass }) => nameOfClass(depositorClass));
      log.error(
        { oldestWaitingSeconds: seconds(nowMs - oldestMs), depositors, ...why() },
        "finality stopped",
      );
    },
  };
}

const seconds = (ms: number): number => Math.round(ms / 1000);
