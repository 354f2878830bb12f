/**
 * `cunzheng restore`: a backup checked file by file, and made a data folder with its configuration, trust file and keys.
 *
 * What came after the backup is not in it, sealed or not: every evidence chain of the restored store is held
 * (notary/resume-chain.ts), so that no place in one is given twice, whatever the nodes show.
 *
 * What the log's key has signed since the backup is not in it, and a mark of it (`<key file>.signed`) is never restored: a mark
 * that went back in time with the store would agree with it, and the notary would take deposits before anybody had told it
 * of what it has forgotten. A key that is still where the service had it is used there, with the mark that is beside it;
 * without any mark the restored notary takes nothing before its nodes have answered.
 *
 * Crash story: everything is copied into `<folder>/.restoring` and checked there; only then it is moved to its place,
 * notary.json last, without which nothing starts. A run that was cut off before is begun anew by the next, which finds
 * nothing but `.restoring`; one that was cut off while moving is ended by the next.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, stat, statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { holdChainsOf } from "../../adapters/sqlite/copies/hold-chains.js";
import { openSqliteReader } from "../../adapters/sqlite/whole/whole-store.js";
import { base64, hex } from "../../core/bytes.js";
import { lockDataFolder } from "../../platform/data-folder.js";
import { makeFolderDurably, syncFolder, writeFileDurably } from "../../platform/files/files.js";
import { checkCopy } from "./make-backup.js";
import {
  CONFIGURATION_FILE,
  CONFIGURATION_FOLDER,
  configurationAt,
  SECRETS_FOLDER,
} from "./configured-files.js";
import { copyDigested, forEachOf, syncFolders } from "./digested-copy.js";
import { type BackupManifest, MANIFEST_FILE, type NamedFile, readManifest, STORE_FILE } from "./manifest.js";
import { formatBytes, tellProgress } from "./progress.js";
import { readSums, SUMS_FILE } from "./sums.js";

export interface RestoreArguments {
  /** The backup's folder. */
  readonly from: string;
  /** The folder to make, or an empty one. Absent: the backup is checked, and nothing written. */
  readonly to?: string;
  readonly tell: (line: string) => void;
}

export interface Restored {
  readonly manifest: BackupManifest;
  /** The notary.json of the restored folder; absent where the backup was only checked. */
  readonly configFile?: string;
  /** Keys and passwords that are neither in the backup nor where the service had them. */
  readonly missing: readonly NamedFile[];
}

const RESTORING = ".restoring";
/** In `.restoring`, once everything in it is checked. */
const CHECKED = "checked";

/** Throws with what is wrong with the backup, or in the way; nothing is restored then. */
export async function restoreBackup({ from, to, tell }: RestoreArguments): Promise<Restored> {
  const manifest = await openBackup(from);
  if (to === undefined) {
    await checkFiles(from, undefined, { manifest, tell });
    await checkContents(from, join(from, CONFIGURATION_FOLDER), { manifest, tell });
    return { manifest, missing: [] };
  }
  const folder = resolve(to);
  await makeFolderDurably(folder, { mode: 0o700 });
  refuseUsed(folder);
  const lock = lockDataFolder(folder);
  try {
    // Looked at again under the lock: another restore may have been at work.
    refuseUsed(folder);
    const aside = join(folder, RESTORING);
    if (checkedList(folder) !== manifest.sums) {
      refuseBegun(folder);
      await rm(aside, { recursive: true, force: true });
      await mkdir(aside, { mode: 0o700 });
      await refuseWithoutSpace(from, folder);
      await checkFiles(from, aside, { manifest, tell });
      await checkContents(aside, join(aside, CONFIGURATION_FOLDER), { manifest, tell });
      holdChains(aside, tell);
      await arrange(aside, manifest);
    }
    await publish(aside, folder);
    const configFile = join(folder, CONFIGURATION_FILE);
    return { manifest, configFile, missing: missingOf(configFile, manifest) };
  } finally {
    lock.release();
  }
}

/** Throws where there is no whole backup: the manifest is written last, and names the list of all other files. */
async function openBackup(from: string): Promise<BackupManifest> {
  const file = join(from, MANIFEST_FILE);
  if (!existsSync(file))
    throw new Error(`${from} is no backup, or one that was interrupted: it has no ${MANIFEST_FILE}`);
  const manifest = readManifest(file);
  const { sha256 } = await copyDigested(join(from, SUMS_FILE));
  if (sha256 !== manifest.sums)
    throw new Error(`${SUMS_FILE} of ${from} is not the list that was made with the backup`);
  return manifest;
}

/** What others have put there: a new file system has a folder of its own, and the lock is ours. */
const usedNames = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name !== RESTORING && !/^(lock\.db(-.*)?|lost\+found)$/.test(name));

/** Taken are an empty folder, and one whose restore was cut off before notary.json was there. */
function refuseUsed(folder: string): void {
  const names = usedNames(folder);
  const [first] = names;
  if (first === undefined) return;
  const isBegun = checkedList(folder) !== undefined && !names.includes(CONFIGURATION_FILE);
  const isOfOthers = isBegun && names.some((name) => existsSync(join(folder, RESTORING, name)));
  if (!isBegun || isOfOthers)
    throw new Error(`${folder} is not empty (${first}): a backup is restored into an empty folder`);
}

/** SHA-256 of the list of the backup that a restore had checked before it was cut off. */
function checkedList(folder: string): string | undefined {
  const file = join(folder, RESTORING, CHECKED);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function refuseBegun(folder: string): void {
  if (usedNames(folder).length > 0)
    throw new Error(
      `${folder} holds a part of another backup, whose restore was cut off: give that one again, or empty the folder`,
    );
}

async function refuseWithoutSpace(from: string, folder: string): Promise<void> {
  let neededBytes = 0;
  for await (const { path } of readSums(join(from, SUMS_FILE)))
    neededBytes += (await sizeOf(from, path)) ?? 0;
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < neededBytes)
    throw new Error(
      `no room: the backup holds ${formatBytes(neededBytes)}, ${formatBytes(bavail * bsize)} are free in ${folder}`,
    );
}

async function sizeOf(from: string, path: string): Promise<number | undefined> {
  try {
    return (await stat(join(from, path))).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

interface Checking {
  readonly manifest: BackupManifest;
  readonly tell: RestoreArguments["tell"];
}

/** Every file of the list against its digest, copied in the same reading where `to` is given. */
async function checkFiles(from: string, to: string | undefined, { manifest, tell }: Checking): Promise<void> {
  const progress = tellProgress(tell);
  const folders = new Set<string>();
  let [count, bytes] = [0, 0];
  await forEachOf(readSums(join(from, SUMS_FILE)), async ({ path, sha256 }) => {
    const target = to === undefined ? undefined : join(to, path);
    if (target !== undefined) {
      const parent = dirname(target);
      if (!folders.has(parent)) await mkdir(parent, { recursive: true, mode: 0o700 });
      folders.add(parent);
    }
    if ((await sizeOf(from, path)) === undefined) throw new Error(`the backup lacks ${path}`);
    const copied = await copyDigested(join(from, path), target);
    if (copied.sha256 !== sha256)
      throw new Error(`${path} of the backup is damaged: its SHA-256 is ${copied.sha256}, not ${sha256}`);
    [count, bytes] = [count + 1, bytes + copied.sizeBytes];
    progress.step(
      () =>
        `${count} files, ${formatBytes(bytes)} checked (of ${manifest.originals.count} originals and others)`,
    );
  });
  await syncFolders(folders);
}

/** That the store proves itself, is the one of the manifest, and has every original that it names. */
async function checkContents(
  folder: string,
  configuration: string,
  { manifest, tell }: Checking,
): Promise<void> {
  const trustFile = new Uint8Array(readFileSync(join(configuration, "consortium.json")));
  const file = join(folder, STORE_FILE);
  const { origin, treeSize, rootHash, deposits } = await checkCopy(file, trustFile, tell);
  const { ledger, originals } = manifest;
  if (
    origin !== manifest.origin ||
    treeSize !== ledger.treeSize ||
    base64(rootHash) !== ledger.rootHash ||
    deposits !== manifest.deposits.count
  )
    throw new Error(`the store of the backup is not the one that its ${MANIFEST_FILE} describes`);
  const without = new Set(originals.without);
  const store = openSqliteReader(file, { isCopy: true });
  try {
    await forEachOf(store.originals(), async (digest) => {
      const name = hex(digest);
      if (without.has(name)) return;
      if ((await sizeOf(folder, `originals/${name.slice(0, 2)}/${name}`)) === undefined)
        throw new Error(`the backup lacks the original ${name}`);
    });
  } finally {
    await store.close();
  }
}

function holdChains(aside: string, tell: RestoreArguments["tell"]): void {
  const held = holdChainsOf(join(aside, STORE_FILE));
  if (held === 0) return;
  tell(
    `${held} evidence chain${held === 1 ? " takes" : "s take"} no deposit until ${held === 1 ? "its depositor has" : "their depositors have"} ` +
      "shown the last link, or said that nothing came after the one that is known (POST /v1/chains/{id}/resume)",
  );
}

/** From the backup's folders to those of a data folder, and a notary.json that names what is there. */
async function arrange(aside: string, { files, sums }: BackupManifest): Promise<void> {
  const places = new Map<string, string>();
  for (const { member, name, was, isSecret, isIncluded } of files) {
    const copied = join(aside, isSecret ? SECRETS_FOLDER : CONFIGURATION_FOLDER, name);
    // A key that is still there is used where it is: what it has signed since is marked beside it.
    const isThere = isSecret && (isIncluded ? isSameFile(copied, was) : existsSync(was));
    places.set(member, isThere ? was : name);
    if (!isThere && isIncluded) await rename(copied, join(aside, name));
  }
  const text = configurationAt(join(aside, CONFIGURATION_FOLDER, CONFIGURATION_FILE), places);
  await rm(join(aside, SECRETS_FOLDER), { recursive: true, force: true });
  await rm(join(aside, CONFIGURATION_FOLDER), { recursive: true });
  await writeFileDurably(join(aside, CONFIGURATION_FILE), text, { mode: 0o600 });
  await writeFileDurably(join(aside, CHECKED), sums, { mode: 0o600 });
}

function isSameFile(copied: string, was: string): boolean {
  try {
    return readFileSync(was).equals(readFileSync(copied));
  } catch {
    return false;
  }
}

/** Each by a rename, notary.json last. */
async function publish(aside: string, folder: string): Promise<void> {
  const names = readdirSync(aside).filter((name) => name !== CHECKED && name !== CONFIGURATION_FILE);
  for (const name of names) await rename(join(aside, name), join(folder, name));
  await syncFolder(folder);
  if (existsSync(join(aside, CONFIGURATION_FILE)))
    await rename(join(aside, CONFIGURATION_FILE), join(folder, CONFIGURATION_FILE));
  await syncFolder(folder);
  await rm(aside, { recursive: true });
  await syncFolder(folder);
}

function missingOf(configFile: string, { files }: BackupManifest): NamedFile[] {
  const folder = dirname(configFile);
  return files.filter(
    ({ name, was, isSecret }) => isSecret && !existsSync(was) && !existsSync(join(folder, name)),
  );
}
