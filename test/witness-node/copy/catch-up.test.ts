/** A node that was away, lost its disk or joins new is brought to the head from the log, or from another mirror. */
import { afterEach, describe, expect, it } from "@jest/globals";
import { type TestWitness, witnesses } from "../running-witness.js";
import { createTestLog, serveTiles, type Tamper, type TestLog, type TileServer } from "../test-log.js";

const nodes = witnesses();
const servers: TileServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const LOG = createTestLog({ size: 600 });
const GONE = 404;

async function served(log: TestLog, tamper?: Tamper): Promise<TileServer> {
  const server = await serveTiles(() => log, tamper ? { tamper } : {});
  servers.push(server);
  return server;
}

const statusOf = async (node: TestWitness) => (await node.status()).logs[0];

/** Has the checkpoint cosigned, and waits for the copy. */
async function cosignAndCopy(node: TestWitness, log: TestLog, size = log.entries.length): Promise<void> {
  const copied = node.logged("copied");
  expect((await node.post(log.request({ size }))).status).toBe(200);
  await copied;
  expect(await statusOf(node)).toMatchObject({ copiedSize: size, lastError: null });
}

/** A real mirror that was sent everything. */
async function fullMirror(log: TestLog): Promise<TestWitness> {
  const node = await nodes.start({ logs: [{ log }], isMirror: true });
  const size = log.entries.length;
  expect((await node.post(log.request({ size }))).status).toBe(200);
  expect((await node.send(log.upload({ end: size }))).status).toBe(200);
  return node;
}

const expectWhole = async (node: TestWitness, log: TestLog) => {
  const prefix = `/${(await statusOf(node))?.originHash ?? ""}`;
  for (const [path, want] of [
    ["tile/entries/001", log.bundle(1, 256)],
    ["tile/entries/002.p/88", log.bundle(2, 88)],
    ["tile/0/000", log.tile(0, 0, 256)],
    ["tile/1/000.p/2", log.tile(1, 0, 2)],
  ] as const) {
    const got = await (await node.get(`${prefix}/${path}`)).arrayBuffer();
    expect([path, Buffer.from(got).equals(want)]).toEqual([path, true]);
  }
};

describe("catching up", () => {
  it("fetches from a peer's mirror when the log is gone, and then cosigns as a mirror what it was never sent", async () => {
    const peer = await fullMirror(LOG);
    const node = await nodes.start({
      logs: [{ log: LOG }],
      isMirror: true,
      mayCopy: true,
      peers: [{ url: peer.url, name: "bank-a" }],
    });
    await cosignAndCopy(node, LOG);
    await expectWhole(node, LOG);
    expect((await statusOf(node))?.mirroredSize).toBeNull();
    const refreshed = await node.send(LOG.upload({ start: 600, end: 600 }));
    expect([refreshed.status, await refreshed.text()]).toEqual([
      200,
      expect.stringMatching(/^— court\.example\/m1 /),
    ]);
    expect((await statusOf(node))?.mirroredSize).toBe(600);
  });

  it("asks the log first", async () => {
    const [log, peer] = [await served(LOG), await served(LOG)];
    const node = await nodes.start({ logs: [{ log: LOG, url: log.url }], peers: [{ url: peer.url }] });
    await cosignAndCopy(node, LOG);
    expect(log.asked.filter((path) => path.startsWith("tile/entries/"))).toHaveLength(3);
    expect(peer.asked.filter((path) => path.startsWith("tile/"))).toEqual([]);
  });

  const forged = LOG.withEntry(300, "another entry");
  it.each<[string, Tamper, string]>([
    [
      "an entry",
      (path) => (path === "tile/entries/001" ? forged.bundle(1, 256) : undefined),
      "the bundle's entries are not those in the tree",
    ],
    [
      "a tile",
      (path) => (path === "tile/1/000.p/2" ? forged.tile(1, 0, 2) : undefined),
      "the partial tiles lead to another root",
    ],
    [
      "a bundle's length",
      (path) => (path === "tile/entries/000" ? new Uint8Array(3_000_000) : undefined),
      "not an entry bundle",
    ],
  ])(
    "takes nothing false from a peer that lies about %s, tells of it, and goes on to one that is honest",
    async (_what, lie, error) => {
      const [liar, honest] = [await served(LOG, lie), await served(LOG)];
      const node = await nodes.start({
        logs: [{ log: LOG }],
        peers: [
          { url: liar.url, name: "liar" },
          { url: honest.url, name: "honest" },
        ],
      });
      const copied = node.logged("copied");
      const told: Record<string, unknown>[] = [];
      const listen = () =>
        void node.logged("can't copy from there, asking others").then((line) => {
          told.push(line);
          listen();
        });
      listen();
      expect((await node.post(LOG.request({ size: 600 }))).status).toBe(200);
      await copied;
      await expectWhole(node, LOG);
      expect(told.map(({ from }) => from)).toEqual([LOG_IS_NOWHERE, "liar"]);
      expect(told[1]?.["error"]).toContain(error);
    },
  );

  it("goes on from a peer whose copy is shorter than what is wanted, with the log for the rest", async () => {
    const log = await served(LOG, (path) => (path.startsWith("tile/entries/000") ? GONE : undefined));
    const short = await fullMirror(createTestLog({ size: 256 }));
    const node = await nodes.start({ logs: [{ log: LOG, url: log.url }], peers: [{ url: short.url }] });
    await cosignAndCopy(node, LOG);
    await expectWhole(node, LOG);
  });

  it("copies bundles of any length, the long ones each by itself", async () => {
    const long = Array.from({ length: 40 }, (_, i) => i * 13).reduce(
      (grown, at) => grown.withEntry(at, String(at).repeat(20_000)),
      LOG,
    );
    const log = await served(long);
    const node = await nodes.start({ logs: [{ log: long, url: log.url }] });
    await cosignAndCopy(node, long);
    await expectWhole(node, long);
  });

  it("says how far it is: in the log, and in /status", async () => {
    const log = createTestLog({ size: 20_000 });
    const far = await nodes.start({ logs: [{ log, url: (await served(log)).url }] });
    const [begun, ended] = [far.logged("copying the ledger"), far.logged("the ledger is copied")];
    expect((await far.post(log.request({ size: 20_000 }))).status).toBe(200);
    expect(await begun).toMatchObject({ copied: 0, of: 20_000, percent: 0, secondsLeft: null, from: null });
    expect(await ended).toMatchObject({ copied: 20_000, percent: 100, secondsLeft: 0 });
    expect((await statusOf(far))?.catchingUp).toBeNull();

    // The last bundle does not come: what stands before it is there.
    const slow = await served(log, (path) => (path === "tile/entries/078.p/32" ? "silence" : undefined));
    const waiting = await nodes.start({ logs: [{ log, url: slow.url }] });
    expect((await waiting.post(log.request({ size: 20_000 }))).status).toBe(200);
    let state = null;
    while (state === null || state.copied === 0) state = (await statusOf(waiting))?.catchingUp ?? null;
    expect(state).toMatchObject({ of: 20_000, from: slow.url });
    expect([state.copied % 256, state.copied < 20_000]).toEqual([0, true]);
  });
});

const LOG_IS_NOWHERE = "http://127.0.0.1:9/ledger";
