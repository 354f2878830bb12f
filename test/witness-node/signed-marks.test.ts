import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { openSignedMarks } from "../../src/witness-node/signed-marks.js";
import { temporaryFolders } from "../temporary-folder.js";

const folder = temporaryFolders();
const head = (treeSize: number) => ({ treeSize, rootHash: new Uint8Array(32).fill(treeSize) });

describe("what a key has signed, beside the key", () => {
  it("is nothing for a key that has never signed, and makes no file", () => {
    const marks = openSignedMarks(join(folder(), "witness.key"));
    expect(marks.of("a.example/log")).toBeUndefined();
    expect(() => readFileSync(marks.file)).toThrow("ENOENT");
  });

  it("only ever grows, a log at a time, and is read again", () => {
    const keyFile = join(folder(), "witness.key");
    const marks = openSignedMarks(keyFile);
    marks.raise("a.example/log", head(5));
    marks.raise("b.example/log", head(0));
    marks.raise("b.example/log", head(3));
    marks.raise("a.example/log", head(4));
    for (const opened of [marks, openSignedMarks(keyFile)]) {
      expect(opened.of("a.example/log")).toEqual(head(5));
      expect(opened.of("b.example/log")).toEqual(head(3));
      expect(opened.of("c.example/log")).toBeUndefined();
    }
    expect(readFileSync(marks.file, "utf8")).toMatch(
      /^a\.example\/log\n5\n\S{44}\n\nb\.example\/log\n3\n\S{44}\n$/,
    );
  });

  it.each([
    ["nothing", ""],
    ["half of one", "a.example/log\n5\n"],
    ["a size that is none", "a.example/log\n05\nAAAA\n"],
    ["two that run together", `a.example/log\n5\n${"A".repeat(43)}=\nb.example/log\n`],
  ])("is not guessed where the file holds %s", (_what, text) => {
    const keyFile = join(folder(), "witness.key");
    writeFileSync(`${keyFile}.signed`, text);
    expect(() => openSignedMarks(keyFile)).toThrow(
      "witness.key.signed says what the key has signed, and can't be read",
    );
  });
});
