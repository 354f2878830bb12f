import { afterEach, describe, expect, it } from "@jest/globals";
import { openMongoOriginals } from "../../src/adapters/mongo/originals/originals.js";
import { utf8 } from "../../src/core/bytes.js";
import { describeOriginals, named, sha256, unnamed } from "../ports/originals-suite.js";
import { testDatabases } from "./databases.js";
import { slowPlans, takenPlans, watchPlans } from "./plans.js";

const newDatabase = testDatabases({
  made: ({ connection }) => watchPlans(connection),
  beforeDrop: async ({ connection }) => {
    // GridFS asks before its first upload whether there is any file at all, and takes the first one that it meets.
    const plans = (await takenPlans(connection)).filter(
      ({ collection, command }) => collection !== "originals.files" || !command.includes('"filter":{}'),
    );
    expect(slowPlans(plans)).toEqual([]);
  },
});
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function opened() {
  const { url, connection } = await newDatabase();
  const open = async () => {
    const originals = await openMongoOriginals(url);
    closers.push(() => originals.close());
    return originals;
  };
  const count = (name: string) => connection.collection(name).countDocuments({ _id: { $exists: true } });
  return {
    ...{ connection, originals: await open(), beside: open, count },
    staged: () => count("originalMarks"),
  };
}

describeOriginals("GridFS", opened);

describe("originals in GridFS", () => {
  it("are one file for one content, and leave nothing when they are forgotten", async () => {
    const { originals, beside, count } = await opened();
    const other = await beside();
    const writers = [await originals.stage(), await other.stage(), await originals.stage()];
    for (const writer of writers) {
      await writer.write(utf8("same"));
      await writer.keep(sha256("same"));
    }
    for (const writer of writers) await writer.end(named);
    expect(await count("originals.files")).toBe(1);
    expect(await count("originals.chunks")).toBe(1);
    const last = await other.stage();
    await last.write(utf8("same"));
    await last.keep(sha256("same"));
    await last.end(unnamed);
    for (const name of ["originals.files", "originals.chunks", "keptOriginals", "originalMarks"])
      expect([name, await count(name)]).toEqual([name, 0]);
  });

  it("of a process that was taken for dead are swept, and it keeps nothing of them when it goes on", async () => {
    const { connection, originals, beside, count, staged } = await opened();
    const writer = await originals.stage();
    await writer.write(utf8("late"));
    const sweeping = await beside();
    expect(await sweeping.sweep(unnamed)).toBe(0);
    // By the database's clock: nothing has been heard of the first process for an hour.
    const owners = connection.collection<{ _id: string }>("originalOwners");
    const [mark] = await connection
      .collection("originalMarks")
      .find({ _id: { $exists: true } })
      .toArray();
    await owners.updateOne({ _id: mark?.["owner"] }, [
      { $set: { seenAt: { $subtract: ["$$NOW", 3_600_000] } } },
    ]);
    expect(await sweeping.sweep(unnamed)).toBe(1);
    await expect(writer.keep(sha256("late"))).rejects.toThrow("taken for dead");
    await writer.end(named);
    expect(await originals.open(sha256("late"))).toBeUndefined();
    expect(await staged()).toBe(0);
    expect(await count("keptOriginals")).toBe(0);
  });
});
