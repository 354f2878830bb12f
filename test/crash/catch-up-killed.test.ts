/**
 * A node killed at random moments while it fetches a long ledger goes on where it was, and ends with the whole of it.
 * The node is a real process, and each kill falls after some bundles more were asked for.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type RunningProcess, startProcess, waitUntilReady } from "../../scripts/quickstart/processes.js";
import { freePort } from "../../scripts/quickstart/sample-consortium.js";
import { equalBytes } from "../../src/core/bytes.js";
import { eventually } from "../story/eventually.js";
import { randomOfThisRun, tell } from "../../scripts/random.js";
import { createTestLog, serveTiles, type TileServer } from "../witness-node/test-log.js";
import { entriesAt } from "./served-entries.js";

const ROUNDS = 8;
/** Kills fall after so many more bundles, at least as many as are stored in one step, and then within so many milliseconds. */
const [LEAST_BUNDLES, MOST_BUNDLES] = [28, 44];
const MOST_MS_AFTER = 20;
const SIZE = 100_000;

const random = randomOfThisRun();
const folder = mkdtempSync(join(tmpdir(), "cunzheng-catch-up-"));
const log = createTestLog({ size: SIZE });
/** Bundles that were asked for. */
let asked = 0;
/** The copy's size at each start. */
const sizes: number[] = [];
let tiles: TileServer;
let url: string;
let node: RunningProcess;

const status = async () =>
  ((await (await fetch(`${url}/status`)).json()) as { logs: { originHash: string; copiedSize: number }[] })
    .logs[0];

async function start(): Promise<void> {
  node = startProcess("witness", ["witness", "--config", join(folder, "witness.json")], join(folder, "log"));
  await waitUntilReady(node, `${url}/status`);
}

beforeAll(async () => {
  tiles = await serveTiles(() => log, {
    tamper: (path) => {
      if (!path.startsWith("tile/entries/")) return undefined;
      asked += 1;
      return undefined;
    },
  });
  const listen = { host: "127.0.0.1", port: await freePort() };
  url = `http://${listen.host}:${listen.port}`;
  writeFileSync(
    join(folder, "witness.json"),
    JSON.stringify({
      name: "court.example/w1",
      listen,
      dataFolder: folder,
      logs: [{ origin: log.origin, vkeys: [log.vkey], url: tiles.url }],
    }),
  );
  await start();
  const body = Buffer.from(log.request({ size: SIZE }));
  expect((await fetch(`${url}/add-checkpoint`, { method: "POST", body })).status).toBe(200);
  for (let round = 1; round <= ROUNDS; round++) {
    sizes.push((await status())?.copiedSize ?? 0);
    const wanted = asked + random.between(LEAST_BUNDLES, MOST_BUNDLES);
    const deadline = performance.now() + 10_000;
    while (asked < wanted && performance.now() < deadline) await delay(1);
    await delay(random.between(0, MOST_MS_AFTER));
    await node.stop("SIGKILL");
    await start();
  }
  sizes.push((await status())?.copiedSize ?? 0);
}, 120_000);

afterAll(async () => {
  await node.stop("SIGKILL");
  await tiles.close();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

describe("a node killed while it catches up", () => {
  it("never has less after a restart than before, and was hit while it copied", () => {
    expect(sizes.filter((size) => size > 0 && size < SIZE).length).toBeGreaterThan(ROUNDS / 3);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  });

  it("ends with the whole ledger, and has not begun anew each time", async () => {
    const done = await eventually("the ledger is copied", async () => {
      const found = await status();
      return found?.copiedSize === SIZE ? found : undefined;
    });
    const copied = await entriesAt(`${url}/${done.originHash}`, SIZE);
    expect(copied.findIndex((entry, i) => !equalBytes(entry, log.entries[i] as Uint8Array))).toBe(-1);
    const bundles = Math.ceil(SIZE / 256);
    expect(asked).toBeLessThan((bundles * ROUNDS) / 2);
    tell(
      `node killed ${ROUNDS} times while it fetched ${SIZE} entries (seed ${random.seed}): at its starts it had ` +
        `${sizes.join(", ")}; ${asked} bundles were fetched for ${bundles}`,
    );
  });
});
