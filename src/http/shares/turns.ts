/**
 * Requests are begun in turns of the event loop, so many in a turn and no more; what a caller sends beyond that waits in its
 * own line. A caller who sends a thousand at once delays another by a few, and by fewer still while that one is active.
 */

export interface Turns {
  /** Resolves when it is the turn of `who`; undefined where it is at once. */
  take(who: string): Promise<void> | undefined;
  /** How many requests wait. */
  waiting(): number;
}

export interface TurnsOptions {
  /** So many requests does a caller begin in a turn of the event loop, ... */
  readonly alone: number;
  /** ... or so many while another has sent something, ... */
  readonly beside: number;
  /** ... not longer ago than this. */
  readonly activeMs: number;
  readonly nowMs?: () => number;
}

export function createTurns(options: TurnsOptions): Turns {
  const { alone, beside, activeMs, nowMs = () => performance.now() } = options;
  /** How many each has begun in this turn; a caller without any is absent. */
  const begun = new Map<string, number>();
  /** In the order of their turns; a caller who waits for nothing has no line. */
  const lines = new Map<string, (() => void)[]>();
  let isScheduled = false;
  let waiting = 0;
  let [latest, besideUntilMs] = ["", -Infinity];

  const most = (): number => (nowMs() < besideUntilMs ? beside : alone);

  function begin(who: string): void {
    begun.set(who, (begun.get(who) ?? 0) + 1);
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(nextTurn);
  }

  function nextTurn(): void {
    isScheduled = false;
    begun.clear();
    for (const [who, line] of lines) {
      const served = line.splice(0, most());
      if (line.length === 0) lines.delete(who);
      waiting -= served.length;
      for (const go of served) {
        begin(who);
        go();
      }
    }
  }

  return {
    take(who) {
      if (latest !== who && latest !== "") besideUntilMs = nowMs() + activeMs;
      latest = who;
      const line = lines.get(who);
      if (line === undefined && (begun.get(who) ?? 0) < most()) {
        begin(who);
        return undefined;
      }
      waiting += 1;
      return new Promise((go) => {
        if (line) line.push(go);
        else lines.set(who, [go]);
      });
    },
    waiting: () => waiting,
  };
}
