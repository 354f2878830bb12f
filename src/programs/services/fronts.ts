/**
 * Fronts: processes that answer requests behind one port, started by the one that works. The operating system's connections
 * go to them in turn (node:cluster); one that dies is started again; all end with the process that has started them.
 */
import cluster, { type Worker as FrontProcess } from "node:cluster";
import { fileURLToPath } from "node:url";
import { type Backoff, restMs } from "../../notary/model/backoff.js";
import type { RunningApi } from "./api-side.js";
import type { Parts } from "./parts.js";

export type FromFront =
  | { readonly kind: "up"; readonly url: string }
  | { readonly kind: "failed"; readonly message: string }
  /** Comes every `PULSE_MS` from the beginning on, as long as its event loop runs. */
  | { readonly kind: "pulse" };
export interface ToFront {
  readonly kind: "end";
}

export const PULSE_MS = 2000;
/** A front that misses so many pulses hangs. They are counted, so that a pause of this process is none of theirs. */
const MOST_MISSED = 15;
const BACKOFF: Backoff = { firstMs: 100, longestMs: 10_000 };
/** A front that has answered so long is well: its next death is a first one. */
const WELL_MS = 60_000;
/** Of open requests: so long their ends are awaited. */
const END_MS = 30_000;

/** Resolves when all answer. Rejects with what the first says that can't. */
export async function startFronts({ configFile, configuration, logger }: Parts): Promise<RunningApi> {
  cluster.setupPrimary({
    exec: fileURLToPath(new URL("front.js", import.meta.url)),
    args: [configFile],
    serialization: "advanced",
  });
  const running = new Set<FrontProcess>();
  /** Those that answer: only they have requests to end, and hear that they are to. */
  const answering = new Set<FrontProcess>();
  const missed = new Map<FrontProcess, number>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let isClosed = false;

  function start(failures: number): Promise<string> {
    const front = cluster.fork();
    const startedMs = performance.now();
    running.add(front);
    missed.set(front, 0);
    return new Promise((resolve, reject) => {
      front.on("message", (message: FromFront) => {
        missed.set(front, 0);
        if (message.kind === "pulse") return;
        if (message.kind === "failed") {
          reject(new Error(message.message));
          return;
        }
        answering.add(front);
        resolve(message.url);
      });
      front.on("exit", (code, signal) => {
        running.delete(front);
        answering.delete(front);
        missed.delete(front);
        reject(new Error(`a front process ended (${signal ?? code})`));
        if (isClosed) return;
        const failed = performance.now() - startedMs >= WELL_MS ? 1 : failures + 1;
        logger.error({ code, signal, failures: failed }, "a front process died: another is started");
        const timer = setTimeout(
          () => {
            timers.delete(timer);
            start(failed).catch(() => undefined);
          },
          restMs(BACKOFF, failed),
        );
        timers.add(timer);
      });
    });
  }

  const watching = setInterval(() => {
    for (const [front, count] of missed) {
      missed.set(front, count + 1);
      if (count + 1 !== MOST_MISSED) continue;
      logger.error(
        { front: front.process.pid, forMs: MOST_MISSED * PULSE_MS },
        "a front process hangs: it is killed",
      );
      front.process.kill("SIGKILL");
    }
  }, PULSE_MS);

  const close = async () => {
    isClosed = true;
    clearInterval(watching);
    for (const timer of timers) clearTimeout(timer);
    await Promise.all(
      [...running].map(
        (front) =>
          new Promise<void>((resolve) => {
            const cut = setTimeout(() => front.process.kill("SIGKILL"), END_MS);
            front.on("exit", () => {
              clearTimeout(cut);
              resolve();
            });
            if (answering.has(front)) front.send({ kind: "end" } satisfies ToFront);
            else front.process.kill("SIGKILL");
          }),
      ),
    );
  };
  try {
    const [url = ""] = await Promise.all(Array.from({ length: configuration.fronts }, () => start(0)));
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}
