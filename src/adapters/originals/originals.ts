/**
 * Originals as files: `<folder>/<2 hex digits>/<sha-256 in hex>`; on their way in, in `<folder>/staged/`. Several processes
 * may keep and forget contents there at one time, the same content too; each has a word of its own, its owner's name.
 *
 * Crash story, for one content: (1) written to `staged/<owner>-<random>`, synced; (2) renamed to a mark,
 * `staged/<sha-256>.<owner>-<random>`, the folder synced; (3) linked to its place, that folder synced: now it is kept.
 * (4) `end` renames the mark to `….ending`, and where no deposit names the content and nobody else's mark stands, removes
 * its place; then it removes the mark. A crash before (4) leaves names in `staged/`, which tell the sweep which places to
 * doubt: it looks at what was unfinished and not at every file there is, and only at what processes that are gone have left.
 *
 * A place is removed by renaming it to a mark, and put back from there where somebody has marked the same content, or named
 * it, meanwhile: whoever marks before linking, and names before ending, always finds it.
 */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { link, lstat, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { IsNamed, Originals, OriginalWriter } from "../../notary/ports/originals.js";
import { StorageFullError } from "../../notary/ports/host.js";
import { claim, type Claim, ClaimedError, isClaimed } from "../../platform/claim.js";
import { makeFolderDurably, syncFolder } from "../../platform/files/files.js";
import { PRIVATE_FILE, PRIVATE_FOLDER, refuseShared } from "../../platform/files/owner-alone.js";
import { isKept, placeOf, readOriginals } from "./read-originals.js";

const FOLDER = { mode: PRIVATE_FOLDER };

export interface OpenOriginals extends Originals {
  /** Ends this process's claim: what it has staged is then anybody's to sweep. */
  close(): void;
}

/**
 * `owners` is a folder for the claims of the processes that share `folder`, the same for all of them.
 * Throws where the folder, or one in it, is a link or is not its owner's alone: another disk is mounted, not linked.
 */
export async function openOriginals(folder: string, owners: string): Promise<OpenOriginals> {
  const staged = join(folder, "staged");
  refuseShared({ folders: [folder, staged], files: [] });
  await makeFolderDurably(staged, FOLDER);
  const inside = (await readdir(folder)).filter((name) => name === "staged" || FIRST_DIGITS.test(name));
  refuseShared({ folders: [folder, ...inside.map((name) => join(folder, name))], files: [] });
  await makeFolderDurably(owners, FOLDER);
  refuseShared({ folders: [owners], files: [] });
  const { owner, own } = claimOwner(owners);
  const places: Places = { folder, staged, owners, owner };
  return {
    stage: () => stage(places),
    open: readOriginals(folder),
    sweep: (isNamed, mayGoOn) => sweep(places, isNamed, mayGoOn),
    close: () => {
      own.release();
      removeClaimFiles(owners, owner);
    },
  };
}

/** A word that no other process has, and the claim to it. */
function claimOwner(owners: string): { readonly owner: string; readonly own: Claim } {
  for (;;) {
    const owner = randomBytes(8).toString("hex");
    try {
      return { owner, own: claim(join(owners, owner)) };
    } catch (error) {
      // Somebody sweeps, and looked at the file before it was claimed.
      if (!(error instanceof ClaimedError)) throw error;
    }
  }
}

/** Ends what processes that are gone have left, and their claims; others may begin, stage and sweep meanwhile. */
async function sweep(
  places: Places,
  isNamed: IsNamed,
  mayGoOn: () => Promise<boolean> = async () => true,
): Promise<number> {
  const { staged, owners } = places;
  // Read before the claims: whoever had staged anything by then had claimed its word.
  const names = await readdir(staged);
  const all = (await readdir(owners)).filter((name) => OWNER.test(name));
  const living = new Set(all.filter((owner) => owner === places.owner || isClaimed(join(owners, owner))));
  const dead = names.filter((name) => !living.has(ownerOf(name)));
  if (dead.length > 0 && !(await mayGoOn())) return 0;
  // Somebody else may have swept meanwhile.
  const there = new Set(await readdir(staged));
  const left = dead.filter((name) => there.has(name));
  for (const name of left) {
    const digest = MARK.exec(name)?.[1];
    if (digest !== undefined) await settle(places, { digest, mark: name }, isNamed);
    await rm(join(staged, name), { force: true });
  }
  if (left.length > 0) await syncFolder(staged);
  for (const owner of all) if (!living.has(owner)) removeOwner(owners, owner);
  return left.length;
}

/** Removes a claim that nobody holds, while holding it: whoever is about to claim it finds it claimed, or not there. */
function removeOwner(owners: string, owner: string): void {
  let held: Claim;
  try {
    held = claim(join(owners, owner));
  } catch (error) {
    if (error instanceof ClaimedError) return;
    throw error;
  }
  removeClaimFiles(owners, owner);
  held.release();
}

/** SQLite leaves the second where a process died that held the first. */
function removeClaimFiles(owners: string, owner: string): void {
  for (const name of [owner, `${owner}-journal`]) rmSync(join(owners, name), { force: true });
}

/** `<sha-256>.<owner>-<random>`, and `.ending` where its end has begun; older programs wrote no owner. */
const MARK = /^([0-9a-f]{64})\.(?:[0-9a-f]{16}-)?[0-9a-f]+(\.ending)?$/;
const OWNER = /^[0-9a-f]{16}$/;
const ownerOf = (name: string): string => /^(?:[0-9a-f]{64}\.)?([0-9a-f]{16})-/.exec(name)?.[1] ?? "";

const FIRST_DIGITS = /^[0-9a-f]{2}$/;

const isAbsent = (place: string): Promise<boolean> =>
  lstat(place).then(
    () => false,
    (error: unknown) => errorCode(error) === "ENOENT",
  );

interface Places {
  readonly folder: string;
  readonly staged: string;
  readonly owners: string;
  readonly owner: string;
}

const newName = ({ owner }: Places): string => `${owner}-${randomBytes(16).toString("hex")}`;

async function stage(places: Places): Promise<OriginalWriter> {
  const { folder, staged } = places;
  const name = newName(places);
  let path = join(staged, name);
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
        const marked = join(staged, `${digest}.${name}`);
        await rename(path, marked);
        path = marked;
        await syncFolder(staged);
        await linkTo(placeOf(folder, digest), path);
      }),
    end: async (isNamed) => {
      if (ended) return;
      ended = true;
      await file.close();
      if (digest !== undefined) {
        const ending = `${digest}.${name}.ending`;
        await rename(path, join(staged, ending));
        path = join(staged, ending);
        await settle(places, { digest, mark: ending }, isNamed);
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

/** What becomes of a marked content's place when the mark ends: it stays where a deposit names it or another mark stands. */
async function settle(
  places: Places,
  { digest, mark }: { readonly digest: string; readonly mark: string },
  isNamed: IsNamed,
): Promise<void> {
  const { folder, staged } = places;
  const place = placeOf(folder, digest);
  // In this order: whoever has no mark any more has named it before.
  const isWanted = async () =>
    (await isMarked(staged, digest, mark)) || (await isNamed(Buffer.from(digest, "hex")));
  if (await isWanted()) {
    // Whoever had put it aside may have died before it was put back.
    if (await isAbsent(place)) await linkTo(place, join(staged, mark));
    return;
  }
  const aside = join(staged, `${digest}.${newName(places)}.ending`);
  try {
    await rename(place, aside);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  if (await isWanted()) await linkTo(place, aside);
  await rm(aside, { force: true });
}

/** Whether a writer that has not begun to end marks the content, besides `mark` itself. */
async function isMarked(staged: string, digest: string, mark: string): Promise<boolean> {
  return (await readdir(staged)).some(
    (name) => name !== mark && name.startsWith(`${digest}.`) && MARK.exec(name)?.[2] === undefined,
  );
}

const hexOf = (sha256: Uint8Array): string => Buffer.from(sha256).toString("hex");
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
