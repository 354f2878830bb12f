/** Large records are read in a thread: whoever else is served is served meanwhile. */
import { afterEach, expect, it } from "@jest/globals";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { RecordPool, RecordPoolOptions } from "../../../src/programs/verifying/record-pool.js";

const root = join(import.meta.dirname, "../../..");
/** The built one: its thread is a file beside it. */
const { createRecordPool } = (await import(
  pathToFileURL(join(root, "dist/src/programs/verifying/record-pool.js")).href
)) as { createRecordPool: (options?: RecordPoolOptions) => RecordPool };

const pools: RecordPool[] = [];
const pool = (options?: RecordPoolOptions) => {
  const made = createRecordPool(options);
  pools.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(pools.splice(0).map((made) => made.close()));
});

const body = (record: string) => Buffer.from(`{"metadata":{"recordType":"x"},"record":${record}}`);
const braces = (count: number) => body(`[${"{},".repeat(count)}{}]`);

it("gives the record's canonical bytes and digests, and refuses as the parser does", async () => {
  const { read } = pool();
  const { body: rest, record } = await read(body('{"b":1.50,"a":"\\u00e9"}'), "a");
  expect(rest).toEqual({ metadata: { recordType: "x" }, record: null });
  expect(Buffer.from(record?.bytes ?? []).toString()).toBe('{"a":"é","b":1.5}');
  expect(record?.digests["sha-256"]).toHaveLength(32);
  await expect(read(body("[1,]"), "a")).rejects.toMatchObject({ name: "ParseError", code: "json-syntax" });
});

it("leaves the event loop to others while it reads", async () => {
  const { read } = pool();
  await read(braces(1), "a");
  let [longestMs, lastMs] = [0, performance.now()];
  const looking = setInterval(() => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  });
  const fromMs = performance.now();
  await read(braces(1_500_000), "a");
  const tookMs = performance.now() - fromMs;
  clearInterval(looking);
  expect(longestMs).toBeLessThan(tookMs / 2);
});

it("serves organisations in turn", async () => {
  const { read } = pool();
  const done: string[] = [];
  const one = async (who: string) => {
    await read(braces(20_000), who);
    done.push(who);
  };
  await Promise.all([one("a"), one("a"), one("a"), one("a"), one("b")]);
  expect(done.indexOf("b")).toBeLessThanOrEqual(2);
});

it("gives up what takes too long, and goes on with the next", async () => {
  const { read } = pool({ timeoutMs: 1 });
  await expect(read(braces(3_000_000), "a")).rejects.toMatchObject({ code: "overloaded" });
  const { read: again, close } = pool();
  const begun = again(braces(3_000_000), "a");
  const refused = expect(begun).rejects.toMatchObject({ code: "stopping" });
  await close();
  await refused;
});
