/**
 * `SHA256SUMS`: a line for each file of a backup, as coreutils write and read it, so that `sha256sum -c SHA256SUMS`
 * checks a backup on a machine that has nothing of ours.
 */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

export const SUMS_FILE = "SHA256SUMS";

/** A file of a backup: its path below the backup's folder, with `/`, and its SHA-256 in hexadecimal. */
export interface Sum {
  readonly path: string;
  readonly sha256: string;
}

const LINES_A_WRITE = 1000;

/** Writes the list, durable on return, and gives its own SHA-256 in hexadecimal. */
export async function writeSums(file: string, sums: AsyncIterable<Sum>): Promise<string> {
  const hash = createHash("sha256");
  const handle = await open(file, "wx", 0o600);
  try {
    let lines: string[] = [];
    const flush = async () => {
      const text = lines.join("");
      lines = [];
      hash.update(text);
      await handle.writeFile(text);
    };
    for await (const { path, sha256 } of sums) {
      refuseUnsafe(path);
      lines.push(`${sha256}  ${path}\n`);
      if (lines.length >= LINES_A_WRITE) await flush();
    }
    await flush();
    await handle.sync();
  } finally {
    await handle.close();
  }
  return hash.digest("hex");
}

/** Line by line. Throws at a line that is none, and at a path that would lead out of the folder. */
export async function* readSums(file: string): AsyncGenerator<Sum> {
  const handle = await open(file, "r");
  try {
    for await (const line of handle.readLines()) {
      const [, sha256, path] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
      if (sha256 === undefined || path === undefined)
        throw new Error(`${file}: ${JSON.stringify(line.slice(0, 100))} is no line of SHA256SUMS`);
      refuseUnsafe(path);
      yield { path, sha256 };
    }
  } finally {
    await handle.close();
  }
}

/** A path below the folder, whoever wrote the list: no way up, no root, nothing that a shell or coreutils would read otherwise. */
function refuseUnsafe(path: string): void {
  const isSafe =
    // eslint-disable-next-line no-control-regex -- they are what is refused
    !/[\\\u0000-\u001f\u007f]/.test(path) &&
    path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
  if (!isSafe) throw new Error(`a backup can't hold a file named ${JSON.stringify(path)}`);
}
