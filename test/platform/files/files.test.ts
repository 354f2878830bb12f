import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import {
  makeFolderDurably,
  replaceFileDurably,
  writeFileDurably,
} from "../../../src/platform/files/files.js";
import { temporaryFolders } from "../../temporary-folder.js";

const folder = temporaryFolders();

describe("writeFileDurably", () => {
  it("creates and replaces, and leaves nothing beside the file", async () => {
    const place = folder();
    const file = join(place, "a.txt");
    await writeFileDurably(file, "one");
    await writeFileDurably(file, new Uint8Array([0x74, 0x77, 0x6f]));
    expect(readFileSync(file, "utf8")).toBe("two");
    expect(readdirSync(place)).toEqual(["a.txt"]);
  });

  it("gives the permissions asked for", async () => {
    const file = join(folder(), "secret");
    await writeFileDurably(file, "s", { mode: 0o600 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("keeps what was there, and cleans up, when the rename fails", async () => {
    const place = folder();
    mkdirSync(join(place, "taken"));
    writeFileSync(join(place, "taken", "kept.txt"), "kept");
    await expect(writeFileDurably(join(place, "taken"), "new")).rejects.toThrow();
    expect(readdirSync(place)).toEqual(["taken"]);
    expect(readFileSync(join(place, "taken", "kept.txt"), "utf8")).toBe("kept");
  });

  it("shows a reader the old content or the new, never half of either", async () => {
    const file = join(folder(), "a.txt");
    const [a, b] = ["a".repeat(200_000), "b".repeat(300_000)];
    await writeFileDurably(file, a);
    let writing = true;
    const written = (async () => {
      for (let round = 0; round < 20; round++) await writeFileDurably(file, round % 2 === 0 ? b : a);
      writing = false;
    })();
    while (writing) {
      const seen = readFileSync(file, "utf8");
      if (seen !== a && seen !== b) throw new Error(`half a file: ${seen.length} characters`);
      await new Promise(setImmediate);
    }
    await written;
  });

  it("rejects in a folder that is missing", async () => {
    await expect(writeFileDurably(join(folder(), "missing", "a"), "")).rejects.toThrow("ENOENT");
  });
});

describe("makeFolderDurably", () => {
  it("makes missing parents, and is content with an existing folder", async () => {
    const made = join(folder(), "one", "two", "three");
    await makeFolderDurably(made);
    await makeFolderDurably(made);
    expect(statSync(made).isDirectory()).toBe(true);
    chmodSync(made, 0o755);
  });
});

describe("replaceFileDurably", () => {
  it("creates and replaces at once, and leaves nothing beside the file, also when it fails", () => {
    const place = folder();
    const file = join(place, "a.txt");
    replaceFileDurably(file, "one");
    replaceFileDurably(file, "two");
    expect(readFileSync(file, "utf8")).toBe("two");
    mkdirSync(join(place, "taken", "inside"), { recursive: true });
    expect(() => replaceFileDurably(join(place, "taken"), "new")).toThrow();
    expect(readdirSync(place).sort()).toEqual(["a.txt", "taken"]);
  });
});
