/** The collections of a store, made where they are missing: what `cunzheng migrate --to` does alone. */
import { LONG_MS, openConnection } from "../server/connection.js";
import { collectionsOf } from "./collections.js";
import { migrate } from "./migrate.js";
import { refuseStoreElsewhere } from "./standing.js";

/**
 * Makes or brings up to date the collections and indexes of the store; does nothing where they are so. Throws where the store
 * was moved away, or is not whole.
 */
export async function migrateMongoStore(url: string): Promise<void> {
  const connection = await openConnection(url, LONG_MS);
  try {
    await refuseStoreElsewhere(connection, collectionsOf(connection));
    await migrate(connection);
  } finally {
    await connection.close(true);
  }
}
