import { readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { openOriginals } from "../../../src/adapters/originals/originals.js";
import { utf8 } from "../../../src/core/bytes.js";
import { temporaryFolders } from "../../temporary-folder.js";

const temporaryFolder = temporaryFolders();
const sha256 = (text: string) => new Uint8Array(createHash("sha256").update(text).digest());
const placeOf = (folder: string, text: string) => {
  const digest = Buffer.from(sha256(text)).toString("hex");
  return join(folder, digest.slice(0, 2), digest);
};
const staged = (folder: string) => readdirSync(join(folder, "staged"));
const named = async () => true;
const unnamed = async () => false;

/** As a process of its own would. */
const openIn = (folder: string) => openOriginals(folder, join(folder, "..", "processes"));

async function opened() {
  const folder = join(temporaryFolder(), "originals");
  return { folder, originals: await openIn(folder) };
}

describe("originals in files", () => {
  it("are kept under their digest, private, and read back", async () => {
    const { folder, originals } = await opened();
    const writer = await originals.stage();
    await writer.write(utf8("hello "));
    await writer.write(utf8("world"));
    await writer.keep(sha256("hello world"));
    await writer.end(named);
    await writer.end(unnamed); // Again is harmless.
    expect(readFileSync(placeOf(folder, "hello world"), "utf8")).toBe("hello world");
    expect(statSync(placeOf(folder, "hello world")).mode & 0o777).toBe(0o600);
    expect(staged(folder)).toEqual([]);
    let text = "";
    for await (const chunk of (await originals.open(sha256("hello world"))) ?? [])
      text += Buffer.from(chunk).toString();
    expect(text).toBe("hello world");
    expect(await originals.open(sha256("other"))).toBeUndefined();
  });

  it("are forgotten where no deposit names them, or where they were not to be kept", async () => {
    const { folder, originals } = await opened();
    const [refused, broken] = [await originals.stage(), await originals.stage()];
    await refused.write(utf8("a"));
    await refused.keep(sha256("a"));
    await refused.end(unnamed);
    await broken.write(utf8("b"));
    await broken.end(unnamed);
    expect(await originals.open(sha256("a"))).toBeUndefined();
    expect(staged(folder)).toEqual([]);
  });

  it("of the same content are one file, which the last one that relies on it decides about", async () => {
    const { folder, originals } = await opened();
    const [one, other] = [await originals.stage(), await originals.stage()];
    for (const writer of [one, other]) {
      await writer.write(utf8("same"));
      await writer.keep(sha256("same"));
    }
    await one.end(unnamed);
    expect(await originals.open(sha256("same"))).toBeDefined();
    await other.end(unnamed);
    expect(await originals.open(sha256("same"))).toBeUndefined();
    expect(staged(folder)).toEqual([]);
  });

  it("left by a crash are ended at the next start, as the deposits say", async () => {
    const { folder, originals } = await opened();
    for (const text of ["named", "orphan"]) {
      const writer = await originals.stage();
      await writer.write(utf8(text));
      await writer.keep(sha256(text));
    }
    expect(staged(folder)).toHaveLength(2);
    const beside = await openIn(folder);
    expect(await beside.sweep(unnamed)).toBe(0); // Whoever has staged it still lives.
    expect(staged(folder)).toHaveLength(2);
    originals.close();
    const again = await openIn(folder);
    const isNamed = async (digest: Uint8Array) => Buffer.compare(digest, sha256("named")) === 0;
    expect(await again.sweep(isNamed)).toBe(2);
    expect(await again.open(sha256("named"))).toBeDefined();
    expect(await again.open(sha256("orphan"))).toBeUndefined();
    expect(await again.sweep(isNamed)).toBe(0);
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

  it("are kept by two processes at one time, and stay while either relies on them", async () => {
    const { folder, originals } = await opened();
    const other = await openIn(folder);
    const [one, two] = [await originals.stage(), await other.stage()];
    for (const writer of [one, two]) {
      await writer.write(utf8("shared"));
      await writer.keep(sha256("shared"));
    }
    await one.end(unnamed);
    expect(await other.open(sha256("shared"))).toBeDefined();
    await two.end(named);
    expect(await originals.open(sha256("shared"))).toBeDefined();
    expect(staged(folder)).toEqual([]);
  });

  it("are put back where somebody has named them while they were being forgotten", async () => {
    const { folder, originals } = await opened();
    const other = await openIn(folder);
    const writer = await originals.stage();
    await writer.write(utf8("raced"));
    await writer.keep(sha256("raced"));
    // Between the question and the removal another process keeps, names and ends the same content.
    let asked = 0;
    await writer.end(async () => {
      asked += 1;
      if (asked > 1) return true;
      const racing = await other.stage();
      await racing.write(utf8("raced"));
      await racing.keep(sha256("raced"));
      await racing.end(named);
      return false;
    });
    expect(asked).toBe(2);
    expect(await other.open(sha256("raced"))).toBeDefined();
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

  it("are not kept twice, nor after their end", async () => {
    const { originals } = await opened();
    const writer = await originals.stage();
    await writer.keep(sha256(""));
    await expect(writer.keep(sha256(""))).rejects.toThrow("internal");
    await writer.end(named);
  });
});
