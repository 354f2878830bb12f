/**
 * A disk small enough to fill: a tmpfs in a mount namespace of its own, so that nobody else on the machine sees it and
 * it is gone with its last process, however the tests went. What needs it is started inside, with `launcher`.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";

export interface SmallDisk {
  /** As seen from outside. */
  readonly path: string;
  /** Runs a command inside, where the disk lies at the folder that was given. */
  readonly launcher: readonly string[];
  freeBytes(): Promise<number>;
  /** Takes room until at most so many bytes are free. */
  fill(leaveBytes: number): Promise<void>;
  /** Gives all of it back. */
  empty(): void;
  /** When nothing runs inside any more, it is gone. */
  close(): Promise<void>;
}

/** True where this machine lets us mount; said loudly where it does not. */
export function canMount(): boolean {
  const trial = ["-m", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"];
  if (spawnSync("unshare", trial).status === 0) return true;
  const message =
    "`unshare -m` with `mount -t tmpfs` is not permitted here: nothing is proven about a full disk";
  console.warn(`\n!!! ${message}\n!!! The tests below are SKIPPED.\n`);
  return false;
}

/** `folder` exists and is empty; `megabytes` is all that fits. */
export async function mountSmallDisk(folder: string, megabytes: number): Promise<SmallDisk> {
  // Waits for its input to end: which also happens when this process dies.
  const script = 'mount -t tmpfs -o "size=$1m,mode=700" tmpfs "$0" && echo mounted && read -r _';
  const holder = spawn("unshare", ["-m", "sh", "-c", script, folder, String(megabytes)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(holder, "exit");
  await Promise.race([once(holder.stdout, "data"), ended]);
  if (holder.exitCode !== null || holder.pid === undefined) throw new Error("the disk could not be mounted");
  const path = join("/proc", String(holder.pid), "root", folder);
  const filler = join(path, "filler");
  const freeBytes = async () => {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  };
  return {
    path,
    launcher: ["nsenter", "-t", String(holder.pid), "-m"],
    freeBytes,
    fill: async (leaveBytes) => {
      const file = openSync(filler, "a");
      try {
        for (let free = await freeBytes(); free > leaveBytes; free = await freeBytes())
          writeSync(file, Buffer.alloc(Math.min(free - leaveBytes, 1 << 20)));
      } catch (error) {
        // Somebody else took the last of it.
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      } finally {
        closeSync(file);
      }
    },
    empty: () => rmSync(filler, { force: true }),
    close: async () => {
      holder.stdin.end();
      await ended;
    },
  };
}
