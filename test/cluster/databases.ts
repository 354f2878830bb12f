/** Databases of the test's own on the MongoDB that `npm run test:cluster` has started, or that the environment names. */
import { randomBytes } from "node:crypto";
import { afterEach } from "@jest/globals";
import { type Connection, createConnection } from "mongoose";
import { migrateMongoStore } from "../../src/adapters/mongo/schema/make-store.js";
import { openMongoStore } from "../../src/adapters/mongo/store.js";
import type { Store } from "../../src/notary/ports/ports.js";

export interface TestDatabase {
  readonly url: string;
  /** As an operator would look at it, past the store. */
  readonly connection: Connection;
}

const server = process.env["CUNZHENG_TEST_MONGODB"];

export function databaseUrl(name: string): string {
  if (server === undefined)
    throw new Error("CUNZHENG_TEST_MONGODB names no server: npm run test:cluster starts one");
  // Of several members: no URL as others read them.
  const [members = "", options = ""] = server.split("?");
  return `${members.replace(/\/$/, "")}/${name}?${options}`;
}

interface Hooks {
  readonly made?: (database: TestDatabase) => Promise<void>;
  /** What it throws fails the test. */
  readonly beforeDrop?: (database: TestDatabase) => Promise<void>;
}

/** For a test file: each call makes a database with the store's schema, which is gone after the test. */
export function testDatabases({ made, beforeDrop }: Hooks = {}): () => Promise<TestDatabase> {
  const databases: TestDatabase[] = [];
  afterEach(async () => {
    const failures: unknown[] = [];
    for (const database of databases.splice(0)) {
      await beforeDrop?.(database).catch((error: unknown) => failures.push(error));
      await database.connection.dropDatabase();
      await database.connection.close(true);
    }
    if (failures.length > 0) throw failures[0];
  });
  return async () => {
    const url = databaseUrl(`test-${randomBytes(6).toString("hex")}`);
    await migrateMongoStore(url);
    const database = { url, connection: await createConnection(url).asPromise() };
    databases.push(database);
    await made?.(database);
    return database;
  };
}

/** For a test file: each call opens a store on a database, which is closed after the test. */
export function testStores(): (url: string) => Promise<Store> {
  const stores: Store[] = [];
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });
  return async (url) => {
    const store = await openMongoStore(url);
    stores.push(store);
    return store;
  };
}
