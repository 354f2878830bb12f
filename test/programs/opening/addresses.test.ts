/** Where the addresses of the queue and of the store are taken from, and that none which is refused is shown. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { queueUrl, storeUrl } from "../../../src/programs/opening/addresses.js";
import { temporaryFolders } from "../../temporary-folder.js";

const temporaryFolder = temporaryFolders();
const before = { ...process.env };
beforeEach(() => {
  delete process.env["CUNZHENG_QUEUE"];
  delete process.env["CUNZHENG_STORE"];
});
afterEach(() => {
  process.env = { ...before };
});

function fileWith(text: string, mode = 0o600): string {
  const file = join(temporaryFolder(), "queue.url");
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

describe("the queue's address", () => {
  it("is that of notary.json, of the file that it names, or before both of the environment", () => {
    expect(queueUrl({})).toBeUndefined();
    expect(queueUrl({ queue: "redis://a" })).toBe("redis://a");
    const queueFile = fileWith("redis://:secret@b/1\n");
    expect(queueUrl({ queueFile })).toBe("redis://:secret@b/1");
    process.env["CUNZHENG_QUEUE"] = "rediss://:secret@c";
    expect(queueUrl({ queue: "redis://a" })).toBe("rediss://:secret@c");
    expect(queueUrl({ queueFile })).toBe("rediss://:secret@c");
    process.env["CUNZHENG_QUEUE"] = "";
    expect(queueUrl({ queue: "redis://a" })).toBe("redis://a");
  });

  const refused = (ask: () => unknown): string => {
    try {
      ask();
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error("it was taken");
  };

  it("is refused by where it stands, and not shown", () => {
    const queueFile = fileWith("https://:secret@b");
    process.env["CUNZHENG_QUEUE"] = "redis://:secret@";
    const byEnvironment = refused(() => queueUrl({}));
    delete process.env["CUNZHENG_QUEUE"];
    const byFile = refused(() => queueUrl({ queueFile }));
    expect(byEnvironment).toMatch(/^CUNZHENG_QUEUE: no address of a queue, want redis:/);
    expect(byFile.startsWith(`${queueFile}: no address of a queue`)).toBe(true);
    expect(byEnvironment + byFile).not.toContain("secret");
  });

  it("is not read from a file that others can read, or that is not there", () => {
    expect(refused(() => queueUrl({ queueFile: fileWith("redis://:secret@b", 0o644) }))).toMatch(/chmod 600/);
    const missing = join(temporaryFolder(), "no.url");
    expect(refused(() => queueUrl({ queueFile: missing }))).toMatch(/is missing \(named by queueFile\)/);
  });
});

describe("the store's address", () => {
  it("is that of notary.json, of the file that it names, or before both of the environment", () => {
    expect(storeUrl({})).toBeUndefined();
    expect(storeUrl({ store: "mongodb://a/x" })).toBe("mongodb://a/x");
    const storeFile = fileWith("mongodb://user:secret@b,c/x?replicaSet=rs\n");
    expect(storeUrl({ storeFile })).toBe("mongodb://user:secret@b,c/x?replicaSet=rs");
    process.env["CUNZHENG_STORE"] = "mongodb://d/y";
    expect(storeUrl({ storeFile })).toBe("mongodb://d/y");
    // That of the queue is none of its business.
    expect(queueUrl({})).toBeUndefined();
  });
});
