/**
 * How far this machine's clock is off, measured against time servers at the start and every few minutes. It corrects
 * nothing, which is the operating system's work: it is told in every batch, so that a reader can judge the notary's times.
 */
import type { ClockOffsetMs, Log } from "../../notary/ports.js";
import { askOffsetMs, type TimeServer } from "./sntp.js";

export interface MeasuredClock {
  /** The last measurement in tenths of a millisecond, positive where our clock is ahead; null after an hour without one. */
  readonly offsetMs: ClockOffsetMs;
  /** A measurement under way is forgotten. */
  close(): void;
}

export interface ClockOptions {
  readonly servers: readonly TimeServer[];
  readonly log: Log;
  readonly now?: () => number;
  readonly everyMs?: number;
  readonly timeoutMs?: number;
  readonly validForMs?: number;
}

/** No server should be asked oftener than once a minute (RFC 4330, section 10). */
const EVERY_MS = 300_000;
const TIMEOUT_MS = 2000;
const VALID_FOR_MS = 3_600_000;
/** A fifth of what check 8 tolerates. */
const FAR_MS = 1000;

/** Begins to measure and returns at once. */
export function measureClock(options: ClockOptions): MeasuredClock {
  const { servers, log, now = Date.now, everyMs = EVERY_MS } = options;
  const { timeoutMs = TIMEOUT_MS, validForMs = VALID_FOR_MS } = options;
  let last: { readonly offsetMs: number; readonly at: number } | undefined;
  let wasMissed = false;
  let isClosed = false;

  async function measure(): Promise<void> {
    const answers = await Promise.allSettled(
      servers.map((server) => askOffsetMs(server, { timeoutMs, now })),
    );
    const offsets = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
    const problems = answers.flatMap((answer, i) =>
      answer.status === "rejected"
        ? [`${servers[i]?.host}:${servers[i]?.port}: ${(answer.reason as Error).message}`]
        : [],
    );
    if (isClosed) return;
    if (offsets.length === 0) {
      if (!wasMissed) log.warn({ problems }, "the clock's offset could not be measured");
      wasMissed = true;
      return;
    }
    if (wasMissed) log.info({}, "the clock's offset is measured again");
    wasMissed = false;
    // A clock that is set meanwhile changes `now`, not this.
    last = { offsetMs: inTenths(median(offsets)), at: performance.now() };
    if (Math.abs(last.offsetMs) > FAR_MS)
      log.warn({ offsetMs: last.offsetMs, servers: offsets.length }, "this machine's clock is wrong");
  }

  void measure();
  const timer = setInterval(() => void measure(), everyMs).unref();
  return {
    offsetMs: () => (last !== undefined && performance.now() - last.at <= validForMs ? last.offsetMs : null),
    close: () => {
      isClosed = true;
      clearInterval(timer);
    },
  };
}

/** Of several servers one that is wrong moves it little. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return ((low as number) + (high as number)) / 2;
}

/** Never -0. */
const inTenths = (ms: number): number => Math.round(ms * 10) / 10 + 0;
