/**
 * Originals: GridFS has the contents (`originals.files`, `originals.chunks`), a file for each upload; these say which file is
 * the content of a digest, and which files are on their way in or out, and whose.
 */
import { Schema, type Types } from "mongoose";
import { declare, text } from "./declare.js";

const fileId = { type: Schema.Types.ObjectId, required: true } as const;

export interface KeptRow {
  /** SHA-256 in hexadecimal. */
  readonly _id: string;
  readonly file: Types.ObjectId;
}
export const keptOriginals = declare({ _id: String, file: fileId });

/** Whoever has the mark of a file, and nobody else, puts it in its place or takes its content away. */
export interface MarkRow {
  /** The file's. */
  readonly _id: Types.ObjectId;
  readonly owner: string;
  /** SHA-256 in hexadecimal, once the content is whole. */
  readonly digest?: string;
  /** Its end has begun: nobody relies on it any more. */
  readonly isEnding?: boolean;
}
export const originalMarks = declare(
  { _id: Schema.Types.ObjectId, owner: text, digest: String, isEnding: Boolean },
  [[{ digest: 1 }, { sparse: true }]],
);

/** A process that keeps originals. */
export interface OwnerRow {
  readonly _id: string;
  /** By the database's clock. */
  readonly seenAt: Date;
}
export const originalOwners = declare({ _id: String, seenAt: { type: Date, required: true } });

export const BUCKET = "originals";

/** As every driver makes them for GridFS. */
export const BUCKET_INDEXES = {
  files: { filename: 1, uploadDate: 1 },
  chunks: { files_id: 1, n: 1 },
} as const;
