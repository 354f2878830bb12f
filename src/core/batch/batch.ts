/**
 * The batch entry: the root over a batch's statements, as it stands on the ledger.
 * Two RFC 6962 trees meet here: `root` ends the statements' tree, the entry's own leaf hash begins the ledger's.
 */
import { HASH_BYTES, type Hash, hashLeaf } from "../merkle/hash.js";
import { canonicalJson } from "../record/canonical.js";
import type { JsonValue } from "../record/json.js";
import {
  readBase64Text,
  readInteger,
  readNullable,
  readNumber,
  readObject,
  readString,
  readTime,
  readType,
  readUlid,
  type Reader,
} from "../record/reader.js";

/** A batch entry is kept as in JSON, text for text: encoding it gives the bytes that were hashed. */
export interface Batch {
  readonly type: "cunzheng/batch@v1";
  readonly id: string;
  /** This is how many statements the batch has. */
  readonly size: number;
  /** This is the root over the statements' leaf hashes, in base64. */
  readonly root: string;
  readonly sealedAt: string;
  readonly state: SystemState;
}

/** This says what sealed the batch: a court may ask in what state the system was. */
export interface SystemState {
  /** The software's name, version and commit, such as `cunzheng/0.1.0 5602fbf`. */
  readonly software: string;
  /** The SHA-256 of the effective configuration without its secrets, in base64. */
  readonly config: string;
  /** The clock's measured offset from its reference; it may have a fraction. It is null where unknown. */
  readonly clockOffsetMs: number | null;
}

/** Reads a batch entry; `field` says where it stands. Throws `ParseError`. */
export function parseBatch(value: JsonValue, field = ""): Batch {
  return readObject(value, field, {
    required: {
      type: readType("cunzheng/batch@v1"),
      id: readUlid,
      size: readInteger({ min: 1 }),
      root: readBase64Text(HASH_BYTES),
      sealedAt: readTime,
      state: readState,
    },
  });
}

/** Gives the bytes of the ledger entry: the batch's canonical JSON. */
export function encodeBatch(batch: Batch): Uint8Array {
  return canonicalJson(batch);
}

/** Gives the entry's leaf hash on the ledger. */
export function hashBatch(batch: Batch): Hash {
  return hashLeaf(encodeBatch(batch));
}

const CONFIG_DIGEST_BYTES = 32;

const readState: Reader<SystemState> = (value, field) =>
  readObject(value, field, {
    required: {
      software: readString,
      config: readBase64Text(CONFIG_DIGEST_BYTES),
      clockOffsetMs: readNullable(readNumber),
    },
  });
