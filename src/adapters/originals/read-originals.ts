/** Originals in their folder, for whoever only reads: nothing is made there, and no process claimed. */
import { constants, createReadStream } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";

/** Not what a link in its place leads to. Node takes numbers; its types know of letters alone. */
const AS_IT_LIES = (constants.O_RDONLY | constants.O_NOFOLLOW) as unknown as string;

export const placeOf = (folder: string, digest: string): string => join(folder, digest.slice(0, 2), digest);

/** False where there is none. Throws where something else lies there than a file that was kept. */
export async function isKept(place: string): Promise<boolean> {
  try {
    if ((await lstat(place)).isFile()) return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
  throw new Error(`${place} is no regular file: nobody but the service keeps originals there`);
}

/** Of a SHA-256; undefined where there is none. */
export const readOriginals =
  (folder: string) =>
  async (sha256: Uint8Array): Promise<AsyncIterable<Uint8Array> | undefined> => {
    const place = placeOf(folder, Buffer.from(sha256).toString("hex"));
    if (!(await isKept(place))) return undefined;
    // Opened when somebody reads, so that a reader who never comes leaves nothing open.
    return {
      [Symbol.asyncIterator]: () => createReadStream(place, { flags: AS_IT_LIES })[Symbol.asyncIterator](),
    };
  };
