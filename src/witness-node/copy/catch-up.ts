/** How far a copy has come on a long way: for the log and for /status. */

export interface CatchingUp {
  readonly copied: number;
  readonly of: number;
  /** This is the percentage of the whole ledger that is copied, rounded down, so that 100 means done. */
  readonly percent: number;
  readonly entriesPerSecond: number;
  /** This is how long it will take at the pace so far; null before there is one. */
  readonly secondsLeft: number | null;
  /** This says whom the last of it came from; null before it came. */
  readonly from: string | null;
}

export interface CatchUp {
  step(copiedSize: number, from: string): void;
  /** Tells how far the copy is; undefined where it is not worth telling: a few entries. */
  state(): CatchingUp | undefined;
}

/** A copy of fewer entries is done before anybody could read of it. */
const WORTH_TELLING = 8192;
const TELL_EVERY_MS = 10_000;

export interface CatchUpOptions {
  readonly copiedSize: number;
  readonly treeSize: number;
  readonly monotonicMs: () => number;
  /** Is told of the state at the beginning, at sensible intervals, and at the end. */
  readonly tell: (state: CatchingUp, stage: "begins" | "goes-on" | "ends") => void;
}

export function createCatchUp({ copiedSize: first, treeSize, monotonicMs, tell }: CatchUpOptions): CatchUp {
  const isTold = treeSize - first > WORTH_TELLING;
  const beganMs = monotonicMs();
  let [copied, toldMs] = [first, beganMs];
  let from: string | null = null;

  function state(): CatchingUp {
    const seconds = (monotonicMs() - beganMs) / 1000;
    const entriesPerSecond = seconds > 0 ? (copied - first) / seconds : 0;
    return {
      copied,
      of: treeSize,
      percent: Math.floor((100 * copied) / treeSize),
      entriesPerSecond: Math.round(entriesPerSecond),
      secondsLeft:
        copied >= treeSize
          ? 0
          : entriesPerSecond > 0
            ? Math.ceil((treeSize - copied) / entriesPerSecond)
            : null,
      from,
    };
  }

  if (isTold) tell(state(), "begins");
  return {
    step: (copiedSize, source) => {
      [copied, from] = [copiedSize, source];
      if (!isTold) return;
      if (copied >= treeSize) return tell(state(), "ends");
      if (monotonicMs() - toldMs < TELL_EVERY_MS) return;
      toldMs = monotonicMs();
      tell(state(), "goes-on");
    },
    state: () => (isTold ? state() : undefined),
  };
}
