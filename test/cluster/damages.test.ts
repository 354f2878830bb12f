/**
 * A damage of each kind of row and of each column that something vouches for, in either database, found by `cunzheng fsck` with
 * its code. The store is the sample's, moved to MongoDB by the built command; each damage is done to a copy that is mended after.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import Database from "better-sqlite3";
import { type Connection, createConnection } from "mongoose";
import type { RunningProcess } from "../../scripts/quickstart/processes.js";
import { type RunningSample, startSample } from "../../scripts/quickstart/sample.js";
import { freePort } from "../../scripts/quickstart/sample-consortium.js";
import { randomOfThisRun } from "../../scripts/random.js";
import { openMongoReader } from "../../src/adapters/mongo/whole/whole-store.js";
import { openSqliteReader, openSqliteWhole } from "../../src/adapters/sqlite/whole/whole-store.js";
import { readOriginals } from "../../src/adapters/originals/read-originals.js";
import { checkStore } from "../../src/programs/checking/check-store.js";
import { call } from "../http/client.js";
import { casesOfLongProof } from "../long-proof.js";
import { cunzheng } from "../programs/backup/commands.js";
import { eventually } from "../story/eventually.js";
import { databaseUrl } from "./databases.js";

const folder = mkdtempSync(join(tmpdir(), "cunzheng-damages-"));
const url = databaseUrl(`test-damages-${randomOfThisRun().between(0, 1e9)}`);
let sample: RunningSample;
let dataFolder: string;
let trustFile: Uint8Array;
let database: Connection;

beforeAll(async () => {
  sample = await startSample(join(folder, "data"), await freePort());
  trustFile = new Uint8Array(readFileSync(sample.consortiumFile));
  dataFolder = (JSON.parse(readFileSync(sample.sample.notaryConfig, "utf8")) as { dataFolder: string })
    .dataFolder;
  const ask = (target: string, sent: object = {}) =>
    call(sample, target, { key: sample.apiKeys.bank, ...sent });
  let chain: { id?: string } = {};
  const ids: string[] = [];
  for (let i = 1; i <= 12; i++) {
    const metadata = { recordType: "loan", retain: true, ...(i <= 4 && { chain }) };
    const headers = { "Idempotency-Key": `"key-${i}"` };
    const { status, json } = await ask("POST /v1/deposits", { body: { metadata, record: { i } }, headers });
    expect(status).toBe(201);
    ids.push(json.id);
    if (i <= 4) chain = { id: json.statement.chain.id };
    await ask(`GET /v1/deposits/${json.id}/evidence`, { headers: { Prefer: "wait=30" } });
  }
  for (const id of ids.slice(0, 2))
    for (const language of ["zh", "en"])
      expect(
        (await ask(`GET /v1/deposits/${id}/certificate?lang=${language}`, { headers: { Prefer: "wait=30" } }))
          .status,
      ).toBe(200);
  await eventually("it is stamped", async () => {
    const { json } = await ask(`GET /v1/deposits/${ids.at(-1)}/evidence`);
    return (json.timestamps as unknown[]).length > 0 || undefined;
  });
  const notary = sample.processes.find(({ name }) => name === "notary") as RunningProcess;
  await notary.stop();
  await sample.stop();
  // The copy is moved, so that the store itself stays one to damage.
  const moved = join(folder, "moved");
  cpSync(dataFolder, moved, { recursive: true, filter: (path) => !/lock\.db|processes/.test(path) });
  const made = await cunzheng("migrate", "--from", moved, "--to", url, "--trust", sample.consortiumFile);
  expect(made).toMatchObject({ exitCode: 0 });
  database = await createConnection(url).asPromise();
}, 240_000);

afterAll(async () => {
  await database.dropDatabase();
  await database.close(true);
  rmSync(folder, { recursive: true, force: true });
});

async function codesOf(reader: Parameters<typeof checkStore>[0], originals: string): Promise<string[]> {
  const codes: string[] = [];
  for await (const { code } of checkStore(reader, {
    trustFile,
    readOriginal: readOriginals(originals),
    onProgress: () => undefined,
  }))
    codes.push(code);
  await reader.close();
  return [...new Set(codes)];
}

/** What is done to a row, and the code by which it is found. */
type Damage = readonly [name: string, code: string, sql: string];

const flip = (table: string, column: string, where: string) =>
  `UPDATE ${table} SET ${column} = CAST(substr(${column}, 1, 1) || X'5A' || substr(${column}, 3) AS BLOB) WHERE ${where}`;

const IN_SQLITE: readonly Damage[] = [
  [
    "a deposit less",
    "deposit-missing",
    "DELETE FROM idempotency_keys WHERE seq = 7; DELETE FROM deposits WHERE seq = 7",
  ],
  ["a deposit's statement", "statement-mismatch", flip("deposits", "statement", "seq = 7")],
  ["a deposit's leaf hash", "statement-mismatch", flip("deposits", "leaf_hash", "seq = 7")],
  ["a deposit's id", "row-differs", "UPDATE deposits SET id = '01KAT4M0Z6R2A8Q0F3X5B7C9DE' WHERE seq = 7"],
  [
    "a deposit's organisation",
    "row-differs",
    "INSERT INTO organisations VALUES ('other', 'Other', NULL); UPDATE deposits SET organisation_id = 'other' WHERE seq = 7",
  ],
  [
    "a deposit's time of receipt",
    "row-differs",
    "UPDATE deposits SET received_at_ms = received_at_ms + 1 WHERE seq = 7",
  ],
  ["a deposit's promise", "row-differs", "UPDATE deposits SET seal_by_ms = 0 WHERE seq = 7"],
  [
    "a deposit's chain",
    "row-differs",
    "UPDATE deposits SET chain_id = 'X', chain_sequence = 1 WHERE seq = 7",
  ],
  ["a deposit's original", "row-differs", flip("deposits", "original", "seq = 7")],
  ["a link's place", "chain-broken", "UPDATE deposits SET chain_sequence = 9 WHERE chain_sequence = 3"],
  ["a link of another chain", "chain-broken", "UPDATE deposits SET chain_id = 'X' WHERE chain_sequence = 3"],
  [
    "two links changed places",
    "chain-forked",
    "UPDATE deposits SET chain_sequence = 99 WHERE chain_sequence = 2; UPDATE deposits SET chain_sequence = 2 WHERE chain_sequence = 3; UPDATE deposits SET chain_sequence = 3 WHERE chain_sequence = 99",
  ],
  [
    "an idempotency key of another organisation",
    "key-mismatch",
    "UPDATE idempotency_keys SET organisation_id = 'x' WHERE seq = 7",
  ],
  ["a fingerprint cut off", "key-mismatch", "UPDATE idempotency_keys SET fingerprint = X'01' WHERE seq = 7"],
  [
    "two keys of one deposit",
    "key-mismatch",
    "INSERT INTO idempotency_keys SELECT organisation_id, key || 'x', fingerprint, seq FROM idempotency_keys WHERE seq = 7",
  ],
  [
    "an organisation less",
    "reference-missing",
    "DELETE FROM organisations WHERE id = (SELECT organisation_id FROM deposits WHERE seq = 7)",
  ],
  ["an API key of nobody", "reference-missing", "UPDATE api_keys SET organisation_id = 'nobody'"],
  [
    "a link that was shown, of another hash",
    "chain-forked",
    "INSERT INTO shown_links SELECT chain_id, organisation_id, chain_sequence, X'0000000000000000000000000000000000000000000000000000000000000000', 1 FROM deposits WHERE chain_sequence = 2",
  ],
  [
    "a link that was shown, of another organisation",
    "chain-broken",
    "INSERT INTO shown_links SELECT chain_id, 'other', chain_sequence, leaf_hash, 1 FROM deposits WHERE chain_sequence = 2",
  ],
  [
    "a batch less",
    "batch-missing",
    "DELETE FROM batches WHERE first_seq = (SELECT first_seq FROM batches ORDER BY 1 LIMIT 1 OFFSET 1)",
  ],
  ["a batch's end", "batch-mismatch", "UPDATE batches SET last_seq = last_seq + 1 WHERE first_seq = 1"],
  ["a batch's id", "row-differs", "UPDATE batches SET id = 'X' WHERE first_seq = 1"],
  ["a batch's time", "row-differs", "UPDATE batches SET sealed_at_ms = sealed_at_ms + 1 WHERE first_seq = 1"],
  ["a batch's depositors", "row-differs", "UPDATE batches SET depositor_ids = '[]' WHERE first_seq = 1"],
  ["a batch's entry", "entry-mismatch", flip("batches", "entry", "first_seq = 1")],
  ["an entry less", "entry-missing", "DELETE FROM ledger_entries WHERE entry_index = 1"],
  ["an entry of another content", "entry-mismatch", flip("ledger_entries", "content", "entry_index = 1")],
  [
    "an entry of no batch",
    "entry-mismatch",
    "UPDATE ledger_entries SET batch_first_seq = NULL WHERE entry_index = (SELECT max(entry_index) FROM ledger_entries)",
  ],
  ["a tile less", "tile-mismatch", "DELETE FROM tiles"],
  ["a tile's hash", "tile-mismatch", flip("tiles", "hashes", "level = 0")],
  ["a tile more", "tile-mismatch", "INSERT INTO tiles SELECT 3, 0, hashes FROM tiles"],
  ["a checkpoint's root", "checkpoint-mismatch", flip("checkpoints", "root_hash", "tree_size = 2")],
  [
    "a checkpoint's note",
    "checkpoint-unsigned",
    "UPDATE checkpoints SET note = replace(note, char(10) || '2' || char(10), char(10) || '3' || char(10)) WHERE tree_size = 2",
  ],
  [
    "a checkpoint's signature",
    "checkpoint-unsigned",
    "UPDATE checkpoints SET note = substr(note, 1, length(note) - 12) || 'AAAAAAAAAAA' || char(10) WHERE tree_size = 2",
  ],
  [
    "a checkpoint's deposit",
    "row-differs",
    "UPDATE checkpoints SET last_seq = last_seq + 1 WHERE tree_size = 2",
  ],
  ["a checkpoint's time", "row-differs", "UPDATE checkpoints SET sealed_at_ms = 1 WHERE tree_size = 2"],
  [
    "the newest checkpoint less",
    "checkpoint-missing",
    "DELETE FROM checkpoints WHERE tree_size = (SELECT max(tree_size) FROM checkpoints)",
  ],
  [
    "a checkpoint that was shown and is not there",
    "reference-missing",
    "INSERT OR REPLACE INTO shown_checkpoint VALUES (1, 99)",
  ],
  [
    "a cosignature's line",
    "cosignature-invalid",
    "UPDATE cosignatures SET line = substr(line, 1, length(line) - 12) || 'AAAAAAAAAAA=' WHERE stored = 2",
  ],
  [
    "a cosignature's time",
    "cosignature-invalid",
    "UPDATE cosignatures SET time_seconds = 7 WHERE stored = 2",
  ],
  [
    "a cosignature's size",
    "cosignature-invalid",
    "UPDATE cosignatures SET tree_size = (SELECT max(tree_size) FROM checkpoints) WHERE stored = 1",
  ],
  ["a cosignature's name", "cosignature-unknown", "UPDATE cosignatures SET name = 'x' WHERE stored = 2"],
  ["a cosignature's key", "cosignature-unknown", "UPDATE cosignatures SET key_id = 1 WHERE stored = 2"],
  [
    "a cosignature of no checkpoint",
    "reference-missing",
    "UPDATE cosignatures SET tree_size = 99 WHERE stored = 2",
  ],
  [
    "cosignatures less than the quorum",
    "finality-mismatch",
    "DELETE FROM cosignatures WHERE tree_size = 1 AND stored > 2",
  ],
  [
    "a class that is final by nobody",
    "finality-mismatch",
    "DELETE FROM cosignatures WHERE tree_size = 1; INSERT OR IGNORE INTO finalities VALUES ('example-bank-b', 1, 5)",
  ],
  [
    "a finality before its cosignatures",
    "finality-mismatch",
    "UPDATE finalities SET final_at_ms = 1 WHERE tree_size = 2",
  ],
  [
    "a finality of no checkpoint",
    "reference-missing",
    "INSERT INTO finalities VALUES ('', 99, 9999999999999)",
  ],
  [
    "a deferred batch that is final too early",
    "finality-mismatch",
    "INSERT INTO deferred_batches VALUES ('', 2, 1, 1, 5)",
  ],
  [
    "a deferred batch of no checkpoint",
    "reference-missing",
    "INSERT INTO deferred_batches VALUES ('', 0, 1, 99, 5)",
  ],
  [
    "a time-stamp of another checkpoint",
    "timestamp-invalid",
    "UPDATE timestamps SET tree_size = (SELECT tree_size FROM checkpoints WHERE tree_size NOT IN (SELECT tree_size FROM timestamps) LIMIT 1) WHERE stored = 1",
  ],
  [
    "a time-stamp's token",
    "timestamp-invalid",
    "UPDATE timestamps SET token = CAST(substr(token, 1, length(token) - 5) || X'0000000000' AS BLOB) WHERE stored = 1",
  ],
  ["a time-stamp's time", "timestamp-invalid", "UPDATE timestamps SET gen_time_ms = 1 WHERE stored = 1"],
  [
    "an artifact",
    "artifact-mismatch",
    flip("artifacts", "content", "sha256 = (SELECT consortium FROM certificates)"),
  ],
  [
    "a template's list less",
    "artifact-missing",
    "DELETE FROM artifacts WHERE sha256 = (SELECT template FROM certificates)",
  ],
  [
    "a template's file less",
    "artifact-missing",
    "DELETE FROM artifacts WHERE sha256 NOT IN (SELECT template FROM certificates UNION SELECT consortium FROM certificates)",
  ],
  [
    "a trust file less",
    "artifact-missing",
    "DELETE FROM artifacts WHERE sha256 = (SELECT consortium FROM certificates)",
  ],
  [
    "a certificate's signature",
    "certificate-mismatch",
    "UPDATE certificates SET signature = CAST(substr(signature, 1, length(signature) - 5) || X'0000000000' AS BLOB) WHERE issued = 1",
  ],
  ["a certificate's issue", "certificate-mismatch", "UPDATE certificates SET issue = 3 WHERE issued = 1"],
  [
    "a certificate's cosignatures",
    "certificate-mismatch",
    "UPDATE certificates SET cosignatures = 99 WHERE issued = 1",
  ],
  [
    "a certificate's time-stamps",
    "certificate-mismatch",
    "UPDATE certificates SET timestamps = 99 WHERE issued = 1",
  ],
  [
    "a certificate's tokens",
    "certificate-mismatch",
    "UPDATE certificates SET tokens_stored = 99 WHERE issued = 1",
  ],
  [
    "a certificate of no deposit",
    "reference-missing",
    "UPDATE certificates SET deposit_id = 'X' WHERE issued = 1",
  ],
  [
    "a certificate of no checkpoint",
    "reference-missing",
    "UPDATE certificates SET tree_size = 99 WHERE issued = 1",
  ],
];

describe("SQLite", () => {
  const damaged = join(folder, "damaged.db");
  const originals = () => join(dataFolder, "originals");
  const fresh = () => {
    for (const end of ["", "-wal", "-shm"]) rmSync(`${damaged}${end}`, { force: true });
    cpSync(join(dataFolder, "notary.db"), damaged);
  };

  it("as the notary left it is whole", async () => {
    fresh();
    expect(await codesOf(openSqliteReader(damaged), originals())).toEqual([]);
  });

  it.each(casesOfLongProof("damages in SQLite", IN_SQLITE, 20))("%s", async (_, code, sql) => {
    fresh();
    const change = new Database(damaged);
    change.pragma("foreign_keys = OFF");
    const before = change.prepare("SELECT total_changes()").pluck().get() as number;
    change.exec(sql);
    expect(change.prepare("SELECT total_changes()").pluck().get()).toBeGreaterThan(before);
    change.close();
    expect(await codesOf(openSqliteReader(damaged), originals())).toContain(code);
  });

  it("a page of the file, told by the command", async () => {
    const copy = join(folder, "page-damaged");
    cpSync(dataFolder, copy, { recursive: true, filter: (path) => !/lock\.db|processes/.test(path) });
    const file = readFileSync(join(copy, "notary.db"));
    const index = file.lastIndexOf("loan");
    file.fill(0xff, index - 400, index + 400);
    writeFileSync(join(copy, "notary.db"), file);
    const told = await cunzheng("fsck", "--store", copy, "--trust", sample.consortiumFile);
    expect(told.text).toMatch(/malformed|store-damaged|statement-mismatch/);
    expect([1, 2]).toContain(told.exitCode);
  });

  it("an index that was rebuilt without what it promises", async () => {
    fresh();
    const change = new Database(damaged);
    change.unsafeMode(true);
    change.pragma("writable_schema = ON");
    change.exec(
      "UPDATE sqlite_schema SET sql = replace(sql, 'UNIQUE INDEX', 'INDEX') WHERE name = 'deposits_in_chain'",
    );
    change.close();
    expect(await codesOf(openSqliteReader(damaged), originals())).toContain("index-missing");
  });

  it("an original that is lost, and one that is damaged, told by the command", async () => {
    const copy = join(folder, "originals-damaged");
    cpSync(dataFolder, copy, { recursive: true, filter: (path) => !/lock\.db|processes/.test(path) });
    const files = readdirSync(join(copy, "originals"), { recursive: true, encoding: "utf8" }).filter((path) =>
      /[0-9a-f]{64}$/.test(path),
    );
    rmSync(join(copy, "originals", files[0] ?? ""));
    writeFileSync(join(copy, "originals", files[1] ?? ""), "other");
    const told = await cunzheng("fsck", "--store", copy, "--trust", sample.consortiumFile, "--json");
    expect(told.exitCode).toBe(1);
    const { findings } = JSON.parse(told.text) as { findings: { code: string; what: string }[] };
    expect(findings.map(({ code }) => code).sort()).toEqual(["original-mismatch", "original-missing"]);
    // Text by text for people, and what can't be checked is another exit code.
    const plain = await cunzheng("fsck", "--store", copy, "--trust", sample.consortiumFile);
    expect(plain).toMatchObject({ exitCode: 1, text: expect.stringContaining("is NOT whole: 2 findings") });
    expect(await cunzheng("fsck", "--store", copy)).toMatchObject({
      exitCode: 2,
      text: expect.stringContaining("--trust must be given"),
    });
    expect(
      await cunzheng("fsck", "--store", join(folder, "nowhere"), "--trust", sample.consortiumFile),
    ).toMatchObject({ exitCode: 2 });
  });

  it("is checked beside a notary that has the folder, and nothing is written", async () => {
    const whole = openSqliteWhole(join(dataFolder, "notary.db"));
    const told = await cunzheng("fsck", "--config", sample.sample.notaryConfig);
    expect(told).toMatchObject({ exitCode: 0, text: expect.stringContaining("is whole") });
    await whole.close();
  });
});

type Change = (rows: { collection(name: string): ReturnType<Connection["collection"]> }) => Promise<unknown>;
const set =
  (name: string, filter: object, values: object): Change =>
  async (rows) => {
    const { matchedCount } = await rows
      .collection(name)
      .updateOne(filter as never, values as never, { bypassDocumentValidation: true });
    expect(matchedCount).toBe(1);
  };
const remove =
  (name: string, filter: object): Change =>
  async (rows) => {
    expect((await rows.collection(name).deleteMany(filter as never)).deletedCount).toBeGreaterThan(0);
  };

/** What only documents have: copies of what others say, the line of steps, and what SQLite would refuse. */
const IN_MONGODB: readonly (readonly [string, string, Change])[] = [
  ["a deposit less", "deposit-missing", set("deposits", { _id: 1 }, { $pop: { deposits: -1 } })],
  ["a step's place in the line", "copy-differs", set("deposits", { _id: 1 }, { $set: { step: 3 } })],
  ["a step's number", "copy-differs", set("deposits", { _id: 1 }, { $set: { lastSeq: 500 } })],
  ["a group's links", "copy-differs", set("deposits", { _id: 1 }, { $set: { "links.0.sequence": 77 } })],
  ["a group's keys", "copy-differs", set("deposits", { _id: 1 }, { $set: { "keys.0.seq": 999 } })],
  [
    "a statement",
    "statement-mismatch",
    set("deposits", { _id: 1 }, { $set: { "deposits.0.statement": Buffer.from("{}") } }),
  ],
  [
    "a leaf hash",
    "statement-mismatch",
    set("deposits", { _id: 1 }, { $set: { "deposits.0.leafHash": Buffer.alloc(32) } }),
  ],
  [
    "a deposit's organisation",
    "row-differs",
    set("deposits", { _id: 1 }, { $set: { "deposits.0.organisationId": "x" } }),
  ],
  ["a link", "chain-broken", set("deposits", { _id: 1 }, { $set: { "deposits.1.chain.sequence": 9 } })],
  ["a value of another type", "row-malformed", set("deposits", { _id: 1 }, { $set: { token: 5 } })],
  ["a batch's entry", "entry-mismatch", set("batches", { _id: 1 }, { $set: { entry: Buffer.from("{}") } })],
  [
    "what an entry says of its batch",
    "copy-differs",
    set("ledgerEntries", { _id: 1 }, { $inc: { "batch.lastSeq": 1 } }),
  ],
  [
    "an entry among the changes",
    "copy-differs",
    set("ledgerEntries", { _id: 1 }, { $set: { changeIndex: 1 } }),
  ],
  ["an entry of a batch that is not there", "reference-missing", remove("batches", { _id: 2 })],
  ["a tile", "tile-mismatch", set("tiles", { level: 0 }, { $set: { hashes: Buffer.alloc(32) } })],
  [
    "a checkpoint's root",
    "checkpoint-mismatch",
    set("checkpoints", { _id: 2 }, { $set: { rootHash: Buffer.alloc(32) } }),
  ],
  ["the checkpoint before", "copy-differs", set("checkpoints", { _id: 2 }, { $set: { previous: 77 } })],
  ["a checkpoint's note", "checkpoint-unsigned", set("checkpoints", { _id: 2 }, { $set: { note: "x" } })],
  [
    "a cosignature's line",
    "cosignature-invalid",
    set("cosignatures", { treeSize: 2, place: 1 }, { $set: { line: "— x AAAA" } }),
  ],
  [
    "a cosignature's place",
    "row-differs",
    set("cosignatures", { treeSize: 2, place: 1 }, { $set: { place: 77 } }),
  ],
  ["a finality", "finality-mismatch", remove("cosignatures", { treeSize: 2 })],
  [
    "a deferred batch",
    "copy-differs",
    async (rows) =>
      rows.collection("deferredBatches").insertOne({
        depositorClass: "",
        ledgerIndex: 1,
        firstSeq: 9,
        lastSeq: 9,
        sealedAtMs: 1,
        waiting: "",
      } as never),
  ],
  [
    "a time-stamp",
    "timestamp-invalid",
    async (rows) => {
      const [one] = await rows.collection("timestamps").find({}).limit(1).toArray();
      await set("timestamps", { _id: one?.["_id"] }, { $set: { token: Buffer.from("x") } })(rows);
    },
  ],
  [
    "an artifact",
    "artifact-mismatch",
    async (rows) => {
      const [one] = await rows.collection("artifacts").find({}).limit(1).toArray();
      await set("artifacts", { _id: one?.["_id"] }, { $set: { content: Buffer.from("x") } })(rows);
    },
  ],
  [
    "a certificate's signature",
    "certificate-mismatch",
    set("certificates", { language: "en", issue: 1 }, { $set: { signature: Buffer.from("x") } }),
  ],
  [
    "a number that was never given",
    "copy-differs",
    set("certificates", { language: "en", issue: 1 }, { $set: { awaiting: 1e6 } }),
  ],
  ["an index less", "index-missing", (rows) => rows.collection("deposits").dropIndex("deposits.id_1")],
  [
    "an index that promises nothing",
    "index-missing",
    async (rows) => {
      await rows.collection("checkpoints").dropIndex("previous_1");
      await rows.collection("checkpoints").createIndex({ previous: 1 });
    },
  ],
  ["an original's place", "original-missing", remove("keptOriginals", {})],
  ["an original's chunk", "original-mismatch", remove("originals.chunks", {})],
];

describe("MongoDB", () => {
  /** Each damage is done in a database of its own, which has the same documents. */
  let count = 0;
  async function copied(): Promise<{ readonly to: Connection; readonly address: string }> {
    const address = url.replace(/(test-damages-\d+)/, `$1-${count++}`);
    const to = await createConnection(address).asPromise();
    for (const { name, options, type } of (await database.listCollections()) as unknown as {
      name: string;
      options: object;
      type: string;
    }[]) {
      if (type !== "collection") continue;
      await to.createCollection(name, options);
      const indexes = (await database.collection(name).indexes()).filter(
        ({ name: index }) => index !== "_id_",
      );
      if (indexes.length > 0)
        await to.collection(name).createIndexes(indexes.map(({ v: _, ...index }) => index) as never);
      const documents = await database.collection(name).find({}).toArray();
      if (documents.length > 0) await to.collection(name).insertMany(documents);
    }
    return { to, address };
  }

  async function codesIn(address: string): Promise<string[]> {
    const codes: string[] = [];
    const reader = await openMongoReader(address);
    for await (const { code } of checkStore(reader, {
      trustFile,
      readOriginal: reader.readOriginal,
      onProgress: () => undefined,
    }))
      codes.push(code);
    await reader.close();
    return [...new Set(codes)];
  }

  it("as it was copied is whole", async () => {
    const { to, address } = await copied();
    expect(await codesIn(address)).toEqual([]);
    await to.dropDatabase();
    await to.close(true);
  });

  /** By collection and `_id`. */
  type Documents = ReadonlyMap<string, ReadonlyMap<string, { readonly _id: unknown }>>;

  async function documentsOf(): Promise<Documents> {
    const names = (await database.listCollections()).map(({ name }) => name);
    const all = await Promise.all(
      names.map(async (name) => {
        const found = await database.collection(name).find({}).toArray();
        return [name, new Map(found.map((one) => [String(one._id), one]))] as const;
      }),
    );
    return new Map(all);
  }

  /** What was changed, taken away or added since is as it was. */
  async function mend(before: Documents): Promise<void> {
    for (const [name, now] of await documentsOf()) {
      const was = before.get(name) ?? new Map<string, never>();
      for (const [id, one] of now)
        if (!was.has(id)) await database.collection(name).deleteOne({ _id: one._id } as never);
      for (const [id, one] of was)
        if (JSON.stringify(now.get(id)) !== JSON.stringify(one))
          await database.collection(name).replaceOne({ _id: one._id } as never, one, { upsert: true });
    }
  }

  const ofIndexes = IN_MONGODB.filter(([, code]) => code === "index-missing");
  const ofRows = IN_MONGODB.filter((one) => !ofIndexes.includes(one));
  it.each(casesOfLongProof("damages in MongoDB", ofRows, 10))("%s", async (_, code, damage) => {
    const before = await documentsOf();
    try {
      await damage(database as never);
      expect(await codesIn(url)).toContain(code);
    } finally {
      await mend(before);
    }
  });

  it("is whole again after all that was mended", async () => {
    expect(await codesIn(url)).toEqual([]);
  });

  it.each(ofIndexes)("%s", async (_, code, damage) => {
    const { to, address } = await copied();
    await damage(to as never);
    expect(await codesIn(address)).toEqual([code]);
    await to.dropDatabase();
    await to.close(true);
  });

  it("a rule that lets everything in", async () => {
    const { to, address } = await copied();
    await to.db?.command({ collMod: "batches", validator: {} });
    expect(await codesIn(address)).toEqual(["rule-missing"]);
    await to.dropDatabase();
    await to.close(true);
  });
});
