/**
 * Tessera's fsck: recomputes every leaf hash from the entry bundles, every tile and the root, and verifies the
 * checkpoint's signature. Version 1.0.4 ends with 0 after a failure too and may wait for ever on a corrupt tile, so
 * nothing but its last line counts, and it is given a deadline.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runPeer } from "./peers.js";

const WORKERS = "8";

export interface FsckQuestion {
  readonly url: string;
  readonly vkey: string;
  /** For the key's file. */
  readonly folder: string;
  readonly timeoutMs?: number;
}

export interface FsckAnswer {
  readonly isSound: boolean;
  readonly output: string;
}

export async function fsck({ url, vkey, folder, timeoutMs = 60_000 }: FsckQuestion): Promise<FsckAnswer> {
  const keyFile = join(folder, "log.vkey");
  writeFileSync(keyFile, `${vkey}\n`);
  const { stdout, stderr } = await runPeer(
    "fsck",
    [`--storage_url=${url}/`, `--public_key=${keyFile}`, "--ui=false", "-N", WORKERS],
    { timeoutMs },
  );
  const output = stdout + stderr;
  return { isSound: output.includes("Successfully fsck'd log"), output };
}
