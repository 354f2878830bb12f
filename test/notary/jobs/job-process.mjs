/**
 * A process that runs jobs, as it was built. Its arguments: the store (a SQLite file, or a MongoDB's URL), a folder, and a Redis'
 * URL or nothing. Each run of a job is a line of FOLDER/runs, its effect the file FOLDER/effects/KEY, which can be made once.
 * A key that begins with "hang" never gets to its effect while there is no FOLDER/go-on.
 */
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { createBell } from "../../../dist/src/adapters/bell/bell.js";
import { openMongoStore } from "../../../dist/src/adapters/mongo/store.js";
import { openSqliteStore } from "../../../dist/src/adapters/sqlite/store.js";
import { askForJob, startJobs } from "../../../dist/src/notary/jobs/run-jobs.js";

const [, , address, folder, redis = ""] = process.argv;
const tell = (message) => process.send?.(message);
const line = (level) => (fields, text) => tell({ kind: "line", level, text, key: fields.key });
const log = { error: line("error"), warn: line("warn"), info: line("info") };

const store = address.startsWith("mongodb://") ? await openMongoStore(address) : openSqliteStore(address);
const near = createBell();
const queue =
  redis === ""
    ? undefined
    : (await import("../../../dist/src/adapters/redis/bell.js")).openRedisBell(redis, {
        ...{ origin: "ledger.example/jobs", near: createBell(), nearJobs: near, log },
      });
const jobBell = queue?.jobBell ?? near;

const jobs = startJobs({ store, jobBell, log }, [
  {
    kind: "example",
    run: async (key) => {
      appendFileSync(join(folder, "runs"), `${process.pid} ${key}\n`);
      while (key.startsWith("hang") && !existsSync(join(folder, "go-on"))) await delay(20);
      try {
        writeFileSync(join(folder, "effects", key), `${process.pid}`, { flag: "wx" });
      } catch (error) {
        if (error.code !== "EEXIST") throw error;
      }
      await delay(5);
    },
    backoff: { firstMs: 100, longestMs: 1000 },
    ...{ attempts: 5, atOnce: 2, timeoutMs: 2000 },
  },
]);

process.on("message", async ({ kind, keys }) => {
  if (kind === "ask") {
    const atMs = performance.now();
    for (const key of keys) await askForJob({ store, jobBell }, { kind: "example", key });
    tell({ kind: "asked", tookMs: performance.now() - atMs });
  } else if (kind === "close") {
    await jobs.close();
    await queue?.close();
    await store.close();
    process.disconnect();
  }
});
tell({ kind: "up" });
