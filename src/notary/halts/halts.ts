/**
 * Halts: reasons, by name, for which this notary for the time being promises nothing more, whatever it is asked. Who finds
 * a reason declares it and ends it; what it stops asks here. From the same list come the refusal of a deposit, `/readyz`,
 * `/v1/status`, the metrics and the log, so that none of them says anything else than what happens.
 *
 * A halt is of this process: the next start finds out anew whether its reason holds.
 */
import { formatTime } from "../../core/record/time.js";
import type { Halt, HaltCode, HaltedWork, Time } from "../model/model.js";
import type { Ports } from "../ports/ports.js";
import { Refusal, type RefusalDetail } from "../model/refusal.js";

export interface HaltReason {
  /** A sentence of what is wrong, for whoever is refused and for the operator. */
  readonly message: string;
  readonly detail?: Omit<RefusalDetail, "field">;
  readonly stops: readonly HaltedWork[];
}

export interface Halts {
  /** Begins a halt, or says of one that lasts how it stands now. */
  declare(code: HaltCode, reason: HaltReason): void;
  /** Without effect where there is no such halt. */
  end(code: HaltCode): void;
  /** In the order in which they began. */
  current(): readonly Halt[];
  isStopped(work: HaltedWork): boolean;
  /** Throws a `Refusal` with the code of the first halt that stops this work. */
  refuse(work: HaltedWork): void;
  /** Is called after each end of a halt: what waited may go on. */
  onEnd(look: () => void): void;
}

/** A halt that lasts is told again so often: whoever reads the last lines of a log must find it. */
const REPEAT_MS = 60_000;

export function openHalts({ now, monotonicMs, log }: Pick<Ports, "now" | "monotonicMs" | "log">): Halts {
  interface Lasting extends HaltReason {
    /** By the clock that nobody sets: the reason may be that the other one is wrong. */
    readonly begunMs: number;
    readonly toldMs: number;
  }
  const lasting = new Map<HaltCode, Lasting>();
  const looks: (() => void)[] = [];

  /** Counted back from now, so that it is right as soon as the clock is. */
  const since = (begunMs: number): Time => formatTime(Math.max(0, now() - elapsedMs(begunMs)));
  const elapsedMs = (begunMs: number): number => Math.round(monotonicMs() - begunMs);
  const first = (work: HaltedWork) => [...lasting].find(([, { stops }]) => stops.includes(work));

  return {
    declare: (code, reason) => {
      const before = lasting.get(code);
      const atMs = monotonicMs();
      const isTold = before === undefined || atMs - before.toldMs >= REPEAT_MS;
      const begunMs = before?.begunMs ?? atMs;
      lasting.set(code, { ...reason, begunMs, toldMs: isTold ? atMs : before.toldMs });
      if (!isTold) return;
      const { message, detail, stops } = reason;
      log.error(
        { code, stops, forSeconds: seconds(elapsedMs(begunMs)), reason: message, ...detail },
        "halted",
      );
    },
    end: (code) => {
      const ended = lasting.get(code);
      if (ended === undefined) return;
      lasting.delete(code);
      log.info({ code, afterSeconds: seconds(elapsedMs(ended.begunMs)) }, "goes on after a halt");
      for (const look of looks) look();
    },
    current: () =>
      [...lasting].map(([code, { message, stops, begunMs }]) => ({
        ...{ code, detail: message, stops, since: since(begunMs) },
        forSeconds: seconds(elapsedMs(begunMs)),
      })),
    isStopped: (work) => first(work) !== undefined,
    refuse: (work) => {
      const [code, { message, detail }] = first(work) ?? [undefined, { message: "", detail: undefined }];
      if (code !== undefined)
        throw new Refusal(code, message, { retryAfterSeconds: RETRY_SECONDS, ...detail });
    },
    onEnd: (look) => {
      looks.push(look);
    },
  };
}

const RETRY_SECONDS = 30;
const seconds = (ms: number): number => Math.round(ms / 1000);
