/**
 * The form that tlog-proof files and add-checkpoint requests share: a head of lines, the hashes of a proof one a line
 * in base64, an empty line, and a checkpoint verbatim.
 */
import { abbreviate, base64, bytesFromBase64 } from "../bytes.js";
import { ParseError } from "../errors.js";
import { type Hash, HASH_BYTES, MAX_PROOF_HASHES } from "../merkle/hash.js";

export interface ProofLines {
  /** These are the lines before the empty line, head and hashes; of very many the first. */
  readonly lines: readonly string[];
  /** This is all that follows the empty line, unread. */
  readonly checkpoint: string;
}

/** More than any head and proof together, so that a proof with too many hashes shows as one without all being read. */
const SOME_LINES = 2 * MAX_PROOF_HASHES;

type Refuse = "proof-malformed" | "request-malformed";

/** Divides a text at the first empty line: unlike in a note, nothing before it may hold one. */
export function splitProof(text: string, refuse: Refuse): ProofLines {
  const divide = text.indexOf("\n\n");
  if (divide < 0) throw new ParseError(refuse, "no empty line before the checkpoint");
  const checkpoint = text.slice(divide + 2);
  if (checkpoint === "") throw new ParseError(refuse, "no checkpoint after the empty line");
  return { lines: text.slice(0, divide).split("\n", SOME_LINES), checkpoint };
}

/** Reads the hashes of a proof; `firstLine` is the number of the first of `lines` in the whole text. */
export function hashesFromLines(lines: readonly string[], firstLine: number, refuse: Refuse): Hash[] {
  return lines.map((line, i) => {
    const hash = hashFromLine(line);
    if (hash !== undefined) return hash;
    throw new ParseError(refuse, "not a hash of the proof", {
      field: `line ${firstLine + i}`,
      got: abbreviate(line),
      want: "the base64 of 32 bytes",
    });
  });
}

export function linesFromHashes(hashes: readonly Hash[]): string {
  return hashes.map((hash) => `${base64(hash)}\n`).join("");
}

/** Reads a hash spelled as base64 on a line of its own; undefined for anything else. */
export function hashFromLine(line: string): Hash | undefined {
  try {
    const hash = bytesFromBase64(line);
    return hash.length === HASH_BYTES ? hash : undefined;
  } catch {
    return undefined;
  }
}
