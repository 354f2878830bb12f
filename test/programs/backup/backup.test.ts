/**
 * A backup of a running notary, and what is made of it again: whole, of one moment, its owner's alone, never half of it, and
 * never with a mark of what the log's key has signed. The notary and its nodes are operating-system processes.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import Database from "better-sqlite3";
import { readNotaryConfiguration } from "../../../src/configuration/configuration.js";
import { readManifest } from "../../../src/programs/backup/manifest.js";
import { type Depositors, startDepositors } from "../../crash/depositors.js";
import { canMount, mountSmallDisk } from "../../crash/small-disk.js";
import { eventually } from "../../story/eventually.js";
import { randomOfThisRun } from "../../../scripts/random.js";
import { type SampleService, sampleServices } from "../../story/sample-service.js";
import { createClusterKey } from "../../../src/platform/keys/cluster-key.js";
import { cunzheng, modesBelow, startCommand } from "./commands.js";

const random = randomOfThisRun();
const prepare = sampleServices();
let service: SampleService;
let depositors: Depositors;
/** Made while eleven depositors go on: without the keys, and with them. */
let bare: string;
let full: string;
/** Answered before the first of them began. */
let before: Depositors["answers"];

const config = () => service.sample.notaryConfig;
const clusterKey = () => join(service.data, "notary", "cluster.key");
const at = (name: string) => join(service.data, "backups", name);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

beforeAll(async () => {
  service = await prepare({ sealing: { afterMs: 100, promiseMs: 10_000, maxBatchSize: 64 } });
  createClusterKey(clusterKey());
  const members = JSON.parse(readFileSync(config(), "utf8")) as object;
  writeFileSync(config(), JSON.stringify({ ...members, cluster: { keyFile: clusterKey() } }));
  await service.start();
  const begin = async () =>
    (await service.deposit({ begins: "a chain" }, { chain: {} })).json.statement.chain.id;
  depositors = startDepositors(service, random.fork(), [await begin(), await begin()]);
  await depositors.answered(400);
  before = [...depositors.answers];
  [bare, full] = [at("bare"), at("full")];
  const made = await cunzheng("backup", "--config", config(), "--out", bare);
  expect(made).toMatchObject({ exitCode: 0, text: expect.stringContaining("WITHOUT keys and passwords") });
  await depositors.answered(50);
  const second = await cunzheng("backup", "--config", config(), "--out", full, "--with-keys");
  expect(second).toMatchObject({ exitCode: 0, text: expect.stringContaining("WITH keys and passwords") });
  await depositors.end();
}, 200_000);

afterAll(() => depositors.abandon());

/** A copy of a backup to be spoilt; `seal` makes its lists fit again, as a forger would. */
function copied(backup: string, name: string) {
  const folder = at(name);
  cpSync(backup, folder, { recursive: true });
  const store = join(folder, "notary.db");
  return {
    folder,
    store,
    change: (sql: string) => {
      const database = new Database(store);
      database.exec(sql);
      database.close();
    },
    seal: () => {
      const sums = join(folder, "SHA256SUMS");
      const list = readFileSync(sums, "utf8").replace(
        /^[0-9a-f]{64}( {2}notary\.db)$/m,
        `${sha256(readFileSync(store))}$1`,
      );
      writeFileSync(sums, list);
      const manifest = readManifest(join(folder, "manifest.json"));
      writeFileSync(
        join(folder, "manifest.json"),
        JSON.stringify({ ...manifest, sums: sha256(readFileSync(sums)) }),
      );
    },
  };
}

const check = (folder: string) => cunzheng("restore", "--from", folder, "--check");
const restore = (from: string, to: string) => cunzheng("restore", "--from", from, "--to", to);

describe("a backup of a running notary", () => {
  it("holds what was answered before it, of one moment, with every original that it names", async () => {
    expect(await check(bare)).toMatchObject({ exitCode: 0 });
    const database = new Database(join(bare, "notary.db"), { readonly: true });
    const ids = new Set(database.prepare<[], string>("SELECT id FROM deposits").pluck().all());
    for (const { id } of before) expect(ids.has(id)).toBe(true);
    const named = database
      .prepare<[], string>("SELECT DISTINCT lower(hex(original)) FROM deposits WHERE original IS NOT NULL")
      .pluck()
      .all();
    database.close();
    expect(named.length).toBeGreaterThan(10);
    const kept = [...modesBelow(join(bare, "originals")).keys()].filter((path) => !path.endsWith("/"));
    expect(kept.map((path) => basename(path)).sort()).toEqual(named.sort());
    const { deposits, originals, ledger } = readManifest(join(bare, "manifest.json"));
    expect(deposits.count).toBe(ids.size);
    const sizes = kept.map((path) => statSync(join(bare, "originals", path)).size);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    expect(originals).toEqual({ count: named.length, bytes, without: [] });
    expect(ledger.treeSize).toBeGreaterThan(0);
  });

  it("is checked by sha256sum as well, and its owner's alone", () => {
    const sums = spawnSync("sha256sum", ["--check", "--strict", "--quiet", "SHA256SUMS"], { cwd: full });
    expect(sums.status).toBe(0);
    expect(statSync(full).mode & 0o777).toBe(0o700);
    for (const [path, mode] of modesBelow(full))
      expect({ path, mode }).toEqual({ path, mode: path.endsWith("/") ? 0o700 : 0o600 });
  });

  it("has keys only where they were asked for, and never the mark of what they have signed", () => {
    const hasKey = (folder: string) =>
      [...modesBelow(folder).keys()].some(
        (path) => !path.endsWith("/") && /PRIVATE/.test(readFileSync(join(folder, path), "latin1")),
      );
    expect(hasKey(bare)).toBe(false);
    expect(hasKey(full)).toBe(true);
    const log = (folder: string) =>
      readManifest(join(folder, "manifest.json")).files.find(({ member }) => member === "keys.log");
    expect(log(bare)).toMatchObject({ isSecret: true, isIncluded: false });
    expect(log(full)).toMatchObject({ isSecret: true, isIncluded: true });
    for (const folder of [bare, full])
      expect([...modesBelow(folder).keys()].filter((path) => path.includes("signed"))).toEqual([]);
  });

  it("is never written over anything", async () => {
    const answer = await cunzheng("backup", "--config", config(), "--out", full);
    expect(answer).toMatchObject({ exitCode: 1, text: expect.stringContaining("never written over") });
    expect(await check(full)).toMatchObject({ exitCode: 0 });
  });

  it("that is killed leaves nothing that a restore would take, and the next one is whole", async () => {
    const out = at("killed");
    const parent = dirname(out);
    const partial = () => readdirSync(parent).find((name) => /^killed\..*\.partial$/.test(name));
    const running = startCommand(["backup", "--config", config(), "--out", out]);
    await eventually("it has begun", partial, 20_000);
    running.kill();
    await running.ended;
    expect(existsSync(out)).toBe(false);
    const left = partial() ?? "";
    expect(await restore(join(parent, left), at("from-killed"))).toMatchObject({
      exitCode: 1,
      text: expect.stringContaining("is no backup, or one that was interrupted"),
    });
    const next = await cunzheng("backup", "--config", config(), "--out", out);
    expect(next).toMatchObject({ exitCode: 0, text: expect.stringContaining(`${left} was left`) });
    expect(await check(out)).toMatchObject({ exitCode: 0 });
  });

  it("is not made without an original that was lost, unless that is left out by name", async () => {
    const originals = join(service.data, "notary", "originals");
    const [path = ""] = [...modesBelow(originals).keys()].filter((name) => !name.endsWith("/"));
    const [file, aside] = [join(originals, path), join(service.data, "aside")];
    const name = basename(path);
    const make = (...more: string[]) =>
      cunzheng("backup", "--config", config(), "--out", at("lossy"), ...more);
    renameSync(file, aside);
    try {
      expect(await make()).toMatchObject({ exitCode: 1, text: expect.stringContaining(name) });
      // Other bytes under its name are no original either.
      writeFileSync(file, "something else");
      expect(await make()).toMatchObject({ exitCode: 1, text: expect.stringContaining("is damaged") });
      expect(readdirSync(dirname(at("lossy"))).filter((left) => left.startsWith("lossy"))).toEqual([]);
      expect(await make("--without-original", name)).toMatchObject({ exitCode: 0 });
    } finally {
      renameSync(aside, file);
    }
    const checked = await check(at("lossy"));
    expect(checked).toMatchObject({
      exitCode: 0,
      text: expect.stringContaining(`without the original ${name}`),
    });
  });

  if (canMount())
    it("is not begun where there is no room for it, nor a restore", async () => {
      const small = join(service.data, "small");
      mkdirSync(small);
      const disk = await mountSmallDisk(small, 70);
      try {
        await disk.fill(1 << 20);
        const made = startCommand(["backup", "--config", config(), "--out", join(small, "b")], disk.launcher);
        expect(await made.ended).toMatchObject({ exitCode: 1, text: expect.stringContaining("no room") });
        const into = startCommand(["restore", "--from", full, "--to", join(small, "r")], disk.launcher);
        expect(await into.ended).toMatchObject({ exitCode: 1, text: expect.stringContaining("no room") });
      } finally {
        await disk.close();
      }
    });
});

describe("a backup that is not what was made", () => {
  type Spoilt = ReturnType<typeof copied>;
  it.each<[string, (backup: Spoilt) => void, string]>([
    [
      "with a bit of its store turned",
      ({ store }) => flip(store, 5000),
      "notary.db of the backup is damaged",
    ],
    ["without an original", ({ folder }) => rmSync(someOriginal(folder)), "the backup lacks originals/"],
    ["with an original cut off", ({ folder }) => writeFileSync(someOriginal(folder), ""), "is damaged"],
    [
      "without its trust file",
      ({ folder }) => rmSync(join(folder, "configuration/consortium.json")),
      "lacks",
    ],
    ["without its manifest", ({ folder }) => rmSync(join(folder, "manifest.json")), "is no backup"],
    [
      "with a list of its own",
      ({ folder }) => writeFileSync(join(folder, "SHA256SUMS"), `${"0".repeat(64)}  ../../etc/passwd\n`),
      "is not the list that was made",
    ],
  ])("%s is refused, and nothing is restored", async (what, spoil, why) => {
    const spoilt = copied(full, `spoilt ${what}`);
    spoil(spoilt);
    const to = at(`to ${what}`);
    expect(await restore(spoilt.folder, to)).toMatchObject({
      exitCode: 1,
      text: expect.stringContaining(why),
    });
    expect(existsSync(join(to, "notary.json")) || existsSync(join(to, "notary.db"))).toBe(false);
  });

  it.each<[string, string, string]>([
    [
      "another statement",
      `UPDATE deposits SET statement = CAST(replace(CAST(statement AS TEXT), 'loan', 'lean') AS BLOB) WHERE seq = 7`,
      "is not the one that was deposited",
    ],
    [
      "another statement with its leaf hash",
      "UPDATE deposits SET statement = (SELECT statement FROM deposits WHERE seq = 8), leaf_hash = (SELECT leaf_hash FROM deposits WHERE seq = 8) WHERE seq = 7",
      "does not hold the deposits",
    ],
    [
      "a deposit less",
      "PRAGMA foreign_keys = OFF; DELETE FROM idempotency_keys; DELETE FROM deposits WHERE seq = (SELECT first_seq + 1 FROM batches WHERE last_seq > first_seq + 1 LIMIT 1)",
      "is missing",
    ],
    [
      "another entry",
      "UPDATE ledger_entries SET content = CAST('{}' AS BLOB) WHERE entry_index = 3",
      "entry 3 of the ledger is not the batch",
    ],
    [
      "another batch and entry",
      "UPDATE ledger_entries SET batch_first_seq = NULL, content = CAST('{}' AS BLOB) WHERE entry_index = 3",
      "another root than the entries",
    ],
    ["an entry less", "DELETE FROM ledger_entries WHERE entry_index = 3", "entry 3 of the ledger is missing"],
    ["a tile less", "DELETE FROM tiles WHERE level = 0", "tile 0/"],
    [
      "an older checkpoint as its newest",
      // With all that refers to it, which it may have or not.
      ["cosignatures", "finalities", "deferred_batches", "timestamps", "checkpoints"]
        .map((table) => `DELETE FROM ${table} WHERE tree_size = (SELECT max(tree_size) FROM checkpoints)`)
        .join("; "),
      "the newest checkpoint is of",
    ],
    [
      "another signature",
      "UPDATE checkpoints SET note = substr(note, 1, length(note) - 12) || 'AAAAAAAAAAA' || char(10)",
      "signature",
    ],
    [
      "a row that refers to nothing",
      "PRAGMA foreign_keys = OFF; INSERT INTO finalities VALUES ('x', 999999, 1)",
      "refers to one",
    ],
  ])("with %s proves nothing, though its lists fit", async (what, sql, why) => {
    const forged = copied(full, `forged ${what}`);
    forged.change(sql);
    forged.seal();
    const checked = await check(forged.folder);
    expect(checked).toMatchObject({ exitCode: 1, text: expect.stringContaining(why) });
  });

  it("with a path out of the folder in a list that fits writes nothing there", async () => {
    const forged = copied(full, "escaping");
    const outside = join(forged.folder, "..", "outside");
    const list = join(forged.folder, "SHA256SUMS");
    writeFileSync(list, `${readFileSync(list, "utf8")}${sha256(new Uint8Array())}  ../outside\n`);
    writeFileSync(outside, "");
    forged.seal();
    expect(await restore(forged.folder, at("escaped/in"))).toMatchObject({
      exitCode: 1,
      text: expect.stringContaining("can't hold a file named"),
    });
    expect(existsSync(at("escaped/outside"))).toBe(false);
  });
});

describe("a restored folder", () => {
  it("is its owner's alone, and its notary.json names what is in it", async () => {
    const to = at("moved");
    const hidden = `${service.data}-elsewhere`;
    const key = join(service.data, "notary", "log.key");
    // Another machine: the keys are not where the service had them.
    renameSync(key, hidden);
    try {
      const told = await restore(full, to);
      expect(told).toMatchObject({ exitCode: 0, text: expect.stringContaining("cunzheng serve --config") });
    } finally {
      renameSync(hidden, key);
    }
    for (const [path, mode] of modesBelow(to))
      if (path !== "lock.db")
        expect({ path, mode }).toEqual({ path, mode: path.endsWith("/") ? 0o700 : 0o600 });
    const { dataFolder, consortium, keys } = readNotaryConfiguration(join(to, "notary.json"));
    expect({ dataFolder, consortium, log: keys.log }).toEqual({
      ...{ dataFolder: to, consortium: join(to, "consortium.json"), log: join(to, "log.key") },
    });
    expect(readFileSync(keys.log)).toEqual(readFileSync(key));
    expect(readFileSync(join(full, "secrets", "cluster.key"))).toEqual(readFileSync(clusterKey()));
    expect(readFileSync(consortium)).toEqual(Buffer.from(service.consortiumBytes));
    expect(existsSync(`${keys.log}.signed`)).toBe(false);
  });

  it("uses a key where it still is, with the mark beside it, and says which keys must be brought", async () => {
    const key = join(service.data, "notary", "log.key");
    for (const [backup, to] of [
      [full, at("key there")],
      [bare, at("key there, none brought")],
    ] as const) {
      expect(await restore(backup, to)).toMatchObject({ exitCode: 0 });
      expect(readNotaryConfiguration(join(to, "notary.json")).keys.log).toBe(key);
      expect(existsSync(join(to, "log.key"))).toBe(false);
    }
    const hidden = `${service.data}-elsewhere`;
    renameSync(key, hidden);
    try {
      const told = await restore(bare, at("to bring"));
      expect(told.text).toContain(`bring keys.log to ${join(at("to bring"), "log.key")}`);
    } finally {
      renameSync(hidden, key);
    }
  });

  it("is never one that something is in", async () => {
    const to = at("used");
    mkdirSync(to);
    writeFileSync(join(to, "notes.txt"), "mine");
    expect(await restore(full, to)).toMatchObject({
      exitCode: 1,
      text: expect.stringContaining("is not empty"),
    });
    expect(readdirSync(to)).toEqual(["notes.txt"]);
    expect(await restore(full, at("moved"))).toMatchObject({ exitCode: 1 });
  });

  it("is whole after a restore that was killed at any step was begun again", async () => {
    const whole = at("moved");
    for (let round = 0; round < 6; round++) {
      const to = at(`cut ${round}`);
      mkdirSync(to);
      const running = startCommand(["restore", "--from", full, "--to", to]);
      const names = ["notary.db", "originals", "checked", "checked", "checked", "checked"];
      const sign = join(to, ".restoring", names[round] ?? "checked");
      let isOver = false;
      void running.ended.then(() => (isOver = true));
      await eventually("it has come so far, or to its end", () => isOver || existsSync(sign) || undefined);
      running.kill();
      const { exitCode } = await running.ended;
      const isThere = existsSync(join(to, "notary.json"));
      const again = await restore(full, to);
      expect(again.exitCode).toBe(isThere ? 1 : 0);
      if (exitCode === 0) expect(isThere).toBe(true);
      const visible = (folder: string) =>
        [...modesBelow(folder).keys()].filter((path) => !/^(\.restoring|log\.key|lock\.db)/.test(path));
      expect(visible(to).sort()).toEqual(visible(whole).sort());
    }
  });

  it("is not begun with another backup where one was cut off while its files were moved", async () => {
    const to = at("half");
    expect(await restore(full, to)).toMatchObject({ exitCode: 0 });
    // As a crash between two renames leaves it.
    mkdirSync(join(to, ".restoring"));
    const { sums } = readManifest(join(full, "manifest.json"));
    writeFileSync(join(to, ".restoring", "checked"), sums);
    for (const name of ["notary.json", "originals"]) renameSync(join(to, name), join(to, ".restoring", name));
    chmodSync(join(to, ".restoring"), 0o700);
    expect(await restore(bare, to)).toMatchObject({
      exitCode: 1,
      text: expect.stringContaining("a part of another backup"),
    });
    expect(await restore(full, to)).toMatchObject({ exitCode: 0 });
    expect(existsSync(join(to, "originals")) && existsSync(join(to, "notary.json"))).toBe(true);
  });
});

function someOriginal(folder: string): string {
  const [path = ""] = [...modesBelow(join(folder, "originals")).keys()].filter((name) => !name.endsWith("/"));
  return join(folder, "originals", path);
}

function flip(file: string, offset: number): void {
  const bytes = readFileSync(file);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}
