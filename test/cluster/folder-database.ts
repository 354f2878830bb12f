/** A database for a test's data folder, so that the same folder finds the same data when it is opened again. */
import { createHash } from "node:crypto";
import { createConnection } from "mongoose";
import { migrateMongoStore } from "../../src/adapters/mongo/connection.js";
import { openMongoOriginals } from "../../src/adapters/mongo/originals/originals.js";
import { openMongoStore } from "../../src/adapters/mongo/store.js";
import { databaseUrl } from "./databases.js";

const urlOf = (folder: string): string =>
  databaseUrl(`test-${createHash("sha256").update(folder).digest("hex").slice(0, 12)}`);

export async function openIn(folder: string) {
  const url = urlOf(folder);
  await migrateMongoStore(url);
  return { store: await openMongoStore(url), originals: await openMongoOriginals(url) };
}

export async function dropOf(folder: string): Promise<void> {
  const connection = await createConnection(urlOf(folder)).asPromise();
  await connection.dropDatabase();
  await connection.close(true);
}
