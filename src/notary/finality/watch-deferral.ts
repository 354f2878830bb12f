/**
 * Batches that were sealed while the clock was ahead. Nothing waits for them, and they end by themselves: as soon as the
 * time that they name has come, the nodes are asked to cosign again what they have cosigned, which gives it a later time
 * (C2SP tlog-witness, tlog-mirror), whether or not anybody deposits meanwhile. The operator is told of them.
 */
import { formatTime } from "../../core/record/time.js";
import { finalNotBeforeMs } from "./finality.js";
import type { DeferredBatch } from "../ports/cosignatures.js";
import type { Ports } from "../ports/ports.js";

export interface DeferralWatch {
  /** What is deferred has changed. */
  tell(): void;
  close(): void;
}

export interface DeferralSettings {
  readonly deferred: () => readonly DeferredBatch[];
  /** Has every node that answers cosign the newest checkpoint that it can. */
  readonly askAgain: () => void;
}

/** Once a second; less often where the nodes' clocks go on saying that it is too early. */
const LOOK_MS = 1000;
const LONGEST_REST_MS = 60_000;
/** Of nodes whose clocks are a few seconds behind, every batch is deferred for as long: that is said once a minute. */
const REPEAT_MS = 60_000;

export function watchDeferral(
  { now, monotonicMs, log }: Pick<Ports, "now" | "monotonicMs" | "log">,
  { deferred, askAgain }: DeferralSettings,
): DeferralWatch {
  let toldMs = -Infinity;
  let rest = { untilMs: -Infinity, lastsMs: LOOK_MS };

  function look(): void {
    const nowMs = now();
    const isDue = deferred().some((batch) => finalNotBeforeMs(batch) <= nowMs);
    const atMs = monotonicMs();
    if (!isDue) rest = { untilMs: -Infinity, lastsMs: LOOK_MS };
    else if (atMs >= rest.untilMs) {
      rest = { untilMs: atMs + rest.lastsMs, lastsMs: Math.min(2 * rest.lastsMs, LONGEST_REST_MS) };
      askAgain();
    }
  }

  const timer = setInterval(look, LOOK_MS).unref();
  return {
    tell: () => {
      const batches = deferred();
      rest = { untilMs: rest.untilMs, lastsMs: LOOK_MS };
      if (batches.length === 0) {
        if (toldMs > -Infinity) log.info({}, "every batch that was sealed ahead of time is final");
        toldMs = -Infinity;
        return;
      }
      if (monotonicMs() - toldMs < REPEAT_MS) return;
      toldMs = monotonicMs();
      const until = formatTime(Math.max(...batches.map(finalNotBeforeMs)));
      log.warn(
        {
          batches: batches.length,
          ledgerIndexes: batches.slice(0, 10).map(({ ledgerIndex }) => ledgerIndex),
          until,
        },
        "batches name a time that had not come when they were cosigned: they are final when it has",
      );
    },
    close: () => {
      clearInterval(timer);
    },
  };
}
