/**
 * Originals as files: `<folder>/<2 hex digits>/<sha-256 in hex>`; on their way in, in `<folder>/staged/`.
 *
 * Crash story, for one content: (1) written to `staged/<random>`, synced; (2) renamed to `staged/<sha-256>.<random>`,
 * the folder synced; (3) linked to its place, that folder synced: now it is kept. (4) `end` removes its name in
 * `staged/`, and where no deposit names it, its place too. A crash before (4) leaves the name in `staged/`, which
 * tells the sweep which places to doubt: the start looks at what was unfinished and not at every file there is.
 */
import { randomBytes } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { link, lstat, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { IsNamed, Originals, OriginalWriter } from "../../notary/ports/originals.js";
import { StorageFullError } from "../../notary/ports/host.js";
import { makeFolderDurably, syncFolder } from "../../platform/files/files.js";
import { PRIVATE_FILE, PRIVATE_FOLDER, refuseShared } from "../../platform/files/owner-alone.js";

const FOLDER = { mode: PRIVATE_FOLDER };

/** Throws where the folder, or one in it, is a link or is not its owner's alone: another disk is mounted, not linked. */
export async function openOriginals(folder: string): Promise<Originals> {
  const staged = join(folder, "staged");
  refuseShared({ folders: [folder, staged], files: [] });
  await makeFolderDurably(staged, FOLDER);
  const inside = (await readdir(folder)).filter((name) => name === "staged" || FIRST_DIGITS.test(name));
  refuseShared({ folders: [folder, ...inside.map((name) => join(folder, name))], files: [] });
  /** Writers between `keep` and `end`, by digest: a place that another one relies on is not removed. */
  const keeping = new Map<string, number>();
  const places = { folder, staged, keeping };
  return {
    stage: () => stage(places),
    open: async (sha256) => {
      const place = placeOf(folder, hexOf(sha256));
      if (!(await isKept(place))) return undefined;
      // Opened when somebody reads, so that a reader who never comes leaves nothing open.
      return {
        [Symbol.asyncIterator]: () => createReadStream(place, { flags: AS_IT_LIES })[Symbol.asyncIterator](),
      };
    },
    sweep: async (isNamed) => {
      const names = await readdir(staged);
      for (const name of names) {
        const digest = /^([0-9a-f]{64})\.[0-9a-f]+$/.exec(name)?.[1];
        if (digest !== undefined) await removeUnlessNamed(places, digest, isNamed);
        await rm(join(staged, name), { force: true });
      }
      if (names.length > 0) await syncFolder(staged);
      return names.length;
    },
  };
}

const FIRST_DIGITS = /^[0-9a-f]{2}$/;

/** Not what a link in its place leads to. Node takes numbers; its types know of letters alone. */
const AS_IT_LIES = (constants.O_RDONLY | constants.O_NOFOLLOW) as unknown as string;

/** False where there is none. Throws where something else lies there than a file that was kept. */
async function isKept(place: string): Promise<boolean> {
  try {
    if ((await lstat(place)).isFile()) return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
  throw new Error(`${place} is no regular file: nobody but the service keeps originals there`);
}

interface Places {
  readonly folder: string;
  readonly staged: string;
  readonly keeping: Map<string, number>;
}

async function stage(places: Places): Promise<OriginalWriter> {
  const random = randomBytes(16).toString("hex");
  let path = join(places.staged, random);
  let digest: string | undefined;
  let ended = false;
  const file = await storing(() => open(path, "wx", PRIVATE_FILE));
  return {
    write: (chunk) =>
      storing(async () => {
        await file.writeFile(chunk);
      }),
    keep: (sha256) =>
      storing(async () => {
        if (ended || digest !== undefined)
          throw new Error("internal: an original is kept once, before its end");
        await file.sync();
        await file.close();
        digest = hexOf(sha256);
        places.keeping.set(digest, (places.keeping.get(digest) ?? 0) + 1);
        const marked = join(places.staged, `${digest}.${random}`);
        await rename(path, marked);
        path = marked;
        await syncFolder(places.staged);
        await linkTo(placeOf(places.folder, digest), path);
      }),
    end: async (isNamed) => {
      if (ended) return;
      ended = true;
      await file.close();
      if (digest !== undefined) {
        const others = (places.keeping.get(digest) ?? 1) - 1;
        if (others > 0) places.keeping.set(digest, others);
        else places.keeping.delete(digest);
        await removeUnlessNamed(places, digest, isNamed);
      }
      await rm(path, { force: true });
    },
  };
}

async function linkTo(place: string, path: string): Promise<void> {
  const parent = join(place, "..");
  await makeFolderDurably(parent, FOLDER);
  try {
    await link(path, place);
  } catch (error) {
    // The same content is there already; whoever linked it may not have synced the folder yet.
    if (errorCode(error) !== "EEXIST") throw error;
    await isKept(place);
  }
  await syncFolder(parent);
}

async function removeUnlessNamed(
  { folder, keeping }: Places,
  digest: string,
  isNamed: IsNamed,
): Promise<void> {
  if (await isNamed(Buffer.from(digest, "hex"))) return;
  // Looked at after the question was answered: who began to keep the same content meanwhile relies on it.
  if (!keeping.has(digest)) await rm(placeOf(folder, digest), { force: true });
}

const hexOf = (sha256: Uint8Array): string => Buffer.from(sha256).toString("hex");
const placeOf = (folder: string, digest: string): string => join(folder, digest.slice(0, 2), digest);
const errorCode = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

async function storing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (errorCode(error) === "ENOSPC" || errorCode(error) === "EDQUOT")
      throw new StorageFullError("there is no room for the original", { cause: error });
    throw error;
  }
}
