/**
 * What a log sends a witness, and what it gets: C2SP tlog-witness v1.0.0, "add-checkpoint".
 */
import { abbreviate, decimal, textFromUtf8, utf8 } from "../bytes.js";
import { ParseError } from "../errors.js";
import { MAX_SIGNATURES, type NoteSignature, parseSignatureLine, tooManySignatures } from "../ledger/note.js";
import { hashesFromLines, linesFromHashes, splitProof } from "../ledger/proof-lines.js";
import type { Hash } from "../merkle/hash.js";

export interface AddCheckpointRequest {
  /** This is the size that the witness last cosigned, as the log believes. */
  readonly oldSize: number;
  /** The consistency proof leads from there to the checkpoint. */
  readonly proof: readonly Hash[];
  /** The checkpoint is the signed note, verbatim. */
  readonly checkpoint: string;
}

/** SPEC: "The client MUST NOT send more than 63 consistency proof lines." */
export const MAX_PROOF_LINES = 63;

export function encodeAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpointRequest): Uint8Array {
  return utf8(`old ${oldSize}\n${linesFromHashes(proof)}\n${checkpoint}`);
}

/**
 * Reads a request. Throws `utf8-invalid`, `request-malformed`. The checkpoint is left as it stands: `parseNote`
 * judges it.
 */
export function parseAddCheckpoint(body: Uint8Array): AddCheckpointRequest {
  const { lines, checkpoint } = splitProof(textFromUtf8(body), "request-malformed");
  const [first = "", ...hashes] = lines;
  // SPEC: "encoded as an ASCII decimal with no leading zeroes (unless the size is zero, in which case [...] `0`)".
  const oldSize = first.startsWith("old ") ? decimal(first.slice("old ".length)) : undefined;
  if (oldSize === undefined) throw malformed("line 1", first, "old and a decimal below 2^53");
  if (hashes.length > MAX_PROOF_LINES) {
    throw malformed("line 2", `${hashes.length} proof lines`, `at most ${MAX_PROOF_LINES}`);
  }
  return { oldSize, proof: hashesFromLines(hashes, 2, "request-malformed"), checkpoint };
}

/**
 * Reads a witness's answer: one or more signature lines, unverified. Lines of unknown keys are to be ignored. Throws
 * `utf8-invalid`, `cosignature-malformed`, `note-too-many-signatures`, and as `parseSignatureLine`.
 */
export function parseCosignatureLines(body: Uint8Array): NoteSignature[] {
  const text = textFromUtf8(body);
  // SPEC: "each starting with the `—` character (U+2014) and ending with a newline character (U+000A)".
  if (!text.endsWith("\n")) {
    throw new ParseError("cosignature-malformed", "not the answer of a witness", {
      got: abbreviate(text),
      want: "signature lines, each with its newline",
    });
  }
  const lines = text.slice(0, -1).split("\n", MAX_SIGNATURES + 1);
  if (lines.length > MAX_SIGNATURES) throw tooManySignatures(`${lines.length} or more`);
  return lines.map(parseSignatureLine);
}

function malformed(field: string, got: string, want: string): ParseError {
  return new ParseError("request-malformed", "not an add-checkpoint request", {
    field,
    got: abbreviate(got),
    want,
  });
}
