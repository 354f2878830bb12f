/** Check 1: evidence read down to its last layer. docs/evidence-format.md, sections 5 and 8. */
import { atField } from "../errors.js";
import { type Evidence, parseEvidence } from "../evidence/evidence.js";
import type { JsonFile } from "../evidence/json-file.js";
import { type Checkpoint, parseCheckpointText } from "../ledger/checkpoint.js";
import { type Note, parseNote } from "../ledger/note.js";
import { parseTlogProof, type TlogProof } from "../ledger/tlog-proof.js";
import { hashStatement } from "../record/statement.js";

export interface ParsedEvidence {
  readonly evidence: Evidence;
  readonly proof: TlogProof;
  readonly note: Note;
  readonly checkpoint: Checkpoint;
  /** This is the leaf hash of the statement, in the tree of its batch; 32 bytes. */
  readonly leafHash: Uint8Array;
}

/**
 * Check 1, `evidence-format`: "evidence, ledger proof, note and checkpoint parse, in this order". Throws `ParseError` for the
 * first that does not.
 */
export function parseLayers(file: Uint8Array | JsonFile): ParsedEvidence {
  const evidence = parseEvidence(file);
  return atField("/ledgerProof", () => {
    const proof = parseTlogProof(evidence.ledgerProof);
    const note = parseNote(proof.checkpoint);
    const checkpoint = parseCheckpointText(note.text);
    return { evidence, proof, note, checkpoint, leafHash: hashStatement(evidence.statement) };
  });
}
