/** Whom a new notary asks before it goes on with a ledger, and which answers forbid it. The nodes are real. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { consortium as sampleTrust } from "../../../scripts/make-vectors/sample-world.js";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.js";
import { encodeBatch } from "../../../src/core/batch/batch.js";
import { base64, textFromUtf8 } from "../../../src/core/bytes.js";
import { parseVkey, SIGNATURE_TYPE } from "../../../src/core/ledger/vkey.js";
import { readSigningKey } from "../../../src/platform/keys/keys.js";
import { adoptLedger } from "../../../src/programs/recovery/adopt-ledger.js";
import { bodyOf, sampleChange } from "../../http/sample-change.js";
import { type TestWitness, witnesses } from "../../witness-node/running-witness.js";
import {
  createTestLog,
  serveTiles,
  type Tamper,
  type TestLog,
  type TileServer,
} from "../../witness-node/test-log.js";

const nodes = witnesses();
const servers: TileServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const SIZE = 300;
const BATCH = encodeBatch({
  ...{
    type: "cunzheng/batch@v1",
    id: "01KATVR80TEXAMP1E000000001",
    size: 1,
    root: base64(new Uint8Array(32)),
  },
  ...{ sealedAt: "2026-11-24T08:00:00.000Z" },
  state: { software: "cunzheng/0", config: base64(new Uint8Array(32)), clockOffsetMs: null },
});
const LOG = createTestLog({ size: SIZE }).withEntry(SIZE - 1, textFromUtf8(BATCH));

async function served(log: TestLog, tamper: Tamper): Promise<TileServer> {
  const server = await serveTiles(() => log, { tamper });
  servers.push(server);
  return server;
}
/** The copy that is adopted. */
const copyOf = (log: TestLog, size: number) =>
  served(log, (path) => (path === "checkpoint" ? Buffer.from(log.checkpoint(size)) : undefined));

async function nodeAt(log: TestLog, size: number, name = "court.example"): Promise<TestWitness> {
  const node = await nodes.start({ logs: [{ log }], name });
  if (size > 0) expect((await node.post(log.request({ size }))).status).toBe(200);
  return node;
}

/** A data folder with the log's key, and a trust file that names these nodes. */
function prepared(
  ...named: readonly { readonly name: string; readonly vkey: string; readonly url: string }[]
) {
  const folder = nodes.folder();
  const { keyId } = parseVkey(LOG.vkey);
  const secret = base64(Uint8Array.of(SIGNATURE_TYPE.ed25519, ...new Uint8Array(32).fill(1)));
  const id = keyId.toString(16).padStart(8, "0");
  writeFileSync(join(folder, "log.key"), `PRIVATE+KEY+${LOG.origin}+${id}+${secret}\n`, { mode: 0o600 });
  const sample = sampleTrust();
  const trust = {
    ...sample,
    log: { ...sample.log, origin: LOG.origin, vkeys: [LOG.vkey] },
    witnesses: named.map(({ name, vkey, url }, i) => ({
      ...{ name, vkeys: [vkey], url, kind: "witness", organisation: i === 0 ? "court-east" : "bank-a" },
    })),
    quorum: { total: 1, roles: {}, mirrorsOnly: false },
  };
  writeFileSync(join(folder, "consortium.json"), JSON.stringify(trust));
  const configFile = join(folder, "notary.json");
  const config = { dataFolder: ".", consortium: "consortium.json", publicUrl: "http://127.0.0.1:1" };
  writeFileSync(configFile, JSON.stringify(config));
  const told: string[] = [];
  const adopt = async (from: string, ...without: readonly string[]) => {
    await adoptLedger({ configFile, from, without, tell: (line) => told.push(line) });
    return told.join("\n");
  };
  return { folder, adopt };
}

const named = ({ config: { name }, vkey, url }: TestWitness) => ({ name, vkey, url });

describe("adopting a ledger", () => {
  it("makes a store that has the ledger and its newest checkpoint, and says who has cosigned it", async () => {
    const copy = await copyOf(LOG, SIZE);
    const { folder, adopt } = prepared(
      named(await nodeAt(LOG, SIZE)),
      named(await nodeAt(LOG, 20, "bank.example")),
    );
    const told = await adopt(copy.url);
    expect(told).toContain("copied and proved 300 entries");
    expect(told).toContain("cosigned by court.example/w1: the trust file's quorum holds on it");
    const store = openSqliteStore(join(folder, "notary.db"));
    expect(await store.newestCheckpoint()).toMatchObject({
      ...{ treeSize: SIZE, lastSeq: 0, sealedAtMs: Date.UTC(2026, 10, 24, 8), note: LOG.checkpoint(SIZE) },
    });
    expect(await store.ledgerEntries({ first: 0, count: 999 })).toEqual(
      LOG.entries.map((one) => Uint8Array.from(one)),
    );
    await store.close();
    await expect(adopt(copy.url)).rejects.toThrow("has a store");
  });

  it("goes on behind entries that are no batches, from the time of the newest batch", async () => {
    const odd = '{"type":"cunzheng/consortium@v1"}';
    const log = LOG.withEntry(SIZE - 2, textFromUtf8(BATCH)).withEntry(SIZE - 1, odd);
    const { folder, adopt } = prepared(named(await nodeAt(log, SIZE)));
    await adopt((await copyOf(log, SIZE)).url);
    const store = openSqliteStore(join(folder, "notary.db"));
    const sealedAtMs = Date.UTC(2026, 10, 24, 8);
    expect(await store.newestCheckpoint()).toMatchObject({ treeSize: SIZE, sealedAtMs });
    await store.close();
  });

  it("is refused under a trust file that lacks a change which the ledger holds", async () => {
    const node = await nodeAt(LOG, 0);
    const { folder, adopt } = prepared(named(node));
    const key = readSigningKey(join(node.config.dataFolder, "witness.key"));
    const json = readFileSync(join(folder, "consortium.json"));
    const change = sampleChange(
      { json, witnesses: new Map([[node.config.name, { key }]]) },
      { change: { kind: "change-log", url: "https://new.example/ledger" } },
    );
    const log = LOG.withEntry(SIZE - 1, textFromUtf8(bodyOf(change)));
    await expect(adopt((await copyOf(log, SIZE)).url)).rejects.toThrow(
      "the ledger holds 1 change of the consortium that the trust file lacks",
    );
    expect(readdirSync(folder)).not.toContain("notary.db");
  });

  it("is refused where a node has cosigned more", async () => {
    const { adopt } = prepared(named(await nodeAt(LOG, 299)), named(await nodeAt(LOG, SIZE, "bank.example")));
    await expect(adopt((await copyOf(LOG, 299)).url)).rejects.toThrow(
      "bank.example/w1 has cosigned 300 entries, this copy has 299",
    );
  });

  it("is refused where a node has cosigned another branch, also of an earlier size, and leaves nothing", async () => {
    const fork = LOG.withEntry(3, "another entry");
    const { folder, adopt } = prepared(named(await nodeAt(fork, 20)));
    const copy = await copyOf(LOG, SIZE);
    await expect(adopt(copy.url)).rejects.toThrow(
      "court.example/w1 has cosigned another branch at 20 entries",
    );
    expect(readdirSync(folder).filter((name) => /^(notary|adopting)\.db/.test(name))).toEqual([]);
  });

  it("asks witnesses of others, which show no checkpoints, by what they refuse", async () => {
    const vkey = (await nodeAt(LOG, 0)).vkey;
    const other = (answer: Tamper) => served(LOG, (path) => answer(path) ?? 404);
    const conflict = await other((path) =>
      path.endsWith("add-checkpoint") ? { status: 409, text: "301\n" } : undefined,
    );
    const ahead = prepared({ name: "court.example/w1", vkey, url: conflict.url });
    await expect(ahead.adopt((await copyOf(LOG, SIZE)).url)).rejects.toThrow("has cosigned 301 entries");
    const broken = await other(() => 500);
    const silent = prepared({ name: "court.example/w1", vkey, url: broken.url });
    await expect(silent.adopt((await copyOf(LOG, SIZE)).url)).rejects.toThrow("--without court.example/w1");
  });

  it.each<[string, Tamper, string]>([
    ["no checkpoint", () => 404, "has no checkpoint"],
    [
      "a checkpoint that the log has not signed",
      () => Buffer.from(createTestLog({ size: 5, seed: 2 }).checkpoint(5)),
      "no trusted key has signed",
    ],
    [
      "a ledger that is no notary's",
      (path) => (path === "checkpoint" ? Buffer.from(LOG.checkpoint(SIZE - 1)) : undefined),
      "entry 298 is no batch of a notary",
    ],
  ])("is refused from a copy with %s", async (_what, tamper, why) => {
    const { adopt } = prepared(named(await nodeAt(LOG, 0)));
    await expect(adopt((await served(LOG, tamper)).url)).rejects.toThrow(why);
  });
});
