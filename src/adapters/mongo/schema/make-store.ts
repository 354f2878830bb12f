/** The collections of a store, made where they are missing: what `cunzheng migrate --to` does alone. */
import { LONG_MS, openConnection } from "../server/connection.js";
import { collectionsOf } from "./collections.js";
import { makeMissing, migrate } from "./migrate.js";
import { mongoStanding, refuseStoreElsewhere } from "./standing.js";

/**
 * Makes or brings up to date the collections and indexes of the store; does nothing where they are so. Throws where the store
 * was moved away, or is not whole.
 */
export async function migrateMongoStore(url: string): Promise<void> {
  const connection = await openConnection(url, LONG_MS);
  try {
    const collections = collectionsOf(connection);
    await refuseStoreElsewhere(connection, collections);
    await migrate(connection);
    // What somebody has taken away, or what was cut off as a store was opened again.
    await makeMissing(connection, collections);
    const { standing, swapStanding } = mongoStanding(connection, collections);
    const now = await standing();
    await swapStanding(now, now);
  } finally {
    await connection.close(true);
  }
}
