/**
 * Which file is the content of a digest, and when a content goes. A place is taken away before the last look at who relies on
 * it, and put back where somebody does: whoever marks before placing, and names before ending, always finds the content.
 */
import type { mongo, Types } from "mongoose";
import type { IsNamed } from "../../../notary/ports/originals.js";
import { PATIENCE_MS } from "../server/connection.js";
import type { Collections } from "../schema/collections.js";
import { BUCKET, type KeptRow, type MarkRow } from "../schema/originals.js";
import { isDuplicate } from "../server/storing.js";

export interface Places {
  readonly collections: Collections;
  readonly bucket: mongo.GridFSBucket;
  readonly owner: string;
}

type FileId = Types.ObjectId;

export async function findKept({ collections }: Places, digest: string): Promise<FileId | undefined> {
  return (await collections.keptOriginals.findById(digest).lean<KeptRow>())?.file;
}

/** Before something is taken away: a server that does not know yet that it is the primary no more must not answer. */
const NEWEST = "linearizable";

/** Makes the file the content of the digest, unless another one is it already. Only for whoever has the file's mark. */
export async function place(places: Places, digest: string, file: FileId): Promise<void> {
  // Of a file that was taken away a mark may be left, where a process died meanwhile.
  const [whole] = await places.bucket.find({ _id: file }).limit(1).toArray();
  if (whole !== undefined)
    await places.collections.keptOriginals.collection
      .insertOne({ _id: digest as never, file })
      .catch(unlessDuplicate);
}

/** What becomes of the content when this mark ends, which nobody may rely on any more; its own file with it. */
export async function settle(
  places: Places,
  { digest, file }: { readonly digest: string; readonly file: FileId },
  isNamed: IsNamed,
): Promise<void> {
  // In this order: whoever has no mark any more has named it before.
  const isWanted = async () =>
    (await isMarked(places, digest, file)) || (await isNamed(Buffer.from(digest, "hex")));
  if (await isWanted())
    // Whoever had taken it away may have died before it was put back.
    await place(places, digest, file);
  else {
    const kept = await findKept(places, digest);
    if (kept?.equals(file)) await unlessWanted(places, { digest, file: kept }, isWanted);
    else if (kept !== undefined && (await mark(places, kept, { digest, isEnding: true }))) {
      await unlessWanted(places, { digest, file: kept }, isWanted);
      await removeUnlessKept(places, digest, kept);
      await unmark(places, kept);
    }
  }
  await removeUnlessKept(places, digest, file);
}

async function unlessWanted(
  places: Places,
  { digest, file }: { readonly digest: string; readonly file: FileId },
  isWanted: () => Promise<boolean>,
): Promise<void> {
  await places.collections.keptOriginals.deleteOne({ _id: digest, file });
  if (await isWanted()) await place(places, digest, file);
}

async function removeUnlessKept(places: Places, digest: string, file: FileId): Promise<void> {
  const kept = await places.collections.keptOriginals
    .findById(digest)
    .readConcern(NEWEST)
    .maxTimeMS(PATIENCE_MS)
    .lean<KeptRow>();
  if (!kept?.file.equals(file)) await removeFile(places, file);
}

/** First what makes it a file, then the rest of it. */
export async function removeFile({ collections }: Places, file: FileId): Promise<void> {
  const { db } = collections.originalMarks;
  await db.collection(`${BUCKET}.files`).deleteOne({ _id: file });
  await db.collection(`${BUCKET}.chunks`).deleteMany({ files_id: file });
}

/** False where the file has a mark already. */
export async function mark(
  { collections, owner }: Places,
  file: FileId,
  state: Partial<MarkRow> = {},
): Promise<boolean> {
  try {
    await collections.originalMarks.collection.insertOne({ _id: file, owner, ...state });
    return true;
  } catch (error) {
    unlessDuplicate(error);
    return false;
  }
}

/** False where the mark is not the owner's any more. */
export async function changeMark(
  { collections, owner }: Places,
  file: FileId,
  { from = owner, ...state }: Partial<Omit<MarkRow, "_id">> & { readonly from?: string },
): Promise<boolean> {
  const { matchedCount } = await collections.originalMarks.updateOne(
    { _id: file, owner: from },
    { $set: state },
  );
  return matchedCount === 1;
}

export async function unmark({ collections, owner }: Places, file: FileId): Promise<void> {
  await collections.originalMarks.deleteOne({ _id: file, owner });
}

/** Whether somebody relies on the content, besides the mark of this file. */
async function isMarked({ collections }: Places, digest: string, file: FileId): Promise<boolean> {
  const marks = await collections.originalMarks
    .find({ digest })
    .readConcern(NEWEST)
    .maxTimeMS(PATIENCE_MS)
    .lean<MarkRow[]>();
  return marks.some(({ _id, isEnding }) => isEnding !== true && !_id.equals(file));
}

function unlessDuplicate(error: unknown): void {
  if (!isDuplicate(error)) throw error;
}
