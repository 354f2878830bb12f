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
  { readonly kind: "up"; readonly url: string } | { readonly kind: "failed"; readonly message: string };
export interface ToFront {
  readonly kind: "end";
}

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
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let isClosed = false;

  function start(failures: number): Promise<string> {
    const front = cluster.fork();
    const startedMs = performance.now();
    running.add(front);
    return new Promise((resolve, reject) => {
      front.on("message", (message: FromFront) => {
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

  const close = async () => {
    isClosed = true;
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
