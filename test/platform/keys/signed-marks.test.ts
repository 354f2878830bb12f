import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { openSignedMarks } from "../../../src/platform/keys/signed-marks.js";
import { temporaryFolders } from "../../temporary-folder.js";

const folder = temporaryFolders();
const head = (treeSize: number) => ({ treeSize, rootHash: new Uint8Array(32).fill(treeSize) });

describe("what a key has signed, beside the key", () => {
  it("is nothing for a key that has never signed, and makes no file", () => {
    const marks = openSignedMarks(join(folder(), "witness.key"), "ask");
    expect(marks.of("a.example/log")).toBeUndefined();
    expect(() => readFileSync(marks.file)).toThrow("ENOENT");
  });

  it("only ever grows, a log at a time, and is read again", () => {
    const keyFile = join(folder(), "witness.key");
    const marks = openSignedMarks(keyFile, "ask");
    marks.raise("a.example/log", head(5));
    marks.raise("b.example/log", head(0));
    marks.raise("b.example/log", head(3));
    marks.raise("a.example/log", head(4));
    const again = openSignedMarks(keyFile, "ask");
    for (const opened of [marks, again]) {
      expect(opened.of("a.example/log")).toEqual(head(5));
      expect(opened.of("b.example/log")).toEqual(head(3));
      expect(opened.of("c.example/log")).toBeUndefined();
    }
    const ONE_EACH = /^a\.example\/log\n5\n\S{44}\n\nb\.example\/log\n3\n\S{44}\n\n$/;
    expect(readFileSync(marks.file, "utf8")).toMatch(ONE_EACH);
    marks.close();
    again.close();
  });

  it("is read without the half of a text that a crash has left, and goes on", () => {
    const keyFile = join(folder(), "witness.key");
    const marks = openSignedMarks(keyFile, "ask");
    for (const size of [1, 2, 3]) marks.raise("a.example/log", head(size));
    marks.close();
    const whole = readFileSync(marks.file, "utf8");
    for (const cut of [1, 2, 30, 46, 60]) {
      writeFileSync(marks.file, whole.slice(0, -cut));
      const again = openSignedMarks(keyFile, "ask");
      expect(again.of("a.example/log")).toEqual(head(2));
      again.raise("a.example/log", head(3));
      again.close();
      const last = openSignedMarks(keyFile, "ask");
      expect(last.of("a.example/log")).toEqual(head(3));
      last.close();
    }
  });

  it("does not grow for ever", () => {
    const keyFile = join(folder(), "witness.key");
    const origin = `${"a".repeat(60_000)}.example/log`;
    const marks = openSignedMarks(keyFile, "ask");
    for (let size = 1; size <= 40; size++) marks.raise(origin, head(size));
    marks.close();
    expect(statSync(marks.file).size).toBeLessThan(1_400_000);
    const again = openSignedMarks(keyFile, "ask");
    expect([again.of(origin), statSync(marks.file).size < 70_000]).toEqual([head(40), true]);
    again.close();
  });

  it.each([
    ["nothing", ""],
    ["half of one", "a.example/log\n5\n"],
    ["a size that is none", `a.example/log\n05\n${"A".repeat(43)}=\n\n`],
    ["a root that is none", "a.example/log\n5\nAAAA\n\n"],
    ["two that run together", `a.example/log\n5\n${"A".repeat(43)}=\nb.example/log\n\n`],
  ])("is not guessed where the file holds %s", (_what, text) => {
    const keyFile = join(folder(), "witness.key");
    writeFileSync(`${keyFile}.signed`, text);
    expect(() => openSignedMarks(keyFile, "ask")).toThrow(
      "witness.key.signed says what the key has signed, and can't be read",
    );
  });
});
