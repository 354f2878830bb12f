/**
 * The store and the originals of a test's data folder: SQLite and files, or, where the environment names a MongoDB
 * (`npm run test:cluster`), a database of the folder's own.
 */
import { join } from "node:path";
import { openOriginals } from "../../src/adapters/originals/originals.js";
import { openSqliteStore } from "../../src/adapters/sqlite/store.js";
import type { Store } from "../../src/notary/ports/ports.js";
import type { OriginalsOfProcess } from "../ports/originals-suite.js";

export const isOnMongo = process.env["CUNZHENG_TEST_MONGODB"] !== undefined;
/** Loaded where it is wanted: every other test would wait for it. */
export const folderDatabase = () => import("../cluster/folder-database.js");

export async function openStore(
  folder: string,
): Promise<{ readonly store: Store; readonly originals: OriginalsOfProcess }> {
  if (isOnMongo) return (await folderDatabase()).openIn(folder);
  return {
    store: openSqliteStore(join(folder, "notary.db")),
    originals: await openOriginals(join(folder, "originals"), join(folder, "processes")),
  };
}

/** Of a folder that is gone after the test. */
export async function dropStore(folder: string): Promise<void> {
  if (isOnMongo) await (await folderDatabase()).dropOf(folder);
}
