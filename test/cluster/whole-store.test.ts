/**
 * Every kind of row through both databases, with a value in every column and field that there is: a table, a column, a collection
 * or a field more, of which a move knows nothing, fails here. And who had a store open that was left writes nothing to it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import Database from "better-sqlite3";
import { KEPT } from "../../src/adapters/mongo/whole/documents.js";
import { openMongoPlace, openMongoReader } from "../../src/adapters/mongo/whole/whole-store.js";
import { SCHEMAS } from "../../src/adapters/mongo/schema/collections.js";
import { openSqliteWhole } from "../../src/adapters/sqlite/whole/whole-store.js";
import { LEFT_OUT } from "../../src/adapters/sqlite/standing.js";
import { TABLES } from "../../src/adapters/sqlite/whole/tables.js";
import { openSqliteStore } from "../../src/adapters/sqlite/store.js";
import type { Store } from "../../src/notary/ports/ports.js";
import {
  ROW_KINDS,
  type RowKind,
  type StoreReader,
  type StoreRows,
} from "../../src/notary/ports/whole/rows.js";
import { HERE, type Standing } from "../../src/notary/ports/whole/standing.js";
import { compareRows, copyRows } from "../../src/programs/moving/copy-rows.js";
import { openPlace } from "../../src/programs/moving/places.js";
import { cunzheng } from "../programs/backup/commands.js";
import { testDatabases, testStores } from "./databases.js";

const folder = mkdtempSync(join(tmpdir(), "cunzheng-whole-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const newDatabase = testDatabases();
const open = testStores();

const bytes = (value: number, length = 32) => new Uint8Array(length).fill(value);

/** Two of each at the least, where there can be two. */
const ROWS: { readonly [Kind in RowKind]: readonly StoreRows[Kind][] } = {
  organisations: [
    { id: "bank-a", name: "Example Bank A", creditCode: "91" },
    { id: "bank-b", name: "示例银行" },
  ],
  apiKeys: [
    {
      id: "k1",
      organisationId: "bank-a",
      role: "depositor",
      secretHash: bytes(1),
      createdAtMs: 1,
      revokedAtMs: 2,
    },
    { id: "k2", organisationId: "bank-b", role: "depositor", secretHash: bytes(2), createdAtMs: 3 },
  ],
  deposits: [
    {
      ...{ seq: 1, id: "D1", organisationId: "bank-a", leafHash: bytes(3), receivedAtMs: 10, sealByMs: 20 },
      ...{ chain: { id: "C1", sequence: 1 }, original: bytes(4), statement: bytes(5, 100) },
      idempotencyKey: { organisationId: "bank-a", key: '键"1', fingerprint: bytes(6) },
    },
    {
      seq: 2,
      id: "D2",
      organisationId: "bank-b",
      leafHash: bytes(7),
      receivedAtMs: 11,
      sealByMs: 21,
      statement: bytes(8, 3),
    },
  ],
  chains: [
    {
      chainId: "C1",
      shown: { organisationId: "bank-a", sequence: 7, leafHash: bytes(9), shownAtMs: 30 },
      isHeld: true,
      isForked: false,
    },
    { chainId: "C2", isHeld: false, isForked: true },
    { chainId: "C3", isHeld: true, isForked: true },
  ],
  batches: [
    {
      firstSeq: 1,
      lastSeq: 2,
      id: "B1",
      sealedAtMs: 40,
      depositorIds: ["bank-a", "bank-b"],
      entry: bytes(10, 50),
    },
  ],
  entries: [
    { index: 0, content: new TextEncoder().encode('{"type":"cunzheng/consortium@v1"}') },
    { index: 1, content: bytes(10, 50), batchFirstSeq: 1 },
  ],
  tiles: [
    { level: 0, index: 0, hashes: bytes(11, 64) },
    { level: 1, index: 0, hashes: bytes(12, 32) },
  ],
  checkpoints: [
    { treeSize: 0, rootHash: bytes(13), lastSeq: 0, sealedAtMs: 0, note: "a\n" },
    { treeSize: 2, rootHash: bytes(14), lastSeq: 2, sealedAtMs: 40, note: "b\n" },
  ],
  shown: [{ treeSize: 2 }],
  // Stored later, and named earlier: the order is that of storing.
  cosignatures: [
    { treeSize: 2, place: 0, name: "w2", keyId: 9, timeSeconds: 5, storedAtMs: 50, line: "— w2 x" },
    { treeSize: 2, place: 1, name: "w1", keyId: 4294967295, timeSeconds: 6, storedAtMs: 51, line: "— w1 x" },
  ],
  finalities: [
    { depositorClass: "", treeSize: 2, finalAtMs: 60 },
    { depositorClass: "bank-a", treeSize: 2, finalAtMs: 61 },
  ],
  deferred: [
    { depositorClass: "", ledgerIndex: 1, sealedAtMs: 40 },
    { depositorClass: "bank-a", ledgerIndex: 1, sealedAtMs: 40, final: { treeSize: 2, finalAtMs: 62 } },
  ],
  timestamps: [
    { treeSize: 2, place: 0, authority: "z", token: bytes(15, 9), genTimeMs: 70, storedAtMs: 71 },
    { treeSize: 2, place: 1, authority: "a", token: bytes(16, 9), genTimeMs: 72, storedAtMs: 73 },
  ],
  timestampAuthorities: [
    { name: "a", fromTreeSize: 0 },
    { name: "z", fromTreeSize: 2 },
  ],
  artifacts: [
    { sha256: bytes(17), content: bytes(18, 5000) },
    { sha256: bytes(19), content: bytes(20, 1) },
  ],
  certificates: [1, 2, 3].map((issue) => ({
    ...{
      depositId: "D1",
      language: "zh" as const,
      issue,
      issuedAtMs: 80,
      template: bytes(17),
      consortium: bytes(19),
    },
    ...{
      verifyUrl: "https://example.test/",
      evidence: { treeSize: 2, cosignatures: 2, timestamps: 1 },
      tokensStored: 2,
    },
    ...{ signature: bytes(21, 10), ...(issue === 2 && { awaiting: 5 }) },
    ...(issue === 3 && { issuer: { name: "Example Notary" } }),
  })) as unknown as StoreRows["certificates"][],
};

const source = (): Pick<StoreReader, "rows" | "count"> => ({
  rows: async function* (kind) {
    yield* ROWS[kind];
  },
  count: async (kind) => ROWS[kind].length,
});
const silent = () => undefined;

describe("every kind of row", () => {
  it("is known of every table and collection, or is declared to belong to its own store", () => {
    const file = join(folder, "tables.db");
    openSqliteStore(file).close();
    const database = new Database(file, { readonly: true });
    const tables = database
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .pluck()
      .all();
    database.close();
    const known = [...LEFT_OUT, ...Object.values(TABLES).flatMap((table) => table.tables)];
    expect(tables.sort()).toEqual(known.sort());
    // Originals are copied as contents; counters, but for what was shown, are found anew.
    const own = [
      "leases",
      "standing",
      "jobs",
      "counters",
      "keptOriginals",
      "originalMarks",
      "originalOwners",
    ];
    const kept = Object.values(KEPT).map(({ collection }) => collection);
    expect(Object.keys(SCHEMAS).sort()).toEqual([...new Set([...kept, ...own])].sort());
    expect([...ROW_KINDS].sort()).toEqual(Object.keys(TABLES).sort());
  });

  it("comes through SQLite and MongoDB as it was, with every column and field that there is", async () => {
    const [first, second] = [
      openSqliteWhole(join(folder, "first.db")),
      openSqliteWhole(join(folder, "second.db")),
    ];
    const { url, connection } = await newDatabase();
    const place = await openMongoPlace(url);
    const mongo = await place.open();
    await copyRows(source() as StoreReader, first, silent);
    await copyRows(first, mongo, silent);
    await copyRows(mongo, second, silent);
    expect(await compareRows(source() as StoreReader, second, silent)).toBe(
      Object.values(ROWS).reduce((sum, rows) => sum + rows.length, 0),
    );
    // Again writes nothing.
    expect(await copyRows(first, mongo, silent)).toMatchObject({ written: 0 });
    for (const store of [first, second])
      for await (const { what } of store.flaws()) expect(what).toBe("none");
    const database = new Database(join(folder, "second.db"), { readonly: true });
    for (const { tables } of Object.values(TABLES))
      for (const table of tables)
        for (const { name } of database.pragma(`table_info(${table})`) as { name: string }[])
          expect([
            table,
            name,
            database.prepare(`SELECT count(*) FROM ${table} WHERE ${name} IS NOT NULL`).pluck().get(),
          ]).not.toEqual([table, name, 0]);
    database.close();
    for (const name of new Set(Object.values(KEPT).map(({ collection }) => collection)))
      for (const path of Object.keys(SCHEMAS[name].paths)) {
        // A certificate that waits is another than one that says who has issued it; a word is no group.
        const found = await connection.collection(name).countDocuments({ [path]: { $exists: true } });
        expect([name, path, found > 0]).toEqual([name, path, true]);
      }
    for await (const { what } of mongo.flaws()) expect(what).toBe("none");
    await Promise.all([first.close(), second.close(), place.close()]);
  });

  it("of another content, or more of them, is no copy", async () => {
    const store = openSqliteWhole(join(folder, "other.db"));
    await copyRows(source() as StoreReader, store, silent);
    for (const kind of ROW_KINDS) {
      const rows = ROWS[kind] as readonly object[];
      const changes: readonly (readonly object[])[] = [
        rows.slice(0, -1),
        [...rows.slice(0, -1), ...rows.slice(-1).map((row) => ({ ...row, more: 1 }))],
      ];
      for (const changed of changes) {
        const other = {
          ...source(),
          rows: async function* (one: RowKind) {
            yield* (one === kind ? changed : ROWS[one]) as readonly object[];
          },
        } as unknown as StoreReader;
        await expect(copyRows(other, store, silent)).rejects.toThrow(kind);
      }
    }
    await store.close();
  });

  it("of certificates keeps its order of waiting when the store is whole, and the next comes after it", async () => {
    const file = join(folder, "numbers.db");
    const store = openSqliteWhole(file);
    const arriving: Standing = { kind: "arriving", migration: "m", elsewhere: "x", history: [] };
    await store.swapStanding(HERE, arriving);
    await copyRows(source() as StoreReader, store, silent);
    await store.swapStanding(arriving, { kind: "here", history: ["m"] });
    await store.close();
    const opened = openSqliteStore(file);
    const [one] = await opened.certificatesAwaitingTimestamp({ limit: 10 });
    expect(one).toMatchObject({ issue: 2 });
    const { depositId, language, issue } = one as NonNullable<typeof one>;
    const whole = await opened.findCertificate(depositId, language, issue);
    await opened.insertCertificate({ ...(whole as NonNullable<typeof whole>), issue: 4 });
    const waiting = await opened.certificatesAwaitingTimestamp({ limit: 10 });
    expect(waiting.map((each) => each.issue)).toEqual([2, 4]);
    await opened.close();
  });
});

const MOVED: Standing = { kind: "moved", migration: "0123456789abcdef", elsewhere: "elsewhere", history: [] };

/** Each way in which a process writes to a store of `ROWS`. */
const WRITES: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  record: (store) =>
    store.record({ ids: [], chainIds: [], idempotencyKeys: [] }, () => [
      {
        id: "D3",
        organisationId: "bank-a",
        statement: bytes(1),
        leafHash: bytes(2),
        receivedAtMs: 1,
        sealByMs: 2,
      },
    ]),
  resumeChain: (store) =>
    store.resumeChain({ chainId: "C9" }, () => ({
      ...{ chainId: "C9", organisationId: "bank-a", sequence: 4, leafHash: bytes(1), shownAtMs: 5 },
    })),
  sealBatch: (store) =>
    store.sealBatch({
      firstSeq: 3,
      lastSeq: 3,
      id: "B2",
      sealedAtMs: 1,
      depositorIds: ["bank-a"],
      entry: bytes(1),
    }),
  advanceLedger: (store) =>
    store.advanceLedger({
      previous: { treeSize: 2, rootHash: bytes(14) },
      checkpoint: { treeSize: 3, rootHash: bytes(1), lastSeq: 2, sealedAtMs: 1, note: "c\n" },
      entries: [{ content: bytes(1) }],
      tiles: [{ level: 0, index: 0, hashes: bytes(11, 96) }],
    }),
  cosign: (store) =>
    store.cosign({ treeSize: 2, depositorClasses: [] }, () => ({
      add: [{ name: "w3", keyId: 1, timeSeconds: 1, storedAtMs: 1, line: "x" }],
      met: [],
    })),
  addTimestamp: (store) =>
    store.addTimestamp(2, { authority: "new", token: bytes(1), genTimeMs: 1, storedAtMs: 1 }),
  beginTimestamps: (store) => store.beginTimestamps("new", 1),
  insertCertificate: async (store) =>
    store.insertCertificate({
      ...((await store.findCertificate("D1", "zh", 1)) as NonNullable<
        Awaited<ReturnType<Store["findCertificate"]>>
      >),
      ...{ issue: 4, awaitsTimestamp: true },
    }),
  stampCertificate: (store) =>
    store.stampCertificate({ depositId: "D1", language: "zh", issue: 2 }, bytes(1)),
  keepArtifact: (store) => store.keepArtifact(bytes(77), bytes(1)),
  putOrganisation: (store) => store.putOrganisation({ id: "bank-c", name: "c" }),
  insertApiKey: (store) =>
    store.insertApiKey({
      id: "k9",
      organisationId: "bank-a",
      role: "depositor",
      secretHash: bytes(1),
      createdAtMs: 1,
    }),
  revokeApiKey: (store) => store.revokeApiKey("k2", 1),
  showCheckpoint: (store) => store.showCheckpoint(2),
};

describe.each(["SQLite", "MongoDB"])("a store in %s that was left", (kind) => {
  async function openedBefore() {
    if (kind === "SQLite") {
      const file = join(folder, `left-${Math.random()}.db`);
      const whole = openSqliteWhole(file);
      await copyRows(source() as StoreReader, whole, silent);
      // What a greater one was shown before.
      const store = openSqliteStore(file);
      return {
        store,
        whole,
        again: async () => openSqliteStore(file),
        close: () => Promise.all([store.close(), whole.close()]),
      };
    }
    const { url, connection } = await newDatabase();
    const place = await openMongoPlace(url);
    const whole = await place.open();
    await copyRows(source() as StoreReader, whole, silent);
    return { store: await open(url), whole, again: () => open(url), connection, close: () => place.close() };
  }

  it("takes no write of who had it open, is opened by nobody, and opens again where the move is given up", async () => {
    const { store, whole, again, close } = await openedBefore();
    expect(await whole.swapStanding(MOVED, HERE)).toBe(false);
    expect(await whole.swapStanding(HERE, MOVED)).toBe(true);
    for (const [name, write] of Object.entries(WRITES))
      if (name !== "showCheckpoint" || kind === "SQLite")
        await expect(write(store).then(() => name)).rejects.toThrow(/store/);
    await expect(again()).rejects.toThrow("was moved to elsewhere");
    await compareRows(source() as StoreReader, whole, silent);
    for await (const { what } of whole.flaws()) expect(what).toBe("none");
    expect(await whole.swapStanding(MOVED, HERE)).toBe(true);
    for (const write of Object.values(WRITES)) await write(store);
    await (await again()).findDeposit("D3");
    await close();
  });
});

it("a store in MongoDB is not left while somebody leads on it, and is once he is gone", async () => {
  const { url } = await newDatabase();
  const store = await open(url);
  let beat = 1;
  const leads = (next: number) =>
    store.swapLease("worker", next === 1 ? undefined : { holder: "h", beat: next - 1, address: "a" }, {
      ...{ holder: "h", beat: next, address: "a" },
    });
  await leads(beat);
  const place = await openPlace({ kind: "mongodb", name: "the-database", url });
  const beating = setInterval(() => void leads((beat += 1)), 300);
  await expect(place.refuseBusy()).rejects.toThrow("a notary runs on the-database");
  clearInterval(beating);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await place.refuseBusy();
  await place.close();
}, 30_000);

it("the collections, indexes and rules of a store in MongoDB are made by the command, and made again where they are gone", async () => {
  const { url, connection } = await newDatabase();
  await connection.dropDatabase();
  const make = () => cunzheng("migrate", "--to", url);
  expect(await make()).toMatchObject({ exitCode: 0, text: expect.stringContaining("has the collections") });
  await connection.collection("batches").dropIndexes();
  await connection.db?.command({ collMod: "batches", validator: {} });
  const flaws = async () => {
    const reader = await openMongoReader(url);
    const codes: string[] = [];
    for await (const { code } of reader.flaws()) codes.push(code);
    await reader.close();
    return codes;
  };
  expect(await flaws()).toEqual(["index-missing", "rule-missing"]);
  expect(await make()).toMatchObject({ exitCode: 0 });
  expect(await flaws()).toEqual([]);
  const place = await openMongoPlace(url);
  await place.swapStanding(HERE, MOVED);
  await place.close();
  expect(await make()).toMatchObject({
    exitCode: 1,
    text: expect.stringContaining("was moved to elsewhere"),
  });
}, 60_000);

it("a transaction that began before a store was left ends without effect", async () => {
  const { url, connection } = await newDatabase();
  const place = await openMongoPlace(url);
  const whole = await place.open();
  await copyRows(source() as StoreReader, whole, silent);
  const session = await connection.startSession();
  session.startTransaction({ readConcern: { level: "snapshot" } });
  await connection.collection("checkpoints").findOne({}, { session });
  await whole.swapStanding(HERE, MOVED);
  const row = {
    _id: 3,
    previous: 2,
    rootHash: Buffer.from(bytes(1)),
    lastSeq: 2,
    sealedAtMs: 1,
    note: "c\n",
  };
  await expect(
    connection
      .collection("checkpoints")
      .insertOne(row as never, { session })
      .then(() => session.commitTransaction()),
  ).rejects.toThrow();
  await session.endSession();
  await compareRows(source() as StoreReader, whole, silent);
  await place.close();
});
