import { afterEach, describe, expect, it } from "@jest/globals";
import { parseEntryBundle } from "../../../src/core/ledger/entry-bundle.js";
import { type TestWitness, witnesses } from "../running-witness.js";
import { createTestLog, type Tamper, type TestLog, type TileServer, serveTiles } from "../test-log.js";

const nodes = witnesses();
const servers: TileServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function served(log: () => TestLog, tamper?: Tamper): Promise<TileServer> {
  const server = await serveTiles(log, tamper ? { tamper } : {});
  servers.push(server);
  return server;
}

const LARGE = createTestLog({ size: 600 });
const bytes = async (response: Response) => new Uint8Array(await response.arrayBuffer());
const copyOf = async (witness: TestWitness) => (await witness.status()).logs[0];

/** Has the checkpoint cosigned and waits for what the copier says of it. */
async function cosignAndWait(
  witness: TestWitness,
  log: TestLog,
  { old = 0, size, message = "copied" }: { old?: number; size: number; message?: string },
) {
  const logged = witness.logged(message);
  expect((await witness.post(log.request({ old, size }))).status).toBe(200);
  return await logged;
}
const FAILED = "couldn't copy the ledger, trying again";

describe("copying", () => {
  it("stores every entry and tile, and serves them as tlog-tiles", async () => {
    const server = await served(() => LARGE);
    const witness = await nodes.start({ logs: [{ log: LARGE, url: server.url }] });
    await cosignAndWait(witness, LARGE, { size: 600 });
    const prefix = `/${(await copyOf(witness))?.originHash as string}`;

    for (const [path, expected] of [
      ["tile/0/000", LARGE.tile(0, 0, 256)],
      ["tile/0/001", LARGE.tile(0, 1, 256)],
      ["tile/0/002.p/88", LARGE.tile(0, 2, 88)],
      ["tile/1/000.p/2", LARGE.tile(1, 0, 2)],
      // Of earlier sizes: a narrower tile begins as a wider one does.
      ["tile/0/002.p/1", LARGE.tile(0, 2, 1)],
      ["tile/0/000.p/255", LARGE.tile(0, 0, 255)],
      ["tile/entries/001", LARGE.bundle(1, 256)],
      ["tile/entries/002.p/88", LARGE.bundle(2, 88)],
      ["tile/entries/002.p/3", LARGE.bundle(2, 3)],
    ] as const) {
      const response = await witness.get(`${prefix}/${path}`);
      expect([path, response.status]).toEqual([path, 200]);
      expect(response.headers.get("content-type")).toBe("application/octet-stream");
      expect(response.headers.get("cache-control")).toContain("immutable");
      expect(Buffer.from(await bytes(response)).equals(expected)).toBe(true);
    }
    for (const path of [
      "tile/0/002",
      "tile/0/002.p/89",
      "tile/0/003.p/1",
      "tile/1/000",
      "tile/2/000.p/1",
      "tile/0/2",
      "tile/entries/003",
    ])
      expect([path, (await witness.get(`${prefix}/${path}`)).status]).toEqual([path, 404]);
  });

  it("convicts a log that signs another root for an earlier size, and keeps no true one", async () => {
    const fork = LARGE.withEntry(3, "another entry");
    const server = await served(() => LARGE);
    const witness = await nodes.start({ logs: [{ log: LARGE, url: server.url }] });
    await cosignAndWait(witness, LARGE, { size: 600 });
    // The old size fits neither: 409 is the answer, and what the log has signed is remembered.
    for (const size of [1, 3, 256, 599]) {
      expect((await witness.post(LARGE.request({ size }))).status).toBe(409);
      expect(await copyOf(witness)).toMatchObject({ misconducts: 0 });
    }
    expect((await witness.post(fork.request({ size: 3 }))).status).toBe(409); // The same tree so far.
    for (const [i, size] of [4, 255, 257, 512].entries()) {
      expect((await witness.post(fork.request({ size }))).status).toBe(409);
      expect(await copyOf(witness)).toMatchObject({ misconducts: i + 1, cosignedSize: 600 });
    }
  });

  it("follows a growing log, asking only for what is new", async () => {
    const server = await served(() => LARGE);
    const witness = await nodes.start({ logs: [{ log: LARGE, url: server.url }] });
    let old = 0;
    for (const size of [1, 2, 255, 256, 257, 511, 512, 600]) {
      await cosignAndWait(witness, LARGE, { old, size });
      expect(await copyOf(witness)).toMatchObject({ copiedSize: size, lastError: null });
      old = size;
    }
    expect(new Set(server.asked).size).toBe(server.asked.length);
  });

  it("goes up a third level", async () => {
    const huge = createTestLog({ size: 256 * 256 + 300 });
    const server = await served(() => huge);
    const witness = await nodes.start({ logs: [{ log: huge, url: server.url }] });
    await cosignAndWait(witness, huge, { size: huge.entries.length });
    const prefix = `/${(await copyOf(witness))?.originHash as string}`;
    expect(
      Buffer.from(await bytes(await witness.get(`${prefix}/tile/1/000`))).equals(huge.tile(1, 0, 256)),
    ).toBe(true);
    const last = await bytes(await witness.get(`${prefix}/tile/entries/257.p/44`));
    expect(parseEntryBundle(last, 44)).toHaveLength(44);
    expect(new Set(server.asked).size).toBe(server.asked.length);
  });

  it("takes the full tile where the log has deleted a partial one", async () => {
    const server = await served(
      () => LARGE,
      (path) => (path.includes(".p/") ? 404 : undefined),
    );
    const witness = await nodes.start({ logs: [{ log: LARGE, url: server.url }] });
    await cosignAndWait(witness, LARGE, { size: 200 });
    expect(server.asked).toContain("tile/0/000");
  });

  it("reads what a log has compressed without being asked", async () => {
    const server = await served(
      () => LARGE,
      (path) => (path === "tile/entries/000.p/9" ? { gzip: LARGE.bundle(0, 9) } : undefined),
    );
    const witness = await nodes.start({ logs: [{ log: LARGE, url: server.url }] });
    await cosignAndWait(witness, LARGE, { size: 9 });
  });

  it("resumes after a restart, with what is missing", async () => {
    let up = false;
    const server = await served(
      () => LARGE,
      () => (up ? undefined : 503),
    );
    const dataFolder = nodes.folder();
    const first = await nodes.start({ logs: [{ log: LARGE, url: server.url }], dataFolder });
    await cosignAndWait(first, LARGE, { size: 300, message: FAILED });
    await first.close();
    up = true;
    const second = await nodes.start({ logs: [{ log: LARGE, url: server.url }], dataFolder });
    // Nothing is posted: the copier finds its work by state.
    while ((await copyOf(second))?.copiedSize !== 300) await new Promise(setImmediate);
  });

  it("tries again until the log can be reached, and cosigns meanwhile", async () => {
    const gone = await serveTiles(() => LARGE);
    await gone.close();
    const witness = await nodes.start({ logs: [{ log: LARGE, url: gone.url }] });
    const failure = await cosignAndWait(witness, LARGE, { size: 300, message: FAILED });
    expect(failure["error"]).toContain("ECONNREFUSED");
    expect((await copyOf(witness))?.lastError?.message).toContain("ECONNREFUSED");
    expect((await witness.post(LARGE.request({ old: 300, size: 301 }))).status).toBe(200);
    const copied = witness.logged("copied");
    servers.push(await serveTiles(() => LARGE, { port: gone.port }));
    await copied;
    expect(await copyOf(witness)).toMatchObject({ copiedSize: 301, lastError: null });
  });

  it("tries again at once when the log comes for a cosignature, however long it was away", async () => {
    const gone = await serveTiles(() => LARGE);
    await gone.close();
    // Each failure doubles the pause: without the log's coming, so many of them would take more than a minute.
    const failures = 16;
    const retry = { firstMs: 1, mostMs: 3_600_000 };
    const witness = await nodes.start({ logs: [{ log: LARGE, url: gone.url }], retry });
    for (let old = 0; old < failures; old++)
      await cosignAndWait(witness, LARGE, { old, size: old + 1, message: FAILED });
    servers.push(await serveTiles(() => LARGE, { port: gone.port }));
    await cosignAndWait(witness, LARGE, { old: failures, size: failures + 1 });
  });

  it("does not wait for a log that never answers", async () => {
    const server = await served(
      () => LARGE,
      () => "silence",
    );
    const witness = await nodes.start({ logs: [{ log: LARGE, url: server.url }] });
    for (const [old, size] of [
      [0, 5],
      [5, 9],
      [9, 9],
    ] as const)
      expect((await witness.post(LARGE.request({ old, size }))).status).toBe(200);
    await witness.close();
  });
});

describe("a log that lies to its copiers", () => {
  const flipped = (content: Uint8Array) =>
    Uint8Array.from(content, (byte, i) => (i === 40 ? byte ^ 1 : byte));
  const forged = LARGE.withEntry(3, "another entry");

  it.each<[string, string, Uint8Array, string, number]>([
    ["a wrong partial tile", "tile/0/002.p/88", flipped(LARGE.tile(0, 2, 88)), "lead to another root", 0],
    ["a wrong tile above level 0", "tile/1/000.p/2", flipped(LARGE.tile(1, 0, 2)), "lead to another root", 0],
    ["a wrong entry", "tile/entries/000", forged.bundle(0, 256), "tile/entries/000: the bundle's entries", 0],
    ["a wrong entry later", "tile/entries/001", flipped(LARGE.bundle(1, 256)), "the bundle's entries", 256],
    [
      "a wrong entry at the end",
      "tile/entries/002.p/88",
      flipped(LARGE.bundle(2, 88)),
      "entry 2 of the bundle",
      512,
    ],
    ["a short tile", "tile/0/002.p/88", LARGE.tile(0, 2, 87), "2784 bytes", 0],
    ["an endless tile", "tile/1/000.p/2", new Uint8Array(1_000_000), "longer than 64 bytes", 0],
    ["an endless bundle", "tile/entries/001", new Uint8Array(17_000_000), "longer than 16777472 bytes", 256],
    ["an entry too many", "tile/entries/000", LARGE.bundle(0, 257), "not an entry bundle", 0],
    ["a tile of another branch", "tile/1/000.p/2", forged.tile(1, 0, 2), "lead to another root", 0],
  ])("%s is not stored, and the operator is told", async (_what, lieAt, lie, message, copiedSize) => {
    const server = await served(
      () => LARGE,
      (path) => (path === lieAt ? lie : undefined),
    );
    const witness = await nodes.start({ logs: [{ log: LARGE, url: server.url }] });
    const failure = await cosignAndWait(witness, LARGE, { size: 600, message: FAILED });
    expect(failure["error"]).toContain(message);
    const status = await copyOf(witness);
    expect(status).toMatchObject({ cosignedSize: 600, copiedSize });
    expect(status?.lastError?.message).toContain(message);
    const missing = copiedSize === 512 ? "002.p/88" : copiedSize === 256 ? "001" : "000";
    const prefix = `/${status?.originHash as string}`;
    expect((await witness.get(`${prefix}/tile/entries/${missing}`)).status).toBe(404);
  });

  it("can't send the witness elsewhere", async () => {
    const elsewhere = await served(() => LARGE);
    const server = await served(
      () => LARGE,
      () => new URL(`${elsewhere.url}/tile/0/000.p/5`),
    );
    const witness = await nodes.start({ logs: [{ log: LARGE, url: server.url }] });
    await cosignAndWait(witness, LARGE, { size: 5, message: FAILED });
    expect(elsewhere.asked).toEqual([]);
  });
});
