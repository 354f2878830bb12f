/** A database for a test's data folder, so that the same folder finds the same data when it is opened again. */
import { createHash } from "node:crypto";
import { type Connection, createConnection } from "mongoose";
import { migrateMongoStore } from "../../src/adapters/mongo/schema/make-store.js";
import { openMongoOriginals } from "../../src/adapters/mongo/originals/originals.js";
import { openMongoStore } from "../../src/adapters/mongo/store.js";
import { databaseUrl } from "./databases.js";

const urlOf = (folder: string): string =>
  databaseUrl(`test-${createHash("sha256").update(folder).digest("hex").slice(0, 12)}`);

/** Resolves with the address of the folder's database, which has the store's schema. */
export async function makeOf(folder: string): Promise<string> {
  const url = urlOf(folder);
  await migrateMongoStore(url);
  return url;
}

export async function openIn(folder: string) {
  const url = await makeOf(folder);
  return { store: await openMongoStore(url), originals: await openMongoOriginals(url) };
}

export const dropOf = (folder: string): Promise<void> =>
  withConnection(folder, async (connection) => {
    await connection.dropDatabase();
  });

/** How much there is of what a request could leave behind, under the names of SQLite's tables. */
export const tracesOf = (folder: string): Promise<object> =>
  withConnection(folder, async (connection) => {
    const steps = await connection
      .collection<{ deposits?: readonly unknown[]; keys?: readonly unknown[] }>("deposits")
      .find()
      .toArray();
    const count = (name: string) => connection.collection(name).countDocuments();
    return {
      deposits: steps.flatMap(({ deposits = [] }) => deposits).length,
      idempotency_keys: steps.flatMap(({ keys = [] }) => keys).length,
      api_keys: await count("apiKeys"),
      organisations: await count("organisations"),
      files: (await count("originals.files")) + (await count("originalMarks")),
    };
  });

async function withConnection<T>(folder: string, look: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await createConnection(urlOf(folder)).asPromise();
  try {
    return await look(connection);
  } finally {
    await connection.close(true);
  }
}
