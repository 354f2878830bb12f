/** Files of keys: their owner's alone, and never overwritten. */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { temporaryName } from "./files.js";

/** Throws, naming the file, when it is missing or readable by others than its owner. */
export function readPrivateFile(file: string): Buffer {
  const descriptor = openSync(file, "r");
  try {
    // Of the open file, not of its name: what is judged is what is read.
    const mode = fstatSync(descriptor).mode & 0o777;
    if ((mode & 0o077) !== 0)
      throw new Error(
        `the key file ${file} can be read by others (mode ${mode.toString(8).padStart(4, "0")}): chmod 600 it`,
      );
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Gives the one line that the file holds, an address or a password. Throws as `readPrivateFile`. */
export const readPrivateLine = (file: string): string => readPrivateFile(file).toString("utf8").trimEnd();

/**
 * For its owner alone (0600), durable on return. Throws when `file` exists, whatever is in it.
 * Write aside, sync, link, sync the folder. `link` fails where the name exists, so two processes that start at
 * once can't overwrite each other's key, and a crash leaves a whole key file or none.
 */
export function writePrivateFile(file: string, text: string): void {
  writeNewFile(file, text, {
    mode: 0o600,
    refusal: `the key file ${file} exists: keys are never overwritten`,
  });
}

/** The same for what belongs to a key and everybody may read. */
export function writePublicFile(file: string, text: string): void {
  writeNewFile(file, text, { mode: 0o644, refusal: `the file ${file} exists: it is not overwritten` });
}

function writeNewFile(
  file: string,
  text: string,
  { mode, refusal }: { readonly mode: number; readonly refusal: string },
): void {
  const temporary = temporaryName(file);
  const descriptor = openSync(temporary, "wx", mode);
  try {
    try {
      writeSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new Error(refusal, { cause: error });
  } finally {
    rmSync(temporary, { force: true });
  }
  const folder = openSync(dirname(file), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
