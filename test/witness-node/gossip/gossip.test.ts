/** Nodes that ask one another: a log of two branches is found out, and what they keep convicts it before anybody. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { eventually } from "../../story/eventually.js";
import { growTwoWays } from "../../crash/two-faced-log.js";
import { command, writeConfig, writeTrust } from "../commands.js";
import { AT_ONCE, NOWHERE, type StartOptions, type TestWitness, witnesses } from "../running-witness.js";
import { createTestLog, serveTiles, type Tamper, type TestLog, type TileServer } from "../test-log.js";

const nodes = witnesses();
const servers: TileServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const LOG = createTestLog({ size: 300 });
const [ONE, OTHER] = growTwoWays(LOG, { size: 300, by: 40, name: "the log" }) as [TestLog, TestLog];

async function served(log: TestLog, tamper?: Tamper): Promise<TileServer> {
  const server = await serveTiles(() => log, tamper ? { tamper } : {});
  servers.push(server);
  return server;
}
const statusOf = async (node: TestWitness) => (await node.status()).logs[0];
const found = (node: TestWitness, misconducts = 1) =>
  eventually("the other branch is found", async () =>
    ((await statusOf(node))?.misconducts ?? 0) >= misconducts ? true : undefined,
  );

async function nodeOn(log: TestLog, size: number, options: Partial<StartOptions>): Promise<TestWitness> {
  const server = await served(log);
  const node = await nodes.start({ logs: [{ log, url: server.url }], gossipTimes: AT_ONCE, ...options });
  expect((await node.post(log.request({ size }))).status).toBe(200);
  await eventually("the copy is there", async () =>
    (await statusOf(node))?.copiedSize === size ? true : undefined,
  );
  return node;
}

/** What the node's operator exports, and what `cunzheng verify` says of it. */
async function proved(node: TestWitness, peer: TestWitness) {
  const { dataFolder } = node.config;
  const config = writeConfig(node.config);
  const out = join(dataFolder, "out");
  const exported = await command(["misconduct", "--config", config, "--out", out]);
  const trust = writeTrust(
    dataFolder,
    LOG,
    [node, peer].map(({ config: { name }, vkey }, i) => ({
      ...{ name, vkey },
      organisation: i === 0 ? "court-east" : "bank-a",
    })),
  );
  const [originHash = ""] = readdirSync(out);
  const verified = await Promise.all(
    readdirSync(join(out, originHash)).map((name) =>
      command(["verify", join(out, originHash, name), "--consortium", trust]),
    ),
  );
  return { exported: exported.printed, verified };
}

describe("two nodes to which a log has shown two branches", () => {
  it.each([
    ["of one size", 330, 330],
    ["the peer's larger", 320, 340],
    ["the peer's smaller", 340, 320],
    ["the peer's larger by a whole tile", 305, 340],
  ])("find it out by asking, %s, and each has a file that convicts the log", async (_what, mine, theirs) => {
    const peer = await nodeOn(OTHER, theirs, { name: "bank.example" });
    const peers = [{ url: peer.url, name: "bank", vkeys: [peer.vkey] }];
    const node = await nodeOn(ONE, mine, { name: "court.example", peers });
    await found(node);
    const { exported, verified } = await proved(node, peer);
    expect(exported).toContain("1 proved, 0 waiting for the copy, 0 suspects");
    expect(verified.map(({ exitCode }) => exitCode)).toEqual([0]);
    expect(verified[0]?.printed).toContain(`${LOG.origin}, the ledger`);
    // Neither node has signed both.
    expect(verified[0]?.printed).not.toContain("/w1");
    // It goes on on its own branch, and cosigns nothing of the other.
    expect((await node.post(OTHER.request({ old: mine, size: 340 }))).status).toBe(422);
  });

  it("convict a peer that has signed both, by what it showed before", async () => {
    const dataFolder = nodes.folder();
    const before = await nodeOn(ONE, 320, { name: "bank.example", dataFolder });
    const peers = [{ url: before.url, vkeys: [before.vkey] }];
    const node = await nodeOn(ONE, 310, { name: "court.example", peers });
    await eventually("it has seen the peer", async () =>
      (await statusOf(node))?.peers[0]?.cosignedSize === 320 ? true : undefined,
    );
    const prefix = `/${(await statusOf(node))?.originHash ?? ""}`;
    expect(await (await node.get(`${prefix}/seen`)).json()).toEqual([
      expect.stringContaining("— bank.example/w1 "),
    ]);
    // The peer forgets on purpose, and signs the other branch at the same address.
    await before.close();
    for (const name of readdirSync(dataFolder))
      if (name !== "witness.key") rmSync(join(dataFolder, name), { recursive: true });
    const listen = { host: "127.0.0.1", port: Number(new URL(before.url).port) };
    await nodeOn(OTHER, 330, { name: "bank.example", dataFolder, listen });
    await found(node);
    const { verified } = await proved(node, before);
    expect(verified.map(({ exitCode }) => exitCode)).toEqual([0]);
    expect(verified[0]?.printed).toContain("bank.example/w1, ");
    expect(verified[0]?.printed).toContain(`${LOG.origin}, the ledger`);
  });

  it("are not asked in vain: a file names no branch where there is one", async () => {
    const peer = await nodeOn(ONE, 340, { name: "bank.example" });
    const node = await nodeOn(ONE, 320, { peers: [{ url: peer.url, vkeys: [peer.vkey] }] });
    await eventually("it has asked", async () =>
      (await statusOf(node))?.peers[0]?.cosignedSize === 340 ? true : undefined,
    );
    expect(await statusOf(node)).toMatchObject({ misconducts: 0, refusal: null });
    expect((await statusOf(node))?.peers[0]).toMatchObject({ error: null, mirroredSize: null });
  });
});

describe("a peer that is hostile, or away", () => {
  const states = async (node: TestWitness) => (await statusOf(node))?.peers[0];
  const isTold = (node: TestWitness) =>
    eventually("the peer's error is told", async () => (await states(node))?.error ?? undefined);

  it.each<[string, Tamper, string]>([
    ["shows nothing", () => 503, "answered 503"],
    ["shows no note", () => Buffer.from("nonsense"), "not a signed note"],
    [
      "shows what the log has not signed",
      (path) =>
        path === "checkpoint" ? Buffer.from(createTestLog({ size: 9, seed: 2 }).checkpoint(9)) : undefined,
      "no trusted key has signed",
    ],
    [
      "shows another log's",
      (path) =>
        path === "checkpoint"
          ? Buffer.from(createTestLog({ origin: "other.example/log", size: 9 }).checkpoint(9))
          : undefined,
      "no trusted key has signed",
    ],
    ["shows an endless note", () => new Uint8Array(1_000_000), "longer than 65536 bytes"],
    [
      "shows a larger tree with tiles of another",
      (path) => (path === "checkpoint" ? Buffer.from(OTHER.checkpoint(340)) : undefined),
      "lead to another root",
    ],
  ])("that %s convicts nobody", async (_what, tamper, error) => {
    const peer = await served(ONE, tamper);
    const node = await nodeOn(ONE, 320, { peers: [{ url: peer.url }] });
    expect(await isTold(node)).toContain(error);
    expect(await statusOf(node)).toMatchObject({ misconducts: 0, refusal: null, cosignedSize: 320 });
  });

  it("that shows under known keys what it has not cosigned is not believed", async () => {
    const peer = await served(ONE, (path) =>
      path === "checkpoint" ? Buffer.from(OTHER.checkpoint(320)) : undefined,
    );
    const other = await nodeOn(ONE, 310, { name: "bank.example" });
    const node = await nodeOn(ONE, 320, { peers: [{ url: peer.url, vkeys: [other.vkey] }] });
    expect(await isTold(node)).toContain("has not cosigned");
    expect((await statusOf(node))?.misconducts).toBe(0);
  });

  it("that floods with forks fills no disk: each is kept once", async () => {
    let shown = 0;
    const peer = await served(OTHER, (path) =>
      path === "checkpoint" ? Buffer.from(OTHER.checkpoint(301 + (shown++ % 2))) : undefined,
    );
    const node = await nodeOn(ONE, 340, { peers: [{ url: peer.url }] });
    await found(node, 2);
    await eventually("it was shown many times", async () => (shown > 12 ? true : undefined));
    expect((await statusOf(node))?.misconducts).toBe(2);
  });

  it("that is away hinders nothing", async () => {
    const node = await nodeOn(ONE, 320, { peers: [{ url: NOWHERE, name: "bank" }] });
    expect(await isTold(node)).toContain("fetch failed");
    expect((await node.post(ONE.request({ old: 320, size: 330 }))).status).toBe(200);
  });
});
