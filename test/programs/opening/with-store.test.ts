/** A command beside a notary opens the store as it is: it makes none, and brings none to another schema. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { MIGRATIONS } from "../../../src/adapters/sqlite/schema.js";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.js";
import { openDatabase } from "../../../src/platform/sqlite.js";
import { withStore } from "../../../src/programs/opening/with-store.js";
import { temporaryFolders } from "../../temporary-folder.js";

const temporaryFolder = temporaryFolders();

function configure(): { readonly dataFolder: string; readonly configFile: string } {
  const dataFolder = temporaryFolder();
  const configFile = join(temporaryFolder(), "notary.json");
  writeFileSync(
    configFile,
    JSON.stringify({ dataFolder, consortium: "consortium.json", publicUrl: "https://notary.example" }),
  );
  return { dataFolder, configFile };
}
const count = (configFile: string) => withStore(configFile, (store) => store.countJobs());

it("makes none where there is none", async () => {
  const { dataFolder, configFile } = configure();
  await expect(count(configFile)).rejects.toThrow(
    `there is no store in ${dataFolder} yet: start the notary once`,
  );
  expect(readdirSync(dataFolder)).toEqual([]);
});

it("leaves one of an earlier version as it is", async () => {
  const { dataFolder, configFile } = configure();
  const file = join(dataFolder, "notary.db");
  const migrations = MIGRATIONS.slice(0, -1);
  openDatabase(file, { migrations }).close();
  await expect(count(configFile)).rejects.toThrow("was written by another version of the program");
  openDatabase(file, { migrations }).close();
});

it("opens one that another process has open, and closes it whatever comes of it", async () => {
  const { dataFolder, configFile } = configure();
  const running = openSqliteStore(join(dataFolder, "notary.db"));
  await running.askForJob({ kind: "example", key: "a" });
  expect(await count(configFile)).toMatchObject([{ kind: "example", waiting: 1 }]);
  await expect(withStore(configFile, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await running.countJobs()).toHaveLength(1);
  await running.close();
  // Whoever closes it last takes the write-ahead log away.
  expect(existsSync(join(dataFolder, "notary.db-wal"))).toBe(false);
});
