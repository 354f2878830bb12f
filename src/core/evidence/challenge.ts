/**
 * A challenge: a receipt beside a checkpoint that was cosigned after its time (`*.challenge.json`). It asks the operator
 * for evidence of the statement; until somebody shows that, the receipt speaks against whoever signed it. Written as its
 * RFC 8785 bytes; read strictly, with white space and the order of members free. docs/evidence-format.md, "Challenge".
 */
import { canonicalJson } from "../record/canonical.js";
import type { JsonValue } from "../record/json.js";
import { type JsonFile, valueOf } from "./json-file.js";
import { readObject, readString, readType } from "../record/reader.js";

export const CHALLENGE_TYPE = "cunzheng/challenge@v1";

export interface Challenge {
  readonly type: typeof CHALLENGE_TYPE;
  /** The receipt is a signed note, verbatim. */
  readonly receipt: string;
  /** The checkpoint is a signed note with cosignatures, verbatim: who saw the ledger, and when. */
  readonly checkpoint: string;
}

/** Reads a challenge. Throws `ParseError`. */
export function parseChallenge(file: Uint8Array | JsonFile): Challenge {
  return readObject(valueOf(file), "", {
    required: { type: readType(CHALLENGE_TYPE), receipt: readString, checkpoint: readString },
  });
}

export function encodeChallenge(challenge: Challenge): Uint8Array {
  return canonicalJson(challenge as unknown as JsonValue);
}
