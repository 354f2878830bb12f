/**
 * Evidence: everything that proves one statement, in one file (`*.evidence.json`). Written as its RFC 8785 bytes;
 * read strictly, with white space and the order of members free. docs/evidence-format.md, "Evidence".
 */
import { type Batch, parseBatch } from "../batch/batch.js";
import { MAX_PROOF_HASHES } from "../merkle/hash.js";
import { canonicalJson } from "../record/canonical.js";
import type { JsonValue } from "../record/json.js";
import {
  readArray,
  readBase64Text,
  readInteger,
  readObject,
  readString,
  readType,
} from "../record/reader.js";
import { type JsonFile, valueOf } from "./json-file.js";
import { parseStatement, type Statement } from "../record/statement.js";

export const EVIDENCE_TYPE = "cunzheng/evidence@v1";
export const EVIDENCE_MEDIA_TYPE = "application/vnd.cunzheng.evidence+json";

/** One evidence file has at most so many tokens: each is parsed, and costs signatures to verify. */
export const MAX_TIMESTAMPS = 100;

export interface Evidence {
  readonly type: typeof EVIDENCE_TYPE;
  readonly statement: Statement;
  readonly inclusion: {
    readonly leafIndex: number;
    /** The path holds base64 sibling hashes, from the leaf's own sibling up to a child of the batch root. */
    readonly path: readonly string[];
  };
  readonly batch: Batch;
  /** This is a C2SP tlog-proof whose leaf is the batch's canonical JSON. */
  readonly ledgerProof: string;
  /** These are RFC 3161 tokens over SHA-256 of the checkpoint's note text. */
  readonly timestamps: readonly { readonly token: string }[];
}

/** Reads evidence. Throws `ParseError`. */
export function parseEvidence(file: Uint8Array | JsonFile): Evidence {
  return readEvidence(valueOf(file), "");
}

export function encodeEvidence(evidence: Evidence): Uint8Array {
  return canonicalJson(evidence as unknown as JsonValue);
}

const readEvidence = (value: JsonValue, field: string): Evidence =>
  readObject(value, field, {
    required: {
      type: readType(EVIDENCE_TYPE),
      statement: parseStatement,
      inclusion: (inclusion, at) =>
        readObject(inclusion, at, {
          required: {
            leafIndex: readInteger({ min: 0 }),
            path: readArray(readBase64Text(32), MAX_PROOF_HASHES),
          },
        }),
      batch: parseBatch,
      ledgerProof: readString,
      timestamps: readArray(
        (timestamp: JsonValue, at: string) =>
          readObject(timestamp, at, { required: { token: readBase64Text() } }),
        MAX_TIMESTAMPS,
      ),
    },
  });
