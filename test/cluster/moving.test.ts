/**
 * A notary's store moved to MongoDB and back, as operators do it: the sample with everything that a store can hold, by the built
 * commands. Whatever the service gives is byte for byte what it was, the notary goes on where the store went, and never where
 * it was; and a move that is killed at any moment leaves at most one store that opens, and goes on.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { createConnection } from "mongoose";
import type { RunningProcess } from "../../scripts/quickstart/processes.js";
import { type RunningSample, startNotary, startSample } from "../../scripts/quickstart/sample.js";
import { freePort } from "../../scripts/quickstart/sample-consortium.js";
import { randomOfThisRun, tell } from "../../scripts/random.js";
import { openMongoStore } from "../../src/adapters/mongo/store.js";
import { openSqliteStore } from "../../src/adapters/sqlite/store.js";
import { call, metadataHeader } from "../http/client.js";
import { cunzheng, startCommand } from "../programs/backup/commands.js";
import { eventually } from "../story/eventually.js";
import { verifyOffline } from "../story/offline-verifier.js";
import { databaseUrl } from "./databases.js";

const random = randomOfThisRun();
const folder = mkdtempSync(join(tmpdir(), "cunzheng-moving-"));
const data = join(folder, "data");
const url = databaseUrl(`test-moving-${random.between(0, 1e9)}`);
const urls = [url];
/** Of its owner alone, as an address with a password must be. */
const urlFile = join(folder, "store.url");
let sample: RunningSample;
let notary: RunningProcess;
let dataFolder: string;
/** What the service gave before the first move, by what was asked. */
let given: ReadonlyMap<string, Buffer>;
const ids: string[] = [];
const keyed: { readonly key: string; readonly body: object }[] = [];

const config = () => sample.sample.notaryConfig;
const members = () => JSON.parse(readFileSync(config(), "utf8")) as object;
const ask = (target: string, sent: object = {}) =>
  call(sample, target, { key: sample.apiKeys.bank, ...sent });

async function deposit(
  body: object,
  key?: string,
): Promise<{ readonly id: string; readonly chain?: string }> {
  const headers = key === undefined ? {} : { "Idempotency-Key": `"${key}"` };
  const { status, json, text } = await ask("POST /v1/deposits", { body, headers });
  if (status !== 201) throw new Error(`${status} ${text}`);
  ids.push(json.id);
  if (key !== undefined) keyed.push({ key, body });
  return { id: json.id, chain: json.statement.chain?.id };
}

/** A change of the consortium on the ledger: from now on four must cosign. */
async function changeConsortium(): Promise<void> {
  const [wanted, out, keyFile] = ["wanted.json", "change.json", "operator.key"].map((name) =>
    join(folder, name),
  );
  const file = JSON.parse(readFileSync(sample.consortiumFile, "utf8"));
  writeFileSync(wanted ?? "", JSON.stringify({ ...file, quorum: { ...file.quorum, total: 4 } }));
  writeFileSync(keyFile ?? "", sample.apiKeys.operator, { mode: 0o600 });
  const trust = ["--consortium", sample.consortiumFile];
  const run = async (...args: readonly (string | undefined)[]) => {
    const { exitCode, text } = await cunzheng("consortium", ...args.map((arg) => arg ?? ""));
    if (exitCode !== 0) throw new Error(`consortium ${args[0] ?? ""}: ${text}`);
  };
  const checkpoint = await (await fetch(`${sample.url}/ledger/checkpoint`)).text();
  const after = String(Number(checkpoint.split("\n")[1]) + 1);
  const size = ["--tree-size", after];
  await run("propose", ...trust, "--wanted", wanted, "--reason", "示例", "--out", out, "--from", after);
  for (const { config: node } of sample.sample.witnessConfigs.slice(0, 4))
    await run("approve", ...trust, "--config", node, "--change", out, ...size);
  await run("submit", "--change", out, "--url", sample.url, "--api-key-file", keyFile);
}

/** All that the service gives of what was deposited before the move. */
async function everything(): Promise<ReadonlyMap<string, Buffer>> {
  const all = new Map<string, Buffer>();
  const keep = async (target: string, sent: object = {}) => {
    const answer = await ask(target, sent);
    if (answer.status >= 400 && answer.status !== 404)
      throw new Error(`${target}: ${answer.status} ${answer.text}`);
    // A refusal names its own request.
    all.set(
      `${target} ${JSON.stringify(sent)}`,
      answer.status === 404 ? Buffer.from("404") : Buffer.from(answer.bytes),
    );
  };
  for (const id of ids) {
    await keep(`GET /v1/deposits/${id}/evidence`, { headers: { Prefer: "wait=30" } });
    await keep(`GET /v1/deposits/${id}`);
    await keep(`GET /v1/deposits/${id}/content`);
  }
  for (const id of ids.slice(0, 2))
    for (const language of ["zh", "en"])
      await keep(`GET /v1/deposits/${id}/certificate?lang=${language}`, { headers: { Prefer: "wait=30" } });
  for (const { key, body } of keyed)
    await keep("POST /v1/deposits", { body, headers: { "Idempotency-Key": `"${key}"` } });
  for (const path of ["checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1"])
    await keep(`GET /ledger/${path}`);
  return all;
}

function expectSame(now: ReadonlyMap<string, Buffer>): void {
  expect(now.size).toBe(given.size);
  for (const [what, bytes] of given) expect([what, now.get(what)?.equals(bytes)]).toEqual([what, true]);
}

/** Cosigned and stamped by all: nothing is added any more to what was made final. */
const settled = () =>
  eventually(
    "nothing changes any more",
    async () => {
      const before = await everything();
      await delay(1500);
      const after = await everything();
      const changed = [...before].filter(([what, bytes]) => after.get(what)?.equals(bytes) !== true);
      return changed.length === 0 ? after : undefined;
    },
    90_000,
  );

function setStore(place: object): void {
  const { storeFile: _, ...rest } = members() as Record<string, unknown>;
  writeFileSync(config(), JSON.stringify({ ...rest, ...place }, null, 2));
}

/** What it says in the end, when it can't start. */
async function refusedStart(): Promise<string> {
  const { exitCode, text } = await cunzheng("serve", "--config", config());
  expect(exitCode).not.toBe(0);
  return text;
}

const migrate = (...args: readonly string[]) => cunzheng("migrate", ...args, "--config", config());
const fsck = (...args: readonly string[]) => cunzheng("fsck", "--trust", sample.consortiumFile, ...args);

beforeAll(async () => {
  sample = await startSample(data, await freePort());
  notary = sample.processes.find(({ name }) => name === "notary") as RunningProcess;
  dataFolder = (members() as { dataFolder: string }).dataFolder;
  writeFileSync(urlFile, `${url}\n`, { mode: 0o600 });
  const { chain } = await deposit(
    { metadata: { recordType: "loan.a", chain: {} }, record: { a: 1 } },
    "key-1",
  );
  for (const sequence of [2, 3])
    await deposit(
      {
        metadata: { recordType: "loan.a", chain: { id: chain, sequence }, retain: true },
        record: { sequence },
      },
      `key-${sequence}`,
    );
  for (let i = 0; i < 20; i++)
    await deposit({ metadata: { recordType: "loan.b", retain: i % 2 === 0 }, record: { i: i % 5 } });
  const content = Buffer.alloc(700_000, "content ");
  const { status, json } = await ask("POST /v1/deposits", {
    body: content,
    headers: {
      "Content-Type": "application/octet-stream",
      ...metadataHeader({ recordType: "file", retain: true }),
    },
  });
  expect(status).toBe(201);
  ids.push(json.id);
  await settled();
  await changeConsortium();
  await deposit({ metadata: { recordType: "loan.c" }, record: "after the change" });
  given = await settled();
}, 240_000);

afterAll(async () => {
  await notary.stop("SIGKILL");
  await sample.stop();
  for (const one of urls) {
    const connection = await createConnection(one).asPromise();
    await connection.dropDatabase();
    await connection.close(true);
  }
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe("a store that is moved", () => {
  it("is not left while a notary runs on it", async () => {
    expect(await migrate("--from", dataFolder, "--to-file", urlFile)).toMatchObject({
      exitCode: 1,
      text: expect.stringContaining("in use by another process"),
    });
    await notary.stop();
    expect(given.size).toBeGreaterThan(80);
  }, 60_000);

  it("to MongoDB gives what it gave, goes on there, and nowhere else", async () => {
    const moved = await migrate("--from", dataFolder, "--to-file", urlFile);
    expect(moved).toMatchObject({ exitCode: 0, text: expect.stringContaining("compared and checked") });
    tell(moved.text);
    expect(await refusedStart()).toMatch(/notary\.db was moved to mongodb:.*goes on there/);
    setStore({ storeFile: urlFile });
    notary = await startNotary(data, sample.sample, sample.url);
    expectSame(await everything());
    await deposit({ metadata: { recordType: "loan.d" }, record: "on MongoDB" }, "key-d");
    given = await settled();
    await verifyAll();
    expect(await fsck("--store-file", urlFile)).toMatchObject({
      exitCode: 0,
      text: expect.stringContaining("is whole"),
    });
    expect(await fsck("--store", dataFolder)).toMatchObject({
      exitCode: 0,
      text: expect.stringContaining("it was moved"),
    });
  }, 240_000);

  it("is not left for the folder while a notary runs on the database", async () => {
    expect(await migrate("--from-file", urlFile, "--to", dataFolder)).toMatchObject({
      exitCode: 1,
      text: expect.stringMatching(/a notary runs on|in use by another process/),
    });
  }, 60_000);

  it("comes back to the folder that it was in, whose former store is kept aside, and goes on there", async () => {
    await notary.stop();
    const back = await migrate("--from-file", urlFile, "--to", dataFolder);
    expect(back).toMatchObject({ exitCode: 0, text: expect.stringContaining("compared and checked") });
    expect(
      readdirSync(dataFolder).filter((name) => /^notary\.db\.moved-[0-9a-f]{16}$/.test(name)),
    ).toHaveLength(1);
    expect(await refusedStart()).toMatch(/was moved to .*notary\.db/);
    setStore({});
    notary = await startNotary(data, sample.sample, sample.url);
    expectSame(await everything());
    await deposit({ metadata: { recordType: "loan.e" }, record: "on SQLite again" });
    given = await settled();
    await verifyAll();
    await notary.stop();
    expect(await fsck("--store", dataFolder)).toMatchObject({ exitCode: 0 });
  }, 240_000);

  async function verifyAll(): Promise<void> {
    const file = join(folder, "evidence.json");
    const [first, last] = [ids[0], ids.at(-1)];
    for (const id of [first, last]) {
      writeFileSync(
        file,
        given.get(`GET /v1/deposits/${id ?? ""}/evidence {"headers":{"Prefer":"wait=30"}}`) ?? "",
      );
      await cunzheng(
        "consortium",
        "update",
        "--consortium",
        sample.consortiumFile,
        "--from",
        `${sample.url}/ledger`,
      );
      const { exitCode, report } = await verifyOffline([], [file, "--consortium", sample.consortiumFile]);
      expect([exitCode, report.verdict]).toEqual([0, "verified"]);
    }
  }
});

describe("a move that is killed", () => {
  afterEach(async () => {
    setStore({});
  });

  /** How many of the two stores open. */
  async function open(file: string, address: string): Promise<number> {
    let count = 0;
    try {
      await (await openSqliteStore(file)).close();
      count += 1;
    } catch {
      // Refused, as it must be.
    }
    try {
      await (await openMongoStore(address)).close();
      count += 1;
    } catch {
      // The same.
    }
    return count;
  }

  it("at any moment leaves at most one store that opens, and goes on: there and back", async () => {
    const copy = join(folder, "copy");
    cpSync(dataFolder, copy, {
      recursive: true,
      filter: (path) => !/lock\.db|processes|\.moved-/.test(path),
    });
    const [file, address] = [join(copy, "notary.db"), databaseUrl(`test-moving-${random.between(0, 1e9)}`)];
    urls.push(address);
    const rounds = { killed: 0, finished: 0 };
    for (const [from, to] of [
      [copy, address],
      [address, copy],
      [copy, address],
    ] as const) {
      const args = ["migrate", "--from", from, "--to", to, "--trust", sample.consortiumFile];
      for (let longestMs = 1000; ; longestMs += 900) {
        const running = startCommand(args);
        const killed = delay(random.between(400, longestMs)).then(() => {
          running.kill();
        });
        const { exitCode, text } = await running.ended;
        await killed;
        expect(await open(file, address)).toBeLessThanOrEqual(1);
        if (exitCode === 0) break;
        expect([exitCode, text]).toEqual([null, expect.any(String)]);
        rounds.killed += 1;
      }
      rounds.finished += 1;
      expect(await open(file, address)).toBe(1);
      // The same command again is told that it is done, and changes nothing.
      expect(await cunzheng(...args)).toMatchObject({
        exitCode: 0,
        text: expect.stringContaining("was finished before"),
      });
    }
    tell(`moves: ${rounds.finished} finished, killed ${rounds.killed} times`);
    expect(rounds.killed).toBeGreaterThan(2);
    expect(await fsck("--store", address)).toMatchObject({ exitCode: 0 });
  }, 240_000);

  it("may be given up: the target never opens, the source does", async () => {
    const copy = join(folder, "given-up");
    cpSync(dataFolder, copy, {
      recursive: true,
      filter: (path) => !/lock\.db|processes|\.moved-/.test(path),
    });
    const [file, address] = [join(copy, "notary.db"), databaseUrl(`test-moving-${random.between(0, 1e9)}`)];
    urls.push(address);
    // An original that is lost: the move ends in its middle.
    const originals = join(copy, "originals");
    const [lost] = readdirSync(originals).filter((name) => name !== "staged");
    rmSync(join(originals, lost ?? ""), { recursive: true });
    const ends = ["--from", copy, "--to", address, "--trust", sample.consortiumFile];
    expect(await cunzheng("migrate", ...ends)).toMatchObject({
      exitCode: 1,
      text: expect.stringContaining("is missing"),
    });
    expect(await open(file, address)).toBe(0);
    // Another target is not taken for it.
    const other = ["--from", copy, "--to", databaseUrl(`test-moving-${random.between(0, 1e9)}`)];
    urls.push(other[3] ?? "");
    for (const more of [["--trust", sample.consortiumFile], ["--abandon"]])
      expect(await cunzheng("migrate", ...other, ...more)).toMatchObject({
        exitCode: 1,
        text: expect.stringContaining("knows nothing of"),
      });
    expect(await cunzheng("migrate", "--abandon", "--from", copy, "--to", address)).toMatchObject({
      exitCode: 0,
      text: expect.stringContaining("is given up"),
    });
    (await openSqliteStore(file)).close();
    await expect(openMongoStore(address)).rejects.toThrow("was given up");
    // And begun again, with what is lost left out by its name.
    const { text } = await cunzheng("migrate", ...ends);
    const [, name = ""] = /--without-original ([0-9a-f]{64})/.exec(text) ?? [];
    expect(await cunzheng("migrate", ...ends, "--without-original", name)).toMatchObject({ exitCode: 0 });
    expect(await open(file, address)).toBe(1);
    expect(await cunzheng("migrate", "--abandon", "--from", copy, "--to", address)).toMatchObject({
      exitCode: 1,
      text: expect.stringContaining("is whole"),
    });
  }, 120_000);
});
