/**
 * What a backup is: a folder that has `manifest.json`, which is written last.
 *
 *     manifest.json              this; names the digest of SHA256SUMS
 *     SHA256SUMS                 every other file with its SHA-256
 *     notary.db                  the store of one moment
 *     originals/<2 hex digits>/<sha-256 in hex>    those that a deposit of the store names
 *     configuration/...          notary.json as it was, the trust file, the signer's chain, templates
 *     secrets/...                keys and passwords, where they were asked for
 */
import { readFileSync } from "node:fs";
import { ParseError } from "../../core/errors.js";
import { HASH_BYTES } from "../../core/merkle/hash.js";
import { type JsonValue, parseJson } from "../../core/record/json.js";
import {
  readArray,
  readBase64Text,
  readBoolean,
  readInteger,
  readObject,
  readString,
  readTime,
  readType,
} from "../../core/record/reader.js";

export const MANIFEST_FILE = "manifest.json";
export const STORE_FILE = "notary.db";

/** A file, or the folder of templates, that notary.json names. */
export interface NamedFile {
  /** Such as `keys.log`. */
  readonly member: string;
  /** Under which name it is below `configuration/` or `secrets/`, and will be in a restored folder. */
  readonly name: string;
  /** Where the service has it: an absolute path. */
  readonly was: string;
  readonly isSecret: boolean;
  readonly isIncluded: boolean;
}

export interface BackupManifest {
  readonly type: "cunzheng/backup@v1";
  /** By the clock of the machine that made it: the moment of the store's copy. */
  readonly takenAt: string;
  readonly software: string;
  readonly origin: string;
  readonly ledger: { readonly treeSize: number; readonly rootHash: string };
  readonly deposits: { readonly count: number; readonly lastReceivedAt?: string };
  readonly originals: {
    readonly count: number;
    readonly bytes: number;
    /** SHA-256 in hexadecimal of those that the service had lost, and that were left out by name. */
    readonly without: readonly string[];
  };
  readonly files: readonly NamedFile[];
  /** SHA-256 of `SHA256SUMS`, hexadecimal. */
  readonly sums: string;
}

/** Throws where the file is no manifest of a backup. */
export function readManifest(file: string): BackupManifest {
  const count = readInteger({ min: 0 });
  return readObject(parseJson(readFileSync(file), { numbers: "canonical" }), "", {
    required: {
      type: readType("cunzheng/backup@v1"),
      takenAt: readTime,
      software: readString,
      origin: readString,
      ledger: (value: JsonValue, at: string) =>
        readObject(value, at, { required: { treeSize: count, rootHash: readBase64Text(HASH_BYTES) } }),
      deposits: (value: JsonValue, at: string) =>
        readObject(value, at, { required: { count }, optional: { lastReceivedAt: readTime } }),
      originals: (value: JsonValue, at: string) =>
        readObject(value, at, { required: { count, bytes: count, without: readArray(readString) } }),
      files: readArray((value: JsonValue, at: string) =>
        readObject(value, at, {
          required: {
            ...{ member: readString, name: readFileName, was: readString },
            ...{ isSecret: readBoolean, isIncluded: readBoolean },
          },
        }),
      ),
      sums: readString,
    },
  });
}

/** One step below the folder, whoever wrote the manifest. */
const readFileName = (value: JsonValue, field: string): string => {
  const name = readString(value, field);
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return name;
  throw new ParseError("value-range", "no name of a file", { field, got: name, want: "such as log.key" });
};

export const encodeManifest = (manifest: BackupManifest): string => `${JSON.stringify(manifest, null, 2)}\n`;
