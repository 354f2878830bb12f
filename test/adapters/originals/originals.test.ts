import { readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { openOriginals } from "../../../src/adapters/originals/originals.js";
import { utf8 } from "../../../src/core/bytes.js";
import { describeOriginals, named, sha256, unnamed } from "../../ports/originals-suite.js";
import { temporaryFolders } from "../../temporary-folder.js";

const temporaryFolder = temporaryFolders();
const placeOf = (folder: string, text: string) => {
  const digest = Buffer.from(sha256(text)).toString("hex");
  return join(folder, digest.slice(0, 2), digest);
};
const staged = (folder: string) => readdirSync(join(folder, "staged"));

/** As a process of its own would. */
const openIn = (folder: string) => openOriginals(folder, join(folder, "..", "processes"));

async function opened() {
  const folder = join(temporaryFolder(), "originals");
  return { folder, originals: await openIn(folder) };
}

describeOriginals("files", async () => {
  const { folder, originals } = await opened();
  return { originals, beside: () => openIn(folder), staged: async () => staged(folder).length };
});

describe("originals in files", () => {
  it("lie under their digest, private", async () => {
    const { folder, originals } = await opened();
    const writer = await originals.stage();
    await writer.write(utf8("hello world"));
    await writer.keep(sha256("hello world"));
    await writer.end(named);
    expect(readFileSync(placeOf(folder, "hello world"), "utf8")).toBe("hello world");
    expect(statSync(placeOf(folder, "hello world")).mode & 0o777).toBe(0o600);
  });

  it("of a process that begins while another one sweeps are not swept", async () => {
    const { folder, originals } = await opened();
    let isOver = false;
    const sweeping = (async () => {
      while (!isOver) await originals.sweep(unnamed);
    })();
    for (let i = 0; i < 40; i++) {
      const begun = await openIn(folder);
      const writer = await begun.stage();
      await writer.write(utf8(`begun ${i}`));
      await writer.keep(sha256(`begun ${i}`));
      expect(await begun.open(sha256(`begun ${i}`))).toBeDefined();
      await writer.end(named);
      begun.close();
    }
    isOver = true;
    await sweeping;
    expect(staged(folder)).toEqual([]);
  });

  it("that were put aside by a process which died then are put back by the sweep", async () => {
    const { folder, originals } = await opened();
    const writer = await originals.stage();
    await writer.write(utf8("aside"));
    await writer.keep(sha256("aside"));
    await writer.end(named);
    const digest = Buffer.from(sha256("aside")).toString("hex");
    renameSync(placeOf(folder, "aside"), join(folder, "staged", `${digest}.0123456789abcdef-00.ending`));
    expect(await originals.open(sha256("aside"))).toBeUndefined();
    expect(await originals.sweep(named)).toBe(1);
    expect(await originals.open(sha256("aside"))).toBeDefined();
  });
});
