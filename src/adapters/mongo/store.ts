/**
 * The store of several machines: a MongoDB replica set. What a method resolved a majority has in its journals; what it reads
 * a majority has. Uniqueness is a unique index's or an `_id`'s, and never what was read before.
 */
import type { Store } from "../../notary/ports/ports.js";
import { mongoAccounts } from "./accounts.js";
import { mongoBatches } from "./batches.js";
import { mongoCertificates } from "./certificates.js";
import { openConnection } from "./server/connection.js";
import { mongoCosignatures } from "./cosignatures.js";
import { mongoDeposits } from "./deposits.js";
import { mongoFreeBytes } from "./server/free-bytes.js";
import { mongoJobs } from "./jobs.js";
import { mongoLeases } from "./leases.js";
import { mongoLedger } from "./ledger.js";
import { collectionsOf } from "./schema/collections.js";
import { refuseOtherSchema } from "./schema/migrate.js";
import { storing } from "./server/storing.js";
import { mongoTimestamps } from "./timestamps.js";
import { refuseStoreElsewhere } from "./schema/standing.js";

/**
 * `url` names the database. Throws where it is away, is no replica set, has another schema, or is no store to go on with:
 * it was moved away, or is not whole.
 */
export async function openMongoStore(url: string): Promise<Store> {
  const connection = await openConnection(url);
  try {
    const collections = collectionsOf(connection);
    await refuseOtherSchema(connection, collections);
    await refuseStoreElsewhere(connection, collections);
    const methods = {
      ...mongoAccounts(collections),
      ...mongoDeposits(connection, collections),
      ...mongoBatches(collections),
      ...mongoLedger(connection, collections),
      ...mongoLeases(collections),
      ...mongoJobs(connection, collections),
      ...mongoCosignatures(connection, collections),
      ...mongoCertificates(collections),
      ...mongoTimestamps(collections),
    };
    return {
      ...allStoring(methods),
      takesManyWriters: true,
      freeBytes: mongoFreeBytes(connection),
      close: () => connection.close(),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** What a method throws is told in the store's own errors, also where it only reads. */
function allStoring<Methods extends object>(methods: Methods): Methods {
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      (...given: readonly unknown[]) =>
        storing(() => (method as (...given: readonly unknown[]) => Promise<unknown>)(...given)),
    ]),
  ) as Methods;
}
