/**
 * What lies in a data folder is its owner's alone: the folder 0700, each database with its write-ahead log 0600, from the
 * moment at which it is made. What is not so is refused as a key is that others may read, with the command that mends it.
 *
 * What is judged is the folder first: nobody else can put anything into it, so what a name stands for can't change between
 * the look at it and its opening by SQLite, which opens by name. A link is refused because it leads out of that folder: a
 * database that is reached under two names has two write-ahead logs and is damaged by them (sqlite.org/howtocorrupt.html).
 */
import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  type Stats,
} from "node:fs";
import { dirname, join } from "node:path";

export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;

const OF_OTHERS = 0o077;
const WRITTEN_BY_OTHERS = 0o022;
/** Databases and what SQLite writes beside them. */
const DATABASE_NAME = /\.db(?:-wal|-shm|-journal)?$/;

/** Makes an empty file of mode 0600 where there is none: SQLite gives its logs the mode of the database. */
export function createPrivateFile(file: string): void {
  try {
    closeSync(openSync(file, "wx", PRIVATE_FILE));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/**
 * The path that `folder` leads to where it is there, links followed: once, when the configuration is read, so that
 * everything is opened in one folder, wherever a link that names it leads later.
 */
export function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return folder;
  }
}

/**
 * Makes `folder` (0700, its missing parents too), closes one that is there and empty to others, or judges the one that is
 * there with the databases in it, and gives its real path: the folder itself may be named by a link, which is followed
 * this once. Throws with what is wrong.
 */
export function openPrivateFolder(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const real = realpathSync(folder);
  closeWhereEmpty(real);
  const databases = readdirSync(real)
    .filter((name) => DATABASE_NAME.test(name))
    .map((name) => join(real, name));
  refuseShared({ folders: [real], files: databases });
  return real;
}

/** A new volume, or a folder that somebody made for this: nothing is in it that anybody could have read before. */
function closeWhereEmpty(folder: string): void {
  const isOpen = (lstatSync(folder).mode & OF_OTHERS) !== 0;
  if (!isOpen || readdirSync(folder).some((name) => name !== "lost+found")) return;
  try {
    chmodSync(folder, PRIVATE_FOLDER);
  } catch {
    // Of another owner, or on a file system without modes: it is judged as it is.
  }
}

/** Throws where a database, or what SQLite writes beside it, is not its owner's alone; a missing one is not judged. */
export function refuseSharedDatabase(file: string, { isReadOnly }: { readonly isReadOnly: boolean }): void {
  const files = ["", "-wal", "-shm", "-journal"].map((end) => `${file}${end}`);
  refuseShared({ folders: [], files, isReadOnly });
}

/** A mark of what a key has signed holds no secret: it may be read by others, who must not write it. */
export function refuseSharedMark(file: string): void {
  refuseShared({ folders: [], files: [file], forbidden: WRITTEN_BY_OTHERS });
}

export interface JudgedPaths {
  readonly folders: readonly string[];
  readonly files: readonly string[];
  /** Who only reads may be the superuser, whoever owns the files (a backup that the system makes). */
  readonly isReadOnly?: boolean;
  /** Which permissions are too many; those of group and others where absent. */
  readonly forbidden?: number;
}

/** Throws one error for all of them, so that one command mends them all. Missing ones are not judged. */
export function refuseShared({
  folders,
  files,
  isReadOnly = false,
  forbidden = OF_OTHERS,
}: JudgedPaths): void {
  const open: { readonly path: string; readonly mode: number; readonly isFolder: boolean }[] = [];
  for (const [paths, isFolder] of [
    [folders, true],
    [files, false],
  ] as const)
    for (const path of paths) {
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats === undefined) continue;
      refuseLink(path, stats, isFolder);
      refuseOtherOwner(path, stats, isReadOnly);
      if ((stats.mode & forbidden) !== 0) open.push({ path, mode: stats.mode & 0o777, isFolder });
    }
  if (open.length > 0) throw new Error(tooOpen(open));
}

function refuseLink(path: string, stats: Stats, isFolder: boolean): void {
  if (stats.isSymbolicLink())
    throw new Error(
      `${path} is a link, and what belongs to a data folder lies in it: put what it leads to in its place, or mount it there`,
    );
  if (isFolder ? !stats.isDirectory() : !stats.isFile())
    throw new Error(`${path} is no ${isFolder ? "folder" : "regular file"}`);
  if (!isFolder && stats.nlink > 1 && namesBeside(path, stats) < stats.nlink)
    throw new Error(
      `${path} is one file under ${stats.nlink} names (hard links), not all of them in ${dirname(path)}: what is written here ` +
        "changes there. Copy the file to its place (cp --reflink=auto A B && mv B A), or remove the other name",
    );
}

/** A crash of `cunzheng recover` may leave a second name beside the first: both are of this folder. */
function namesBeside(path: string, { dev, ino }: Stats): number {
  const folder = dirname(path);
  return readdirSync(folder).filter((name) => {
    const other = lstatSync(join(folder, name), { throwIfNoEntry: false });
    return other?.dev === dev && other.ino === ino;
  }).length;
}

function refuseOtherOwner(path: string, { uid }: Stats, isReadOnly: boolean): void {
  // Absent where the operating system has no such numbers.
  const own = process.geteuid?.();
  if (own === undefined || uid === own || (own === 0 && isReadOnly)) return;
  throw new Error(
    `${path} belongs to another user (${uid}, this program runs as ${own}): run it as that user, or give it to this one ` +
      `(chown ${own} ${path})`,
  );
}

function tooOpen(
  open: readonly { readonly path: string; readonly mode: number; readonly isFolder: boolean }[],
): string {
  const names = open.map(({ path, mode }) => `${path} (mode ${mode.toString(8).padStart(4, "0")})`);
  const commands = [
    ["chmod 700", open.filter(({ isFolder }) => isFolder)],
    ["chmod 600", open.filter(({ isFolder }) => !isFolder)],
  ] as const;
  const mend = commands
    .filter(([, paths]) => paths.length > 0)
    .map(([command, paths]) => `${command} ${paths.map(({ path }) => quoted(path)).join(" ")}`)
    .join(" && ");
  return `others can read or write ${names.join(", ")}: ${mend}`;
}

/** As a shell takes it for one word. */
const quoted = (path: string): string =>
  /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
