import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { openOriginals } from "../../../src/adapters/originals/originals.js";
import { lockDataFolder } from "../../../src/platform/data-folder.js";
import { realFolder } from "../../../src/platform/files/owner-alone.js";
import { openSignedMarks } from "../../../src/platform/keys/signed-marks.js";
import { openDatabase } from "../../../src/platform/sqlite.js";
import { temporaryFolders } from "../../temporary-folder.js";

const folder = temporaryFolders();
const umask = process.umask();
afterEach(() => {
  process.umask(umask);
});

const CREATE = ["CREATE TABLE animal (name TEXT NOT NULL) STRICT"];
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const modesIn = (path: string) => readdirSync(path).map((name) => [name, modeOf(join(path, name))]);

/** A data folder with a database that was written to. */
function filled(): { data: string; file: string } {
  const data = join(folder(), "data");
  lockDataFolder(data).release();
  const file = join(data, "notary.db");
  openDatabase(file, { migrations: CREATE }).close();
  return { data, file };
}

describe("a data folder and what is in it", () => {
  it("is its owner's alone from its making, whatever the umask says", () => {
    process.umask(0);
    const data = join(folder(), "over", "data");
    const lock = lockDataFolder(data);
    const database = openDatabase(join(data, "notary.db"), { migrations: CREATE });
    database.prepare("INSERT INTO animal VALUES ('ant')").run();
    expect(modesIn(data)).toEqual([
      ["lock.db", "600"],
      ["lock.db-journal", "600"],
      ["notary.db", "600"],
      ["notary.db-shm", "600"],
      ["notary.db-wal", "600"],
    ]);
    expect([modeOf(data), modeOf(join(data, ".."))]).toEqual(["700", "700"]);
    database.close();
    lock.release();
  });

  it("is closed where it was made open and nothing is in it", () => {
    const data = folder();
    for (const mode of [0o755, 0o2775, 0o1777]) {
      chmodSync(data, mode);
      lockDataFolder(data).release();
      expect(modeOf(data)).toBe("700");
      for (const name of readdirSync(data)) renameSync(join(data, name), join(folder(), name));
    }
  });

  it("is refused where others may read or write, with one command that mends it all", () => {
    const { data, file } = filled();
    writeFileSync(`${file}-wal`, "");
    chmodSync(data, 0o750);
    for (const [path, mode] of [
      [file, 0o644],
      [`${file}-wal`, 0o620],
      [join(data, "lock.db"), 0o601],
    ] as const)
      // prettier-ignore
      chmodSync(path, mode);
    let said = "";
    try {
      lockDataFolder(data);
    } catch (error) {
      said = (error as Error).message;
    }
    expect(said).toContain("(mode 0750)");
    expect(said).toContain("notary.db (mode 0644)");
    const command = /: (chmod .*)$/.exec(said)?.[1] ?? "";
    expect(spawnSync("sh", ["-c", command]).status).toBe(0);
    lockDataFolder(data).release();
    openDatabase(file, { migrations: CREATE }).close();
  });

  it("may have a name that a shell would take apart", () => {
    const data = join(folder(), "it's a folder; really");
    mkdirSync(data, { mode: 0o755 });
    writeFileSync(join(data, "notary.json"), "{}");
    let command = "";
    try {
      lockDataFolder(data);
    } catch (error) {
      command = /: (chmod .*)$/.exec((error as Error).message)?.[1] ?? "";
    }
    expect(spawnSync("sh", ["-c", command]).status).toBe(0);
    lockDataFolder(data).release();
  });

  it("may be named by a link, which is followed once", () => {
    const { data } = filled();
    const link = join(folder(), "link");
    symlinkSync(data, link);
    expect(realFolder(link)).toBe(realpathSync(data));
    expect(realFolder(join(data, "not there"))).toBe(join(data, "not there"));
    lockDataFolder(link).release();
  });

  it("holds no links, and nothing that is no file", () => {
    const { data, file } = filled();
    const elsewhere = join(folder(), "notary.db");
    renameSync(file, elsewhere);
    symlinkSync(elsewhere, file);
    expect(() => lockDataFolder(data)).toThrow("is a link");
    expect(() => openDatabase(file, { migrations: CREATE })).toThrow("is a link");
    expect(() => openDatabase(file, { migrations: CREATE, isReadOnly: true })).toThrow("is a link");
    renameSync(elsewhere, file);
    linkSync(file, elsewhere);
    expect(() => lockDataFolder(data)).toThrow("one file under 2 names");
    renameSync(elsewhere, join(folder(), "gone"));
    renameSync(file, join(folder(), "notary.db"));
    mkdirSync(file);
    expect(() => lockDataFolder(data)).toThrow("is no regular file");
  });

  it("may hold a database under two names of its own, as a recovery that was killed leaves it", () => {
    const { data, file } = filled();
    linkSync(file, join(data, "notary-before-recovery-1.db"));
    lockDataFolder(data).release();
    openDatabase(file, { migrations: CREATE }).close();
  });

  it("belongs to who runs the program; only a superuser who reads may be another", () => {
    if (process.geteuid?.() !== 0) {
      console.warn("\n!!! not run as root: nothing is proven about files of another owner\n");
      return;
    }
    const { data, file } = filled();
    chownSync(file, 12_345, 12_345);
    expect(() => lockDataFolder(data)).toThrow("belongs to another user (12345");
    expect(() => openDatabase(file, { migrations: CREATE })).toThrow("chown 0 ");
    openDatabase(file, { migrations: CREATE, isReadOnly: true }).close();
  });
});

describe("the mark of what a key has signed", () => {
  const head = { treeSize: 3, rootHash: new Uint8Array(32) as never };

  it("is its owner's alone, and what an earlier version wrote readable is closed at its opening", () => {
    process.umask(0);
    const key = join(folder(), "log.key");
    const marks = openSignedMarks(key, "delete it");
    marks.raise("a.example/log", head);
    marks.close();
    expect(modeOf(`${key}.signed`)).toBe("600");
    chmodSync(`${key}.signed`, 0o644);
    openSignedMarks(key, "delete it").close();
    expect(modeOf(`${key}.signed`)).toBe("600");
  });

  it("is refused where others could have written it, and where it is a link", () => {
    const key = join(folder(), "log.key");
    const marks = openSignedMarks(key, "delete it");
    marks.raise("a.example/log", head);
    marks.close();
    chmodSync(`${key}.signed`, 0o664);
    expect(() => openSignedMarks(key, "delete it")).toThrow("(mode 0664): chmod 600");
    const other = join(folder(), "other.key");
    symlinkSync(`${key}.signed`, `${other}.signed`);
    expect(() => openSignedMarks(other, "delete it")).toThrow("is a link");
  });
});

describe("originals", () => {
  const digest = new Uint8Array(32).fill(0xab);
  const place = (at: string) => join(at, "ab", "ab".repeat(32));

  it("lie in folders of the service alone, none of them a link", async () => {
    const at = join(folder(), "originals");
    await openOriginals(at, `${at}-processes`);
    symlinkSync(folder(), join(at, "ab"));
    await expect(openOriginals(at, `${at}-processes`)).rejects.toThrow("is a link");
    const open = join(folder(), "originals");
    await openOriginals(open, `${open}-processes`);
    mkdirSync(join(open, "ab"), { mode: 0o755 });
    await expect(openOriginals(open, `${open}-processes`)).rejects.toThrow("chmod 700");
    const link = join(folder(), "originals");
    symlinkSync(open, link);
    await expect(openOriginals(link, `${link}-processes`)).rejects.toThrow("is a link");
  });

  it("are files: what a link in their place leads to is handed to nobody, and nothing new is put behind one", async () => {
    const at = join(folder(), "originals");
    const originals = await openOriginals(at, `${at}-processes`);
    mkdirSync(join(at, "ab"), { mode: 0o700 });
    const secret = join(folder(), "secret");
    writeFileSync(secret, "secret");
    symlinkSync(secret, place(at));
    await expect(originals.open(digest)).rejects.toThrow("no regular file");
    const writer = await originals.stage();
    await writer.write(Buffer.from("x"));
    await expect(writer.keep(digest)).rejects.toThrow("no regular file");
    await writer.end(async () => true);
  });
});
