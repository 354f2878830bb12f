/**
 * Misconduct: two checkpoints of one log that can't both be true, in one file (`*.misconduct.json`). Whoever signed both
 * has lied, and anybody can see it. Written as its RFC 8785 bytes; read strictly, with white space and the order of
 * members free. docs/evidence-format.md, "Misconduct".
 */
import { MAX_PROOF_HASHES } from "../merkle/hash.js";
import { canonicalJson } from "../record/canonical.js";
import type { JsonValue } from "../record/json.js";
import { type JsonFile, valueOf } from "./json-file.js";
import { readArray, readBase64Text, readObject, readString, readType } from "../record/reader.js";

export const MISCONDUCT_TYPE = "cunzheng/misconduct@v1";

/** More than two are no misconduct either; but up to so many they are read before that is said. */
const MAX_CHECKPOINTS = 16;

export interface Misconduct {
  readonly type: typeof MISCONDUCT_TYPE;
  /**
   * The checkpoints are signed notes, the smaller tree first; there is one alone where a tree of size 0 has the root
   * of another.
   */
  readonly checkpoints: readonly string[];
  /** Where the sizes differ, this is what the larger tree says of the smaller one. */
  readonly consistency?: {
    /** This is the root, in base64, of the larger tree's first leaves, as many as the smaller one has. */
    readonly rootHash: string;
    /** These hashes, in base64, are the consistency proof from that root to the larger checkpoint's. */
    readonly path: readonly string[];
  };
}

/** Reads misconduct. Throws `ParseError`. */
export function parseMisconduct(file: Uint8Array | JsonFile): Misconduct {
  return readObject(valueOf(file), "", {
    required: { type: readType(MISCONDUCT_TYPE), checkpoints: readArray(readString, MAX_CHECKPOINTS) },
    optional: {
      consistency: (value, field) =>
        readObject(value, field, {
          required: { rootHash: readBase64Text(32), path: readArray(readBase64Text(32), MAX_PROOF_HASHES) },
        }),
    },
  });
}

export function encodeMisconduct(misconduct: Misconduct): Uint8Array {
  return canonicalJson(misconduct as unknown as JsonValue);
}
