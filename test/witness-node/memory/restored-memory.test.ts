/** A memory that was put back to an older state, or lost: nothing is signed until it has been moved past what was signed. */
import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { command, writeConfig, writeTrust } from "../commands.js";
import { AT_ONCE, NOWHERE, type StartOptions, type TestWitness, witnesses } from "../running-witness.js";
import { createTestLog, serveTiles, type TestLog, type TileServer } from "../test-log.js";

const nodes = witnesses();
const servers: TileServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const LOG = createTestLog({ size: 600 });
const FORK = LOG.withEntry(250, "another entry");

const statusOf = async (node: TestWitness) => (await node.status()).logs[0];
const memoryFiles = (folder: string) => readdirSync(folder).filter((name) => name.startsWith("witness.db"));

/** The log's own server: its tiles, and its newest checkpoint with what it has been given of cosignatures. */
async function serveLog(
  log: TestLog,
  cosigned: () => string | undefined = () => undefined,
): Promise<TileServer> {
  const server = await serveTiles(() => log, {
    tamper: (path) => {
      const note = path === "checkpoint" ? cosigned() : undefined;
      return note === undefined ? undefined : Buffer.from(note);
    },
  });
  servers.push(server);
  return server;
}

async function cosign(node: TestWitness, log: TestLog, { old = 0, size }: { old?: number; size: number }) {
  const answer = await node.post(log.request({ old, size }));
  expect(answer.status).toBe(200);
  return log.checkpoint(size) + (await answer.text());
}

/** A node that has signed 200, was copied there as `backup`, and then signed 400; it is stopped. */
async function signedBeyondItsBackup(options: Partial<StartOptions> = {}) {
  const dataFolder = nodes.folder();
  const backup = nodes.folder();
  const start = () => nodes.start({ logs: [{ log: LOG }], dataFolder, mayCopy: false, ...options });
  const first = await start();
  await cosign(first, LOG, { size: 200 });
  await first.close();
  cpSync(dataFolder, backup, { recursive: true });
  const second = await start();
  const note = await cosign(second, LOG, { old: 200, size: 400 });
  return { dataFolder, backup, note, second, start };
}

function restoreMemory(dataFolder: string, backup?: string): void {
  for (const name of memoryFiles(dataFolder)) rmSync(join(dataFolder, name));
  if (backup !== undefined)
    for (const name of memoryFiles(backup)) cpSync(join(backup, name), join(dataFolder, name));
}

async function expectRefusal(
  node: TestWitness,
  { remembered, signed }: { remembered: number; signed: number },
) {
  for (const log of [LOG, FORK]) {
    const answer = await node.post(log.request({ old: remembered, size: 401 }));
    expect(answer.status).toBe(503);
    const text = await answer.text();
    expect(text).toContain(`ends at size ${remembered}, yet it has signed size ${signed}`);
    expect(text).toContain("run `cunzheng witness move-past --config witness.json`");
  }
  const status = await statusOf(node);
  expect(status?.refusal).toContain(`has signed size ${signed}`);
  expect(status?.cosignedSize ?? 0).toBe(remembered);
  expect((await node.send(LOG.upload({ start: 0, end: remembered }))).status).toBe(503);
}

describe("a memory that is behind what its key has signed", () => {
  it.each<[string, boolean, number]>([
    ["put back to an older state", true, 200],
    ["lost, the key still there", false, 0],
  ])("%s, is noticed by what stands beside the key", async (_what, isBackup, remembered) => {
    const { dataFolder, backup, second } = await signedBeyondItsBackup({ isMirror: true });
    await second.close();
    restoreMemory(dataFolder, isBackup ? backup : undefined);
    const node = await nodes.start({ logs: [{ log: LOG }], dataFolder, isMirror: true });
    await expectRefusal(node, { remembered, signed: 400 });
  });

  it("is noticed by a ledger copy that is longer", async () => {
    const server = await serveLog(LOG);
    const { dataFolder, backup, second } = await signedBeyondItsBackup({
      logs: [{ log: LOG, url: server.url }],
      mayCopy: true,
      isMirror: true,
    });
    while ((await statusOf(second))?.copiedSize !== 400);
    await second.close();
    restoreMemory(dataFolder, backup);
    rmSync(join(dataFolder, "witness.key.signed"));
    const node = await nodes.start({ logs: [{ log: LOG }], dataFolder, isMirror: true });
    await expectRefusal(node, { remembered: 200, signed: 400 });
  });

  it("is noticed by the log's checkpoint where everything was put back, and never forgotten again", async () => {
    const { backup, note } = await signedBeyondItsBackup({ isMirror: true });
    const server = await serveLog(LOG, () => note);
    const start = (url: string) =>
      nodes.start({ logs: [{ log: LOG, url }], dataFolder: backup, isMirror: true });
    const node = await start(server.url);
    await expectRefusal(node, { remembered: 200, signed: 400 });
    await node.close();
    await expectRefusal(await start(NOWHERE), { remembered: 200, signed: 400 });
  });

  it("is noticed by what a peer was shown, at the start or when the peer comes back", async () => {
    const { backup, second } = await signedBeyondItsBackup({ isMirror: true });
    const peer = await nodes.start({
      logs: [{ log: LOG }],
      name: "bank.example",
      peers: [{ url: second.url, vkeys: [second.vkey] }],
      gossipTimes: AT_ONCE,
    });
    while ((await statusOf(peer))?.peers[0]?.cosignedSize !== 400);
    await second.close();
    const peers = [{ url: peer.url, name: "bank" }];
    const node = await nodes.start({ logs: [{ log: LOG }], dataFolder: backup, isMirror: true, peers });
    await expectRefusal(node, { remembered: 200, signed: 400 });
    expect((await statusOf(node))?.refusal).toContain("(known from bank, to which it was shown)");
  });

  it.each([
    ["that knows more comes back", false],
    ["comes back of whose own checkpoint nobody has the tiles", true],
  ])("is noticed while it runs, when a peer %s", async (_what, withholds) => {
    const { backup, second } = await signedBeyondItsBackup({ isMirror: true });
    const folder = nodes.folder();
    const peerOptions = { logs: [{ log: LOG }], name: "bank.example", dataFolder: folder, mayCopy: false };
    const peer = await nodes.start({
      ...peerOptions,
      peers: [{ url: second.url }],
      gossipTimes: AT_ONCE,
    });
    while ((await statusOf(peer))?.peers[0]?.cosignedSize !== 400);
    if (withholds) await cosign(peer, LOG, { size: 500 });
    await peer.close();
    await second.close();
    const peers = [{ url: peer.url, name: "bank" }];
    const options = { logs: [{ log: LOG }], dataFolder: backup, isMirror: true, peers, gossipTimes: AT_ONCE };
    const node = await nodes.start(options);
    expect((await statusOf(node))?.refusal).toBeNull();
    await nodes.start({
      ...peerOptions,
      listen: { host: "127.0.0.1", port: Number(new URL(peer.url).port) },
    });
    while ((await statusOf(node))?.refusal === null);
    await expectRefusal(node, { remembered: 200, signed: 400 });
  });

  it("signs at once with a new key", async () => {
    await cosign(await nodes.start({ logs: [{ log: LOG }] }), LOG, { size: 400 });
  });

  it("does not believe a signature that is not its own", async () => {
    const { backup, note } = await signedBeyondItsBackup();
    const forged = note.replace(/.{12}\n$/, "AAAAAAAAAAA=\n");
    const server = await serveLog(LOG, () => forged);
    const node = await nodes.start({
      logs: [{ log: LOG, url: server.url }],
      dataFolder: backup,
      mayCopy: false,
    });
    expect((await statusOf(node))?.refusal).toBeNull();
    await cosign(node, LOG, { old: 200, size: 300 });
  });
});

describe("cunzheng witness move-past", () => {
  const movePast = (config: string) => command(["witness", "move-past", "--config", config]);

  /** Restored, refused, stopped: what its operator then runs. */
  async function restored(servedLog: TestLog, note: string | undefined, options: Partial<StartOptions> = {}) {
    const { dataFolder, backup, second, note: signed } = await signedBeyondItsBackup();
    await second.close();
    restoreMemory(dataFolder, backup);
    const server = await serveLog(servedLog, () => note ?? signed);
    const all = { logs: [{ log: LOG, url: server.url }], dataFolder, mayCopy: false, ...options };
    const node = await nodes.start(all);
    const config = writeConfig(node.config);
    await node.close();
    return { config, dataFolder, start: () => nodes.start(all) };
  }

  it("moves the memory to the largest checkpoint that holds all that was signed, and the node signs again", async () => {
    const { config, start } = await restored(LOG, LOG.checkpoint(450));
    const { exitCode, printed } = await movePast(config);
    expect(printed).toContain(
      "moved from size 200 to size 450; all that was found lies on one branch below it",
    );
    expect(printed).toContain("size 400: ");
    expect(exitCode).toBe(0);
    const node = await start();
    expect(await statusOf(node)).toMatchObject({ cosignedSize: 450, refusal: null });
    const shown = await (await node.get(`/${(await statusOf(node))?.originHash ?? ""}/checkpoint`)).text();
    expect(shown.startsWith(`${LOG.checkpoint(450)}— court.example/w1 `)).toBe(true);
    expect((await node.post(FORK.request({ old: 450, size: 460 }))).status).toBe(422);
    expect((await node.post(LOG.request({ old: 200, size: 460 }))).status).toBe(409);
    await cosign(node, LOG, { old: 450, size: 460 });
    await node.close();
    const again = await movePast(config);
    expect([again.exitCode, again.printed]).toEqual([0, expect.stringContaining("nothing to do")]);
  });

  it("is not run while the node is", async () => {
    const { config, start } = await restored(LOG, LOG.checkpoint(450));
    await start();
    await expect(movePast(config)).rejects.toThrow("in use by another process");
  });

  it.each<[string, TestLog, string | undefined, string]>([
    ["nobody shows a checkpoint that is large enough", LOG, LOG.checkpoint(399), "of size 400 or larger"],
    ["the only one is of another branch", FORK, FORK.checkpoint(450), "are of two branches"],
    ["its tiles can't be had", FORK, LOG.checkpoint(450), "lead to another root"],
  ])("does not move where %s", async (_what, served, note, problem) => {
    const { config, start } = await restored(served, note);
    const { exitCode, printed } = await movePast(config);
    expect([exitCode, printed]).toEqual([1, expect.stringContaining("NOT moved from size 200")]);
    expect(printed).toContain(problem);
    expect((await statusOf(await start()))?.refusal).toContain("has signed size 400");
  });

  it("names who did not answer", async () => {
    const peers = [{ url: NOWHERE, name: "bank" }];
    const { config } = await restored(LOG, LOG.checkpoint(450), { peers });
    const { exitCode, printed } = await movePast(config);
    expect([exitCode, printed]).toEqual([0, expect.stringMatching(/no answer from bank \(fetch failed/)]);
  });

  it("refuses a node that has signed two branches, and what it has kept convicts log and node", async () => {
    const { backup, note } = await signedBeyondItsBackup();
    const server = await serveLog(LOG, () => note);
    // The same key somewhere else, where nobody knew of the first.
    const other = await nodes.start({ logs: [{ log: FORK }], dataFolder: backup, mayCopy: false });
    await cosign(other, FORK, { old: 200, size: 450 });
    await other.close();
    const config = writeConfig({ ...other.config, logs: [{ ...logOf(other), url: server.url }] });
    // Without the tiles of 450 nobody can say what it begins with.
    expect((await movePast(config)).printed).toContain("problem: size 400");

    const fork = await serveLog(FORK, () => note);
    const sure = writeConfig({ ...other.config, logs: [{ ...logOf(other), url: fork.url }] });
    const { exitCode, printed } = await movePast(sure);
    expect([exitCode, printed]).toEqual([1, expect.stringContaining("this node has signed two branches")]);
    const out = join(backup, "out");
    const exported = await command(["misconduct", "--config", sure, "--out", out]);
    expect(exported.printed).toContain("1 proved, 0 waiting");
    const [originHash = ""] = readdirSync(out);
    const [file = ""] = readdirSync(join(out, originHash));
    const trust = writeTrust(backup, LOG, [
      { name: "court.example/w1", vkey: other.vkey, organisation: "court-east" },
    ]);
    const verified = await command(["verify", join(out, originHash, file), "--consortium", trust]);
    expect(verified.printed).toContain("court.example/w1, ");
    expect([verified.exitCode, verified.printed]).toEqual([
      0,
      expect.stringContaining(`${LOG.origin}, the ledger`),
    ]);
  });

  const logOf = ({ config }: TestWitness) => {
    const [log] = config.logs;
    if (log === undefined) throw new Error("no log");
    return log;
  };
});
