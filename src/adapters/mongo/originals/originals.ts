/**
 * Originals in GridFS. Several processes may keep and forget contents at one time, the same content too.
 *
 * Crash story, for one content: (1) its file is marked, then written; (2) the mark gets the digest; (3) the file is put in its
 * place under the digest, unless another file of the same content is there: now it is kept. (4) `end` says in the mark that it
 * ends, and where no deposit names the content and nobody else's mark stands, takes its place and its file away; then it
 * removes the mark. A crash before (4) leaves marks, which tell the sweep what to look at; it ends those of processes that
 * have not been seen for long, and takes each over before, so that one which wakes up again keeps nothing under it.
 */
import { once } from "node:events";
import { finished } from "node:stream/promises";
import { type Connection, mongo, Types } from "mongoose";
import type { IsNamed, Originals, OriginalWriter } from "../../../notary/ports/originals.js";
import type { ReadOriginal } from "../../../notary/ports/whole/rows.js";
import { openConnection } from "../server/connection.js";
import { type Collections, collectionsOf } from "../schema/collections.js";
import { refuseOtherSchema } from "../schema/migrate.js";
import { BUCKET, type MarkRow } from "../schema/originals.js";
import { storing } from "../server/storing.js";
import { refuseStoreElsewhere } from "../schema/standing.js";
import { openOwner, type Owner } from "./owner.js";
import { changeMark, findKept, mark, place, type Places, removeFile, settle, unmark } from "./places.js";

export interface OpenOriginals extends Originals {
  /** Ends this process's claim: what it has staged is then anybody's to sweep. */
  close(): Promise<void>;
}

/** With connections of its own: whoever uploads much holds up no deposit. */
export async function openMongoOriginals(url: string): Promise<OpenOriginals> {
  const connection = await openConnection(url);
  try {
    const collections = collectionsOf(connection);
    await refuseOtherSchema(connection, collections);
    await refuseStoreElsewhere(connection, collections);
    const originals = await originalsOn(connection, collections);
    return {
      ...originals,
      close: async () => {
        await originals.close();
        await connection.close();
      },
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Reads what is kept, whatever the store stands for, and makes no claim. */
export function readOriginalOf(connection: Connection, collections: Collections): ReadOriginal {
  const places = { collections, bucket: bucketOf(connection), owner: "" };
  return async (sha256) => {
    const file = await findKept(places, hexOf(sha256));
    if (file === undefined) return undefined;
    // Opened when somebody reads, so that a reader who never comes leaves nothing open.
    return { [Symbol.asyncIterator]: () => places.bucket.openDownloadStream(file)[Symbol.asyncIterator]() };
  };
}

function bucketOf({ db }: Connection): mongo.GridFSBucket {
  if (db === undefined) throw new Error("internal: a connection that is not open");
  return new mongo.GridFSBucket(db, { bucketName: BUCKET });
}

/** On a connection that the caller closes after it. */
export async function originalsOn(connection: Connection, collections: Collections): Promise<OpenOriginals> {
  const bucket = bucketOf(connection);
  const owner = await openOwner(collections);
  const places = { collections, bucket, owner: owner.name };
  return {
    stage: () => storing(() => stage(places)),
    open: readOriginalOf(connection, collections),
    sweep: (isNamed, mayGoOn) => storing(() => sweep(places, owner, isNamed, mayGoOn)),
    close: async () => {
      await owner.close().catch(() => undefined);
    },
  };
}

async function stage(places: Places): Promise<OriginalWriter> {
  const file = new Types.ObjectId();
  await mark(places, file);
  const upload = places.bucket.openUploadStreamWithId(file, file.toHexString());
  // Each write tells of its own failure; what nobody writes to must not end the process.
  upload.on("error", () => undefined);
  let [digest, isEnded]: [string | undefined, boolean] = [undefined, false];
  return {
    write: (chunk) =>
      storing(
        () =>
          new Promise<void>((resolve, reject) => {
            upload.write(chunk, (error) => {
              if (error) reject(error);
              else resolve();
            });
          }),
      ),
    keep: (sha256) =>
      storing(async () => {
        if (isEnded || digest !== undefined)
          throw new Error("internal: an original is kept once, before its end");
        digest = hexOf(sha256);
        upload.end();
        await finished(upload);
        if (!(await changeMark(places, file, { digest })))
          throw new Error("couldn't store: the content came from a process that was taken for dead");
        await place(places, digest, file);
      }),
    end: (isNamed) =>
      storing(async () => {
        if (isEnded) return;
        isEnded = true;
        if (!upload.writableFinished) await abandon(upload);
        if (digest === undefined) await removeFile(places, file);
        // Otherwise whoever has taken the mark over ends it.
        else if (await changeMark(places, file, { isEnding: true }))
          await settle(places, { digest, file }, isNamed);
        await unmark(places, file);
      }),
  };
}

/** Ends a writing of which nothing more is to come, whatever has become of it. */
async function abandon(upload: mongo.GridFSBucketWriteStream): Promise<void> {
  if (upload.closed) return;
  const closed = once(upload, "close");
  upload.destroy();
  await closed;
}

/** Ends what processes that are gone have left, and their claims. */
async function sweep(
  places: Places,
  owner: Owner,
  isNamed: IsNamed,
  mayGoOn: () => Promise<boolean> = async () => true,
): Promise<number> {
  const marks = await places.collections.originalMarks
    .find({ _id: { $gte: new Types.ObjectId("0".repeat(24)) } })
    .sort({ _id: 1 })
    .lean<MarkRow[]>();
  // Looked at after the marks: whoever has made one of them had said that it lives before.
  const living = await owner.living();
  const left = marks.filter((one) => !living.has(one.owner));
  if (left.length > 0 && !(await mayGoOn())) return 0;
  let count = 0;
  for (const { _id: file, owner: from, digest } of left) {
    if (!(await changeMark(places, file, { from, owner: owner.name, isEnding: true }))) continue;
    if (digest === undefined) await removeFile(places, file);
    else await settle(places, { digest, file }, isNamed);
    await unmark(places, file);
    count += 1;
  }
  await owner.bury();
  return count;
}

const hexOf = (sha256: Uint8Array): string => Buffer.from(sha256).toString("hex");
