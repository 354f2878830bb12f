import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "@jest/globals";
import { DataFolderInUseError, lockDataFolder } from "../../src/platform/data-folder.js";
import { temporaryFolders } from "../temporary-folder.js";

const folder = temporaryFolders();
const SHARED = { isShared: true };
const holders: ChildProcess[] = [];
afterEach(() => {
  for (const holder of holders.splice(0)) holder.kill("SIGKILL");
});

/** A second process that does what ours do, by the same library and statement, and then holds on. */
function lockInAnotherProcess(dataFolder: string): ChildProcess {
  const program = `
    process.umask(0o077);
    const Database = require("better-sqlite3");
    const database = new Database(process.argv[1], { timeout: 0 });
    try {
      database.exec("BEGIN EXCLUSIVE");
    } catch (error) {
      console.log(error.code);
      process.exit(1);
    }
    console.log("locked");
    process.stdin.resume();`;
  const holder = spawn(process.execPath, ["-e", program, join(dataFolder, "lock.db")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  holders.push(holder);
  return holder;
}

async function firstLine(process: ChildProcess): Promise<string> {
  const [line] = (await once(process.stdout as Readable, "data")) as [Buffer];
  return line.toString().trim();
}

describe("lockDataFolder", () => {
  it("makes the folder, for its owner alone", () => {
    const made = join(folder(), "data", "witness");
    lockDataFolder(made).release();
    expect(statSync(made).mode & 0o777).toBe(0o700);
  });

  it("refuses a second lock until the first is released", () => {
    const dataFolder = folder();
    const lock = lockDataFolder(dataFolder);
    expect(() => lockDataFolder(dataFolder)).toThrow(DataFolderInUseError);
    expect(() => lockDataFolder(dataFolder)).toThrow(dataFolder);
    lock.release();
    lock.release();
    lockDataFolder(dataFolder).release();
  });

  it("refuses while another process holds the folder, and no longer once that one is killed", async () => {
    const dataFolder = folder();
    const holder = lockInAnotherProcess(dataFolder);
    expect(await firstLine(holder)).toBe("locked");
    expect(() => lockDataFolder(dataFolder)).toThrow(DataFolderInUseError);
    holder.kill("SIGKILL");
    await once(holder, "exit");
    lockDataFolder(dataFolder).release();
  });

  it("is shared by those who ask to share it, and by nobody else", async () => {
    const dataFolder = folder();
    const [one, other] = [lockDataFolder(dataFolder, SHARED), lockDataFolder(dataFolder, SHARED)];
    expect(() => lockDataFolder(dataFolder)).toThrow(DataFolderInUseError);
    expect(await firstLine(lockInAnotherProcess(dataFolder))).toBe("SQLITE_BUSY");
    one.release();
    expect(() => lockDataFolder(dataFolder)).toThrow(DataFolderInUseError);
    other.release();
    const alone = lockDataFolder(dataFolder);
    expect(() => lockDataFolder(dataFolder, SHARED)).toThrow(DataFolderInUseError);
    alone.release();
  });

  it("keeps another process out", async () => {
    const dataFolder = folder();
    const lock = lockDataFolder(dataFolder);
    expect(await firstLine(lockInAnotherProcess(dataFolder))).toBe("SQLITE_BUSY");
    lock.release();
  });
});
