/** Kept originals brought from one store to another: those that a deposit names, each digested on its way. */
import { createHash } from "node:crypto";
import { hex } from "../../core/bytes.js";
import type { Originals } from "../../notary/ports/originals.js";
import type { ReadOriginal, StoreReader } from "../../notary/ports/whole/rows.js";

interface CopiedOriginals {
  readonly read: ReadOriginal;
  readonly to: Originals;
  /** SHA-256 in hexadecimal of those that are known to be lost. */
  readonly without: readonly string[];
  readonly tell: (what: string, done: number, of: number) => void;
}

/** How many there are, but for those that are known to be lost. Throws where another one is lost or damaged. */
export async function copyOriginals(
  store: Pick<StoreReader, "originals">,
  { read, to, without, tell }: CopiedOriginals,
): Promise<number> {
  const leftOut = new Set(without);
  let count = 0;
  for await (const sha256 of store.originals()) {
    if (leftOut.has(hex(sha256))) continue;
    // What is there was whole before it had its place.
    if ((await to.open(sha256)) === undefined) await copyOne(sha256, read, to);
    count += 1;
    tell("originals", count, 0);
  }
  return count;
}

async function copyOne(sha256: Uint8Array, read: ReadOriginal, to: Originals): Promise<void> {
  const name = hex(sha256);
  const content = await read(sha256);
  if (content === undefined)
    throw new Error(
      `the original ${name}, which a deposit names, is missing: bring it back from a backup, or leave it out by name ` +
        `(--without-original ${name})`,
    );
  const writer = await to.stage();
  try {
    const hash = createHash("sha256");
    for await (const chunk of content) {
      hash.update(chunk);
      await writer.write(chunk);
    }
    const digest = hash.digest("hex");
    if (digest !== name)
      throw new Error(
        `the original ${name} is damaged: its SHA-256 is ${digest}. Bring it back from a backup, or leave it out by name ` +
          `(--without-original ${name})`,
      );
    await writer.keep(sha256);
  } catch (error) {
    await writer.end(async () => false);
    throw error;
  }
  await writer.end(async () => true);
}
