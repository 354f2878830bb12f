import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { openDatabase } from "../../src/platform/sqlite.js";
import { temporaryFolders } from "../temporary-folder.js";

const folder = temporaryFolders();
const CREATE = "CREATE TABLE animal (name TEXT NOT NULL) STRICT";

describe("openDatabase", () => {
  it("opens a file that syncs at every commit", () => {
    const database = openDatabase(join(folder(), "a.db"), { migrations: [] });
    expect(database.pragma("journal_mode", { simple: true })).toBe("wal");
    expect(database.pragma("synchronous", { simple: true })).toBe(2);
    expect(database.pragma("foreign_keys", { simple: true })).toBe(1);
    database.close();
  });

  it("runs each migration once, the new ones on an old file", () => {
    const file = join(folder(), "a.db");
    openDatabase(file, { migrations: [CREATE] }).close();
    const grown = [CREATE, "ALTER TABLE animal ADD COLUMN legs INTEGER"];
    openDatabase(file, { migrations: grown }).close();
    const database = openDatabase(file, { migrations: grown });
    database.prepare("INSERT INTO animal VALUES ('ant', 6)").run();
    expect(database.pragma("user_version", { simple: true })).toBe(2);
    database.close();
  });

  it("undoes a migration that fails half way, and tries it again at the next start", () => {
    const file = join(folder(), "a.db");
    expect(() => openDatabase(file, { migrations: [`${CREATE}; INSERT INTO missing VALUES (1)`] })).toThrow(
      "no such table",
    );
    const database = openDatabase(file, { migrations: [CREATE] });
    expect(database.pragma("user_version", { simple: true })).toBe(1);
    database.close();
  });

  it("refuses a file of a newer program", () => {
    const file = join(folder(), "a.db");
    openDatabase(file, { migrations: [CREATE] }).close();
    expect(() => openDatabase(file, { migrations: [] })).toThrow("written by a newer program (schema 1");
  });

  it("refuses a file that is no database", () => {
    expect(() => openDatabase(folder(), { migrations: [] })).toThrow();
  });

  it("reads beside a writer where nothing may be written, and makes and migrates nothing", () => {
    const file = join(folder(), "a.db");
    const readOnly = { migrations: [CREATE], isReadOnly: true };
    expect(() => openDatabase(file, readOnly)).toThrow("unable to open database file");
    const writer = openDatabase(file, { migrations: [CREATE] });
    const reader = openDatabase(file, readOnly);
    writer.prepare("INSERT INTO animal VALUES ('bee')").run();
    expect(reader.prepare("SELECT name FROM animal").pluck().all()).toEqual(["bee"]);
    expect(() => reader.prepare("DELETE FROM animal").run()).toThrow("readonly database");
    reader.close();
    writer.close();
    // The same where no writer is left.
    const alone = openDatabase(file, readOnly);
    expect(alone.prepare("SELECT name FROM animal").pluck().all()).toEqual(["bee"]);
    alone.close();
    for (const migrations of [[], [CREATE, "CREATE TABLE plant (name TEXT) STRICT"]])
      expect(() => openDatabase(file, { migrations, isReadOnly: true })).toThrow("schema 1, this one knows");
  });
});
