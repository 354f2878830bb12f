/** What the store demands of the database, and the database of whoever writes to it. */
import { describe, expect, it } from "@jest/globals";
import { migrateMongoStore } from "../../src/adapters/mongo/schema/make-store.js";
import { openMongoStore } from "../../src/adapters/mongo/store.js";
import { testDatabases, testStores } from "./databases.js";

const newDatabase = testDatabases();
const open = testStores();

describe("the schema of the database", () => {
  it("is made by two programs at one time, and again, without harm", async () => {
    const { url, connection } = await newDatabase();
    await connection.dropDatabase();
    await Promise.all([migrateMongoStore(url), migrateMongoStore(url)]);
    await migrateMongoStore(url);
    await expect(open(url)).resolves.toBeDefined();
    const indexes = await connection.collection("deposits").indexes();
    expect(indexes.filter(({ unique }) => unique === true).map(({ key }) => Object.keys(key)[0])).toEqual(
      expect.arrayContaining(["step", "deposits.id", "links.chainId", "keys.name"]),
    );
  });

  it("is refused where it is missing, and where a newer program has made it", async () => {
    const { url, connection } = await newDatabase();
    const counters = connection.collection<{ _id: string }>("counters");
    await counters.updateOne({ _id: "schema" }, { $set: { value: 99 } });
    await expect(openMongoStore(url)).rejects.toThrow("newer program (schema 99");
    await expect(migrateMongoStore(url)).rejects.toThrow("newer program (schema 99");
    await counters.deleteOne({ _id: "schema" });
    await expect(openMongoStore(url)).rejects.toThrow("must be migrated");
  });

  it("is kept by the database itself: a value of another type is refused", async () => {
    const { connection } = await newDatabase();
    const whole = { depositorClass: "", treeSize: 1, finalAtMs: 5 };
    const finalities = connection.collection("finalities");
    await expect(finalities.insertOne({ ...whole })).resolves.toBeDefined();
    await expect(finalities.insertOne({ ...whole, treeSize: "2" })).rejects.toThrow("validation");
    await expect(finalities.insertOne({ depositorClass: "a", treeSize: 1 })).rejects.toThrow("validation");
  });
});

describe("an address", () => {
  it.each(["w=1", "W=0", "journal=false", "readConcernLevel=local", "readPreference=secondaryPreferred"])(
    "that asks for less than is promised is refused: %s",
    async (option) => {
      const { url } = await newDatabase();
      await expect(openMongoStore(`${url}&${option}`)).rejects.toThrow("may not say");
    },
  );
});

it("a database that is away is told of within bounds", async () => {
  const since = performance.now();
  // Nothing listens at this port.
  await expect(openMongoStore("mongodb://127.0.0.1:1/notary")).rejects.toThrow("ECONNREFUSED");
  expect(performance.now() - since).toBeLessThan(20_000);
});

it("a chain that a restored backup holds takes nothing until its last link is shown", async () => {
  const { url, connection } = await newDatabase();
  const store = await open(url);
  await store.putOrganisation({ id: "bank-a", name: "Example Bank A" });
  await store.record({ ids: [], chainIds: [], idempotencyKeys: [] }, () => [
    {
      ...{ id: "D1", organisationId: "bank-a", statement: new Uint8Array(3), leafHash: new Uint8Array(32) },
      ...{ receivedAtMs: 1, sealByMs: 2, chain: { id: "CH", sequence: 1 } },
    },
  ]);
  await connection.collection<{ _id: number }>("deposits").insertOne({
    ...{ _id: -2, step: 2, lastSeq: 1, token: "held" },
    word: { chainId: "CH", kind: "held" },
  } as never);
  expect(await store.chainHead("CH")).toMatchObject({ sequence: 1, isHeld: true });
  await store.resumeChain({ chainId: "CH" }, (head) => ({
    ...{ chainId: "CH", organisationId: "bank-a", sequence: 4, shownAtMs: 5 },
    leafHash: head?.leafHash ?? new Uint8Array(32),
  }));
  const { isHeld, ...head } = (await store.chainHead("CH")) ?? {};
  expect(isHeld).toBeUndefined();
  expect(head).toMatchObject({ sequence: 4, resumedAt: 4 });
});
