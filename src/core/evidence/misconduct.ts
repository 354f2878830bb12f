/**
 * Misconduct: two checkpoints of one log that can't both be true, in one file (`*.misconduct.json`). Whoever signed both
 * has lied, and anybody can see it. Written as its RFC 8785 bytes; read strictly, with white space and the order of
 * members free. docs/evidence-format.md, "Misconduct".
 */
import { canonicalJson } from "../record/canonical.js";
import { type JsonValue, parseJson } from "../record/json.js";
import { readArray, readBase64Text, readObject, readString, readType } from "../record/reader.js";

export const MISCONDUCT_TYPE = "cunzheng/misconduct@v1";

export interface Misconduct {
  readonly type: typeof MISCONDUCT_TYPE;
  /** Signed notes, the smaller tree first; one alone where a tree of size 0 has the root of another. */
  readonly checkpoints: readonly string[];
  /** Where the sizes differ: what the larger tree says of the smaller one. */
  readonly consistency?: {
    /** Base64: the root of the larger tree's first leaves, as many as the smaller one has. */
    readonly rootHash: string;
    /** Base64 hashes: the consistency proof from that root to the larger checkpoint's. */
    readonly path: readonly string[];
  };
}

export function parseMisconduct(bytes: Uint8Array): Misconduct {
  return readObject(parseJson(bytes, { numbers: "canonical" }), "", {
    required: { type: readType(MISCONDUCT_TYPE), checkpoints: readArray(readString) },
    optional: {
      consistency: (value, field) =>
        readObject(value, field, {
          required: { rootHash: readBase64Text(32), path: readArray(readBase64Text(32)) },
        }),
    },
  });
}

export function encodeMisconduct(misconduct: Misconduct): Uint8Array {
  return canonicalJson(misconduct as unknown as JsonValue);
}
