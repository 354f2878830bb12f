/** Leases in MongoDB: each change of a document is a compare-and-swap, so that whoever was stopped meanwhile changes nothing. */
import type { LeaseStore } from "../../notary/ports/work.js";
import type { Collections } from "./schema/collections.js";
import type { LeaseRow } from "./schema/single.js";
import { isDuplicate, storing } from "./server/storing.js";

export function mongoLeases({ leases }: Collections): LeaseStore {
  return {
    findLease: async (name) => {
      const row = await leases.findById(name).lean<LeaseRow>();
      return row ? { holder: row.holder, beat: row.beat, address: row.address } : undefined;
    },
    swapLease: (name, previous, { holder, beat, address }) =>
      storing(async () => {
        const next = { holder, beat, address };
        if (previous !== undefined) {
          const expected = { _id: name, holder: previous.holder, beat: previous.beat };
          return (await leases.updateOne(expected, { $set: next })).matchedCount === 1;
        }
        try {
          await leases.collection.insertOne({ _id: name as never, ...next });
          return true;
        } catch (error) {
          if (isDuplicate(error)) return false;
          throw error;
        }
      }),
    endLease: (name, holder) =>
      storing(async () => {
        await leases.deleteOne({ _id: name, holder });
      }),
  };
}
