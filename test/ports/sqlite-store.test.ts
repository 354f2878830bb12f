import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { openSqliteStore } from "../../src/adapters/sqlite/store.js";
import type { NewDeposit } from "../../src/notary/ports/deposits.js";
import type { Store } from "../../src/notary/ports/ports.js";
import { StorageFullError } from "../../src/notary/ports/host.js";
import { openDatabase } from "../../src/platform/sqlite.js";
import { MIGRATIONS } from "../../src/adapters/sqlite/schema.js";
import { sqliteDeposits } from "../../src/adapters/sqlite/deposits.js";
import { sqliteAccounts } from "../../src/adapters/sqlite/accounts.js";
import { temporaryFolders } from "../temporary-folder.js";
import { describeJobs } from "./job-suite.js";
import { describeStore } from "./store-suite.js";

const temporaryFolder = temporaryFolders();
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});
const open = async (file: string) => {
  const store = openSqliteStore(file);
  stores.push(store);
  return store;
};

let last = "";
const opening = {
  open: async () => {
    const file = join(temporaryFolder(), "notary.db");
    last = file;
    return { store: await open(file), reopen: () => open(file) };
  },
};

describeStore("SQLite", opening);

describeJobs("SQLite", {
  ...opening,
  waitFor: async (ms) => {
    const database = openDatabase(last, { migrations: MIGRATIONS });
    database.prepare("UPDATE jobs SET due_at_ms = ?").run(Date.now() + ms);
    database.close();
  },
});

describe("SQLite without room", () => {
  it("stores nothing of the group, says so, and goes on when there is room again", async () => {
    const database = openDatabase(join(temporaryFolder(), "notary.db"), { migrations: MIGRATIONS });
    const store = { ...sqliteAccounts(database), ...sqliteDeposits(database) };
    await store.putOrganisation({ id: "bank-a", name: "A" });
    const deposit = (id: string, bytes: number): NewDeposit => ({
      id,
      organisationId: "bank-a",
      statement: new Uint8Array(bytes),
      leafHash: new Uint8Array(32),
      receivedAtMs: 1,
      sealByMs: 2,
    });
    const scope = { ids: [], chainIds: [], idempotencyKeys: [] };
    const pages = database.pragma("page_count", { simple: true }) as number;
    database.pragma(`max_page_count = ${pages + 2}`);
    await expect(store.record(scope, () => [deposit("A", 10), deposit("B", 100_000)])).rejects.toBeInstanceOf(
      StorageFullError,
    );
    expect(await store.findDeposit("A")).toBeUndefined();
    await store.record(scope, () => [deposit("C", 10)]);
    database.pragma(`max_page_count = ${pages + 200}`);
    await store.record(scope, () => [deposit("B", 100_000)]);
    expect(await store.findDeposit("C")).toMatchObject({ seq: 1 });
    expect(await store.findDeposit("B")).toMatchObject({ seq: 2 });
    database.close();
  });
});
