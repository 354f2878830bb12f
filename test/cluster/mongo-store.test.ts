import { describe, expect, it } from "@jest/globals";
import { SCHEMAS } from "../../src/adapters/mongo/schema/collections.js";
import { describeJobs } from "../ports/job-suite.js";
import { describeStore } from "../ports/store-suite.js";
import { type TestDatabase, testDatabases, testStores } from "./databases.js";
import { slowPlans, takenPlans, watchPlans } from "./plans.js";

const looked = new Set<string>();
const newDatabase = testDatabases({
  made: ({ connection }) => watchPlans(connection),
  beforeDrop: async ({ connection }) => {
    const plans = await takenPlans(connection);
    for (const { collection, plan } of plans) if (plan !== undefined) looked.add(collection);
    expect(slowPlans(plans)).toEqual([]);
  },
});
const open = testStores();

let last: TestDatabase | undefined;
const opening = {
  open: async () => {
    last = await newDatabase();
    const { url } = last;
    return { store: await open(url), reopen: () => open(url) };
  },
};

describeStore("MongoDB", opening);

describeJobs("MongoDB", {
  ...opening,
  waitFor: async (ms) => {
    // Found by an index, as every look here must be.
    await last?.connection
      .collection("jobs")
      .updateMany({ _id: { $gt: "" } } as never, { $set: { dueAtMs: Date.now() + ms } });
  },
});

describe("MongoDB's plans", () => {
  const plainDatabase = testDatabases({ made: ({ connection }) => watchPlans(connection) });

  it("were looked at for every collection in the tests above, and none of them read a collection whole or sorted it", () => {
    // Those of the originals have their own tests, which look as well.
    const names = Object.keys(SCHEMAS).filter((name) => !/original/i.test(name));
    expect([...looked]).toEqual(expect.arrayContaining(names));
  });

  it("show a look without an index, and one that sorts", async () => {
    const { connection } = await plainDatabase();
    const collection = connection.collection("deposits");
    await collection.insertMany([
      { _id: 1, step: 1, lastSeq: 1, token: "a" },
      { _id: 2, step: 2, lastSeq: 2, token: "b" },
    ] as never);
    await collection.findOne({ token: "a" });
    await collection
      .find({ step: { $gt: 0 } })
      .sort({ token: 1 })
      .toArray();
    await collection.updateOne({ token: "a" }, { $set: { token: "c" } });
    expect(slowPlans(await takenPlans(connection))).toHaveLength(3);
  });
});
