/**
 * `cunzheng backup`: one folder with all that a notary needs to go on, made while it runs, and checked before it is called
 * a backup.
 *
 * What makes it consistent is the order. (1) Configuration and trust file: the ledger in the store says what has changed
 * since, never the other way round. (2) The store, as of one moment. (3) The originals which that copy names: an original is
 * durable before its deposit commits, and none that a deposit names is ever removed, so all of them are there. Originals
 * first would lack those of deposits that came between.
 *
 * Crash story: everything is written into `<out>.<random>.partial`, the manifest last, and the folder gets its name by a
 * rename when all of it is on disk and checked. A run that was killed leaves a `.partial` folder without a manifest, which
 * no restore takes.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { lstat, mkdir, rename, rm, statfs } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { BackupArguments } from "../../commands/notary/backup.js";
import { openSqliteReader } from "../../adapters/sqlite/whole/whole-store.js";
import type { StoreReader } from "../../notary/ports/whole/rows.js";
import { type StoreSnapshot, takeSnapshot } from "../../adapters/sqlite/copies/store-copy.js";
import { type NotaryConfiguration, readNotaryConfiguration } from "../../configuration/configuration.js";
import { base64, hex } from "../../core/bytes.js";
import { formatTime } from "../../core/record/time.js";
import {
  makeFolderDurably,
  syncFolder,
  temporaryName,
  writeFileDurably,
} from "../../platform/files/files.js";
import { softwareVersion } from "../../platform/project.js";
import { readConfigured, readNamedTrustFile } from "../opening/needed-file.js";
import { refuseFindings, type StoreContents } from "../checking/check-store.js";
import {
  CONFIGURATION_FILE,
  CONFIGURATION_FOLDER,
  configuredFiles,
  filesBelow,
  SECRETS_FOLDER,
} from "./configured-files.js";
import { refuseOtherStore } from "../opening/open-store.js";
import { copyDigested, forEachOf, syncFolders } from "./digested-copy.js";
import {
  type BackupManifest,
  encodeManifest,
  MANIFEST_FILE,
  type NamedFile,
  STORE_FILE,
} from "./manifest.js";
import { formatBytes, percentOf, tellProgress } from "./progress.js";
import { type Sum, SUMS_FILE, writeSums } from "./sums.js";

/** Throws with what is in the way; nothing is left behind then. */
export async function makeBackup(args: BackupArguments): Promise<BackupManifest> {
  const { configFile, tell } = args;
  const out = resolve(args.out);
  const configuration = readConfigured(configFile, readNotaryConfiguration);
  refuseOtherStore(configuration, "cunzheng backup");
  if (existsSync(out)) throw new Error(`${out} exists: a backup is never written over anything`);
  await makeFolderDurably(dirname(out), { mode: 0o700 });
  for (const left of leftovers(out))
    tell(`${left} was left by a backup that was interrupted: it is none, delete it`);
  const folder = temporaryName(out).replace(/\.tmp$/, ".partial");
  await mkdir(folder, { mode: 0o700 });
  try {
    const manifest = await fill(folder, configuration, args);
    await rename(folder, out);
    await syncFolder(dirname(out));
    return manifest;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function leftovers(out: string): string[] {
  return readdirSync(dirname(out))
    .filter((name) => name.startsWith(`${basename(out)}.`) && name.endsWith(".partial"))
    .map((name) => join(dirname(out), name));
}

async function fill(
  folder: string,
  configuration: NotaryConfiguration,
  { configFile, withKeys, withoutOriginals, tell }: BackupArguments,
): Promise<BackupManifest> {
  const { dataFolder, consortium, minFreeBytes } = configuration;
  const { bytes: trustFile } = readNamedTrustFile(consortium, `consortium of ${configFile}`);
  const configured = await copyConfiguration(folder, { configFile, configuration, withKeys });
  const storeFile = join(dataFolder, STORE_FILE);
  if (!existsSync(storeFile)) throw new Error(`${dataFolder} has no store: there is nothing to back up`);
  const copy = join(folder, STORE_FILE);
  const from = join(dataFolder, "originals");
  const { takenAt, originals } = await copyStore(storeFile, copy, async (snapshot) => {
    const measured = await measureOriginals(from, snapshot.originals(), withoutOriginals);
    const { count, bytes } = measured;
    tell(`store ${formatBytes(snapshot.sizeBytes)}, ${count} originals with ${formatBytes(bytes)}`);
    await refuseWithoutSpace(folder, snapshot.sizeBytes + bytes, minFreeBytes);
    return { measured, tell };
  });
  const contents = await checkCopy(copy, trustFile, tell);
  const store = openSqliteReader(copy, { isCopy: true });
  try {
    const included = { named: () => includedOriginals(store, originals), originals, tell };
    await copyOriginals(from, folder, included);
    const listed = [...configured.sums, { path: STORE_FILE, ...(await copyDigested(copy)) }];
    const sums = await writeSums(join(folder, SUMS_FILE), listSums(listed, included.named()));
    const manifest = describe(contents, { takenAt, originals, files: configured.files, sums });
    await writeFileDurably(join(folder, MANIFEST_FILE), encodeManifest(manifest), { mode: 0o600 });
    return manifest;
  } finally {
    await store.close();
  }
}

async function* includedOriginals(
  store: StoreReader,
  { without }: MeasuredOriginals,
): AsyncGenerator<string> {
  const leftOut = new Set(without);
  for await (const digest of store.originals()) if (!leftOut.has(hex(digest))) yield hex(digest);
}

function describe(
  { origin, treeSize, rootHash, deposits, lastReceivedAtMs }: StoreContents,
  rest: Pick<BackupManifest, "takenAt" | "originals" | "files" | "sums">,
): BackupManifest {
  const { takenAt, originals, files, sums } = rest;
  return {
    type: "cunzheng/backup@v1",
    takenAt,
    software: `cunzheng/${softwareVersion()}`,
    origin,
    ledger: { treeSize, rootHash: base64(rootHash) },
    deposits: {
      count: deposits,
      ...(lastReceivedAtMs !== undefined && { lastReceivedAt: formatTime(lastReceivedAtMs) }),
    },
    originals,
    files,
    sums,
  };
}

interface CopiedConfiguration {
  readonly files: readonly NamedFile[];
  readonly sums: readonly Sum[];
}

/** The mark of what the log's key has signed (`<key file>.signed`) is no part of it: it must never go back in time. */
async function copyConfiguration(
  folder: string,
  {
    configFile,
    configuration,
    withKeys,
  }: { configFile: string; configuration: NotaryConfiguration; withKeys: boolean },
): Promise<CopiedConfiguration> {
  const sums: Sum[] = [];
  const copy = async (from: string, path: string) => {
    const to = join(folder, path);
    await makeFolderDurably(dirname(to), { mode: 0o700 });
    sums.push({ path, sha256: (await copyDigested(from, to)).sha256 });
    await syncFolder(dirname(to));
  };
  await copy(configFile, `${CONFIGURATION_FOLDER}/${CONFIGURATION_FILE}`);
  const files: NamedFile[] = [];
  for (const file of configuredFiles(configuration)) {
    const isIncluded = !file.isSecret || withKeys;
    files.push({ ...file, isIncluded });
    if (!isIncluded) continue;
    const place = `${file.isSecret ? SECRETS_FOLDER : CONFIGURATION_FOLDER}/${file.name}`;
    if (statSync(file.was).isDirectory())
      for (const below of filesBelow(file.was)) await copy(join(file.was, below), `${place}/${below}`);
    else await copy(file.was, place);
  }
  return { files, sums };
}

type MeasuredOriginals = BackupManifest["originals"];

/** Before anything is copied: what is missing, and how much room the rest takes. */
async function measureOriginals(
  folder: string,
  named: Iterable<Uint8Array>,
  leftOut: readonly string[],
): Promise<MeasuredOriginals> {
  const [without, missing]: [string[], string[]] = [[], []];
  let [count, bytes] = [0, 0];
  await forEachOf(named, async (sha256) => {
    const name = hex(sha256);
    if (leftOut.includes(name)) {
      without.push(name);
      return;
    }
    try {
      const place = join(folder, placeOf(name));
      const found = await lstat(place);
      if (!found.isFile())
        throw new Error(`${place} is no regular file: nobody but the service keeps originals there`);
      const { size } = found;
      [count, bytes] = [count + 1, bytes + size];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      missing.push(name);
    }
  });
  const [first] = missing.sort();
  if (first !== undefined)
    throw new Error(
      `${missing.length} originals that deposits name are missing from ${folder}, the first is ${first}: bring them back from ` +
        "another backup, or leave each out by name (--without-original SHA256)",
    );
  const strange = leftOut.filter((name) => !without.includes(name));
  if (strange.length > 0) throw new Error(`no deposit names the original ${strange.join(", ")}`);
  return { count, bytes, without: without.sort() };
}

const placeOf = (name: string): string => `${name.slice(0, 2)}/${name}`;

async function refuseWithoutSpace(folder: string, neededBytes: number, reserveBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  // On the service's own disk the reserve is what keeps it taking deposits.
  if (freeBytes < neededBytes + reserveBytes)
    throw new Error(
      `no room: the backup takes ${formatBytes(neededBytes)} and must leave ${formatBytes(reserveBytes)} free (minFreeBytes), ` +
        `${formatBytes(freeBytes)} are free`,
    );
}

/** The service's write-ahead log grows while the moment is held: not longer than the store's own copy takes. */
async function copyStore(
  storeFile: string,
  copy: string,
  prepare: (
    snapshot: StoreSnapshot,
  ) => Promise<{ measured: MeasuredOriginals; tell: BackupArguments["tell"] }>,
): Promise<{ takenAt: string; originals: MeasuredOriginals }> {
  const snapshot = takeSnapshot(storeFile);
  const takenAt = formatTime(Date.now());
  try {
    const { measured, tell } = await prepare(snapshot);
    const progress = tellProgress(tell);
    await snapshot.copyTo(copy, ({ pages, ofPages }) => {
      progress.step(() => `store: ${percentOf(pages, ofPages)} copied`);
    });
    return { takenAt, originals: measured };
  } finally {
    snapshot.close();
  }
}

/** As a restore will do it again. */
export async function checkCopy(
  file: string,
  trustFile: Uint8Array,
  tell: BackupArguments["tell"],
): Promise<StoreContents> {
  const progress = tellProgress(tell);
  const store = openSqliteReader(file, { isCopy: true });
  try {
    return await refuseFindings(store, {
      trustFile,
      onProgress: (what, done, of) => progress.step(() => `${what}: ${percentOf(done, of)} of ${of} checked`),
    });
  } finally {
    await store.close();
  }
}

interface IncludedOriginals {
  readonly named: () => AsyncIterable<string>;
  readonly originals: MeasuredOriginals;
  readonly tell: BackupArguments["tell"];
}

async function copyOriginals(
  from: string,
  folder: string,
  { named, originals, tell }: IncludedOriginals,
): Promise<void> {
  const progress = tellProgress(tell);
  const to = join(folder, "originals");
  await makeFolderDurably(to, { mode: 0o700 });
  const folders = new Set<string>();
  let [count, bytes] = [0, 0];
  await forEachOf(named(), async (name) => {
    const place = placeOf(name);
    const parent = dirname(join(to, place));
    if (!folders.has(parent)) await mkdir(parent, { recursive: true, mode: 0o700 });
    folders.add(parent);
    const { sha256, sizeBytes } = await copyDigested(join(from, place), join(to, place));
    if (sha256 !== name)
      throw new Error(
        `the original ${join(from, place)} is damaged: its SHA-256 is ${sha256}. Bring it back from another backup, or leave ` +
          `it out by name (--without-original ${name})`,
      );
    [count, bytes] = [count + 1, bytes + sizeBytes];
    progress.step(
      () => `originals: ${count} of ${originals.count}, ${percentOf(bytes, originals.bytes)} of the bytes`,
    );
  });
  await syncFolders([...folders, to]);
}

async function* listSums(files: readonly Sum[], originals: AsyncIterable<string>): AsyncGenerator<Sum> {
  yield* files;
  for await (const sha256 of originals) yield { path: `originals/${placeOf(sha256)}`, sha256 };
}
