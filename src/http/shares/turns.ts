/**
 * Requests are begun in turns of the event loop, so many in a turn and no more; what a caller sends beyond that waits in its
 * own line. A caller who sends a thousand at once delays another by a few, and by fewer still while that one is active.
 */

export interface Turns {
  /** Resolves when it is the turn of `who`; undefined where it is at once. `weight`: as so many requests it counts. */
  take(who: string, weight?: number): Promise<void> | undefined;
  /** Tells whether another than the latest caller has sent something not long ago. */
  isShared(): boolean;
}

export interface TurnsOptions {
  /** A caller begins so many requests in a turn of the event loop, while it is alone. */
  readonly alone: number;
  /** A caller begins so many while another has sent something not long ago. */
  readonly beside: number;
  /** Another counts that has sent something not longer ago than this. */
  readonly activeMs: number;
  readonly nowMs?: () => number;
}

interface Waiting {
  readonly weight: number;
  readonly go: () => void;
}

export function createTurns(options: TurnsOptions): Turns {
  const { alone, beside, activeMs, nowMs = () => performance.now() } = options;
  /** So many each has begun in this turn; a caller without any is absent. */
  const begun = new Map<string, number>();
  /** The lines stand in the order of their turns; a caller who waits for nothing has no line. */
  const lines = new Map<string, Waiting[]>();
  let isScheduled = false;
  let [latest, besideUntilMs] = ["", -Infinity];

  const isShared = (): boolean => nowMs() < besideUntilMs;
  const mayBegin = (who: string): boolean => (begun.get(who) ?? 0) < (isShared() ? beside : alone);

  function begin(who: string, weight: number): void {
    begun.set(who, (begun.get(who) ?? 0) + weight);
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(nextTurn);
  }

  function nextTurn(): void {
    isScheduled = false;
    begun.clear();
    for (const [who, line] of lines) {
      while (line.length > 0 && mayBegin(who)) {
        const { weight, go } = line.shift() as Waiting;
        begin(who, weight);
        go();
      }
      if (line.length === 0) lines.delete(who);
    }
  }

  return {
    take(who, weight = 1) {
      if (latest !== who && latest !== "") besideUntilMs = nowMs() + activeMs;
      latest = who;
      const line = lines.get(who);
      if (line === undefined && mayBegin(who)) {
        begin(who, weight);
        return undefined;
      }
      return new Promise((go) => {
        if (line) line.push({ weight, go });
        else lines.set(who, [{ weight, go }]);
      });
    },
    isShared,
  };
}
