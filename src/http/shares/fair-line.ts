/**
 * Work that waits in line, a line for each caller: the lines are served in turn, so that one with a thousand things to do
 * delays another by one thing. While much waits, the event loop gets a rest after each: deposits are answered in between.
 */

export interface FairLine {
  run<T>(who: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when it is the turn of `who`, whose work is the caller's own. */
  turn(who: string): Promise<void>;
}

export interface FairLineOptions {
  /** So much is worked on at one time. */
  readonly atOnce: number;
  /** While more than so much waits, nothing is begun for `restMs` after each. */
  readonly crowd?: number;
  /** So long nothing is begun after each, while a crowd waits. */
  readonly restMs?: number | (() => number);
}

export function createFairLine({ atOnce, crowd = Infinity, restMs = 0 }: FairLineOptions): FairLine {
  /** The lines stand in the order of their turns; a caller without work has no line. */
  const lines = new Map<string, (() => void)[]>();
  let [working, waiting] = [0, 0];
  const restNow = typeof restMs === "number" ? () => restMs : restMs;

  function next(): void {
    if (working >= atOnce) return;
    const [first] = lines;
    if (first === undefined) return;
    const [who, line] = first;
    const begin = line.shift() as () => void;
    lines.delete(who);
    if (line.length > 0) lines.set(who, line);
    working += 1;
    waiting -= 1;
    begin();
  }

  function end(): void {
    const go = () => {
      working -= 1;
      next();
    };
    const ms = waiting > crowd ? restNow() : 0;
    if (ms > 0) setTimeout(go, ms);
    else go();
  }

  const line: FairLine = {
    async run(who, work) {
      await new Promise<void>((begin) => {
        const line = lines.get(who);
        if (line) line.push(begin);
        else lines.set(who, [begin]);
        waiting += 1;
        next();
      });
      try {
        return await work();
      } finally {
        end();
      }
    },
    turn: (who) => line.run(who, () => Promise.resolve()),
  };
  return line;
}

/**
 * Gives the pieces of what may be large and of whoever's making, each taken from `pieces` when it is the turn of
 * `who`: how fast they come is the line's to say, and not the sender's.
 */
export async function* inTurn<Piece>(
  pieces: AsyncIterable<Piece>,
  line: FairLine,
  who: string,
): AsyncGenerator<Piece> {
  for await (const piece of pieces) {
    yield piece;
    await line.turn(who);
  }
}

/**
 * For large contents and bodies: after each piece of 64 KiB the event loop is left alone for a moment, which makes some 15 MB a
 * second while callers share it, and 50 with an `aloneMs` of 1 while they do not. At full speed the memory of the pieces keeps
 * the engine collecting garbage, and copying them keeps the processors, while others wait.
 */
export const pieceByPiece = (isShared: () => boolean, aloneMs: number): FairLineOptions => ({
  ...{ atOnce: 1, crowd: -1 },
  restMs: () => (isShared() ? 4 : aloneMs),
});
