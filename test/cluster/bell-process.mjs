/**
 * A process with a bell on Redis, as it was built: its arguments are the URL and the origin. It rings when it is told to,
 * tells what it hears and logs, and once it has closed nothing keeps it running.
 */
import { performance } from "node:perf_hooks";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { createBell } from "../../dist/src/adapters/bell/bell.js";
import { openRedisBell } from "../../dist/src/adapters/redis/bell.js";

const [, , url, origin] = process.argv;
const nowMs = () => performance.timeOrigin + performance.now();
const tell = (message) => process.send?.(message);
const line = (level) => (fields, text) => tell({ kind: "line", level, fields, text });
const log = { error: line("error"), warn: line("warn"), info: line("info") };

const bell = openRedisBell(url, { origin, near: createBell(), nearJobs: createBell(), log });
bell.hear(() => tell({ kind: "heard", atMs: nowMs() }));

process.on("message", async ({ kind, times = 1, everyMs = 0 }) => {
  if (kind === "ring") {
    const atMs = nowMs();
    for (let i = 0; i < times; i++) {
      bell.ring();
      if (everyMs > 0) await delay(everyMs);
    }
    globalThis.gc?.();
    tell({ kind: "rung", atMs, tookMs: nowMs() - atMs, heapBytes: process.memoryUsage().heapUsed });
  } else if (kind === "standing") tell({ kind: "standing", isAway: bell.isAway() });
  else if (kind === "close") {
    const atMs = nowMs();
    await bell.close();
    tell({ kind: "closed", tookMs: nowMs() - atMs });
    process.disconnect();
  }
});
tell({ kind: "up" });
