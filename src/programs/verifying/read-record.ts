/** A record as `cunzheng verify` is given it, of whatever size: held where it is small, digested piece by piece where not. */
import { type FileHandle, open } from "node:fs/promises";
import type { RecordQuestion } from "../../commands/evidence/verify.js";
import type { CreateDigester } from "../../core/digest/digester.js";
import { createContentDigester } from "../../core/digest/digests.js";
import { createByteStore } from "../../platform/files/read-at-most.js";
import type { MeasuredRecord } from "../../core/record/content.js";

const PIECE_BYTES = 4 * 1024 * 1024;
/** So many bytes are told of at a time. */
const TOLD_BYTES = 256 * 1024 * 1024;

/** Rejects as `open` and `read` of node:fs. */
export async function readRecord(
  path: string,
  { most, wantedSize, tell, createDigester }: RecordQuestion & { readonly createDigester: CreateDigester },
): Promise<Uint8Array | MeasuredRecord> {
  const handle = await open(path, "r");
  try {
    const found = await handle.stat();
    const size = found.isFile() ? found.size : undefined;
    // Sizes are compared first: a file of 50 GB that is none of the record costs nothing.
    if (size !== undefined && size > most && size !== wantedSize()) return { size };
    return await readThrough(handle, { most, wanted: size ?? wantedSize(), tell, createDigester });
  } finally {
    await handle.close();
  }
}

interface Reading {
  readonly most: number;
  /** Of a pipe or device, which may never end, so many bytes and one are read. */
  readonly wanted: number | undefined;
  readonly tell: RecordQuestion["tell"];
  readonly createDigester: CreateDigester;
}

async function readThrough(
  handle: FileHandle,
  { most, wanted = most, tell, createDigester }: Reading,
): Promise<Uint8Array | MeasuredRecord> {
  const digester = createContentDigester(createDigester);
  let held = createByteStore();
  let size = 0;
  const piece = new Uint8Array(PIECE_BYTES);
  while (size <= Math.max(most, wanted)) {
    const { bytesRead } = await handle.read(piece, 0, piece.length);
    if (bytesRead === 0) return size <= most ? held.bytes() : digester.finish();
    const read = piece.subarray(0, bytesRead);
    digester.update(read);
    if (Math.floor((size + bytesRead) / TOLD_BYTES) > Math.floor(size / TOLD_BYTES))
      tell(size + bytesRead, wanted);
    size += bytesRead;
    if (size <= most) held.push(read);
    else held = createByteStore();
  }
  return { size };
}
