/** Files copied and digested in one reading: what is copied is what was digested. */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { syncFolder } from "../../platform/files/files.js";
import { PRIVATE_FILE } from "../../platform/files/owner-alone.js";

export interface Digested {
  /** Hexadecimal. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

const BUFFER_BYTES = 1024 * 1024;

/** Nobody waits at a pipe that nobody fills. */
const AT_ONCE = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * To a new file of its owner alone, durable on return but for its name. Without `to` it is only read. Throws where `from`
 * is no regular file, nor leads to one.
 */
export async function copyDigested(from: string, to?: string): Promise<Digested> {
  const source = await open(from, AT_ONCE);
  try {
    if (!(await source.stat()).isFile()) throw new Error(`${from} is no regular file`);
    if (to === undefined) return await digestWhile(source, async () => undefined);
    const target = await open(to, "wx", PRIVATE_FILE);
    try {
      const digested = await digestWhile(source, (chunk) => target.writeFile(chunk));
      await target.sync();
      return digested;
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function digestWhile(
  source: FileHandle,
  take: (chunk: Uint8Array) => Promise<void>,
): Promise<Digested> {
  const hash = createHash("sha256");
  const { size } = await source.stat();
  const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(size, BUFFER_BYTES)));
  let sizeBytes = 0;
  for (;;) {
    const { bytesRead } = await source.read(buffer, 0, buffer.length);
    if (bytesRead === 0) return { sha256: hash.digest("hex"), sizeBytes };
    const chunk = buffer.subarray(0, bytesRead);
    sizeBytes += bytesRead;
    hash.update(chunk);
    await take(chunk);
  }
}

/** A disk has other files to sync meanwhile: with one at a time thousands of small files would take hours. */
const AT_A_TIME = 16;

/** Runs `work` on each, several at a time; rejects with the first failure, when nothing runs any more. */
export async function forEachOf<T>(
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  const running = new Set<Promise<void>>();
  for await (const item of items) {
    if (failures.length > 0) break;
    const one: Promise<void> = work(item)
      .catch((error: unknown) => {
        failures.push(error);
      })
      .finally(() => running.delete(one));
    running.add(one);
    if (running.size >= AT_A_TIME) await Promise.race(running);
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
}

export async function syncFolders(folders: Iterable<string>): Promise<void> {
  for (const folder of folders) await syncFolder(folder);
}
