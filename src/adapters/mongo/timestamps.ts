/** Timestamp tokens in MongoDB: one of each authority for a checkpoint, in the order in which they came. */
import type { StoredTimestamp, TimestampStore } from "../../notary/ports/timestamps.js";
import { blob, bytesOf } from "./schema/documents.js";
import type { Collections } from "./schema/collections.js";
import type { FinalityRow, TimestampAuthorityRow, TimestampRow } from "./schema/finality.js";
import { isDuplicate, refuseMissing, storing, untilFree } from "./server/storing.js";

export function mongoTimestamps(collections: Collections): TimestampStore {
  const { checkpoints, finalities, timestamps, timestampAuthorities } = collections;
  const list = (treeSize: number) => timestamps.find({ treeSize }).sort({ place: 1 }).lean<TimestampRow[]>();

  return {
    beginTimestamps: (authority, fromTreeSize) =>
      storing(async () => {
        await timestampAuthorities.updateOne(
          { _id: authority },
          { $setOnInsert: { fromTreeSize } },
          { upsert: true },
        );
        const begun = await timestampAuthorities.findById(authority).lean<TimestampAuthorityRow>();
        return begun?.fromTreeSize ?? fromTreeSize;
      }),
    addTimestamp: (treeSize, { authority, genTimeMs, storedAtMs, token }) =>
      untilFree(async () => {
        refuseMissing("checkpoint", await checkpoints.exists({ _id: treeSize }));
        const there = await list(treeSize);
        if (there.some((row) => row.authority === authority)) return { result: undefined };
        const row: TimestampRow = {
          ...{ treeSize, place: there.length, authority, token: blob(token), genTimeMs, storedAtMs },
        };
        try {
          await timestamps.collection.insertOne(row as never);
          return { result: undefined };
        } catch (error) {
          if (isDuplicate(error)) return undefined;
          throw error;
        }
      }),
    timestamps: async (treeSize) => (await list(treeSize)).map(timestampOf),
    unstamped: async ({ authority, from, to, limit }) => {
      const found = new Set<number>();
      // By pages: sizes that have their token are passed over, and may be many.
      for (let next = from; next < to && found.size < limit;) {
        const rows = await finalities
          .find({ treeSize: { $gte: next, $lt: to } }, { treeSize: 1 })
          .sort({ treeSize: 1 })
          .limit(PAGE)
          .lean<FinalityRow[]>();
        const last = rows.at(-1)?.treeSize;
        if (last === undefined) break;
        const sizes = [...new Set(rows.map(({ treeSize }) => treeSize))];
        const stamped = await timestamps
          .find({ authority, treeSize: { $in: sizes } }, { treeSize: 1 })
          .lean<TimestampRow[]>();
        const have = new Set(stamped.map(({ treeSize }) => treeSize));
        for (const size of sizes) if (!have.has(size) && found.size < limit) found.add(size);
        next = last + 1;
      }
      return [...found];
    },
  };
}

const PAGE = 1000;

const timestampOf = (row: TimestampRow): StoredTimestamp => ({
  authority: row.authority,
  token: bytesOf(row.token),
  genTimeMs: row.genTimeMs,
  storedAtMs: row.storedAtMs,
});
