/**
 * Files that survive power loss: the new content or the old one, never half of either.
 * Order: write a temporary file beside the target, sync it, rename it over the target, sync the folder (a rename
 * is an entry of the folder, and not on disk before that). A crash before the rename leaves a `.tmp` file.
 */
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

export interface DurableFileOptions {
  /** Permissions of a new file; the process's umask applies. */
  readonly mode?: number;
}

/** Replaces or creates `path`; its folder must exist. Durable when the promise resolves. */
export async function writeFileDurably(
  path: string,
  content: Uint8Array | string,
  { mode = 0o644 }: DurableFileOptions = {},
): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await writeAndSync(temporary, content, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** As `writeFileDurably`, for its owner alone (0600), done when it returns: for what must be on disk before the next line runs. */
export function replaceFileDurably(path: string, content: string): void {
  const temporary = temporaryName(path);
  try {
    syncing(temporary, "wx", (descriptor) => writeSync(descriptor, content));
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncing(dirname(path), "r", () => undefined);
}

function syncing(path: string, flags: "wx" | "r", use: (descriptor: number) => void): void {
  const descriptor = openSync(path, flags, 0o600);
  try {
    use(descriptor);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Creates `folder` and its missing parents, each durably an entry of the one above. */
export async function makeFolderDurably(
  folder: string,
  { mode = 0o755 }: DurableFileOptions = {},
): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = folder; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === first || made === dirname(made)) return;
  }
}

/** Makes the creations, renames and removals in `folder` durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Beside `path`, and of nobody else: two writers of one target don't meet. */
export function temporaryName(path: string): string {
  return `${path}.${randomBytes(8).toString("hex")}.tmp`;
}

async function writeAndSync(path: string, content: Uint8Array | string, mode: number): Promise<void> {
  const handle = await open(path, "wx", mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
