/**
 * Checkpoints: "the log of this origin has this many leaves under this root", signed by the log.
 * C2SP tlog-checkpoint v1.0.0, without its optional extension lines.
 */
import { abbreviate, base64, decimal } from "../bytes.js";
import { ParseError } from "../errors.js";
import { type Hash } from "../merkle/hash.js";
import { type VerifyEd25519 } from "./ed25519.js";
import { type Note, parseNote } from "./note.js";
import { openNote } from "./open-note.js";
import { hashFromLine } from "./proof-lines.js";
import { type VerifierKey } from "./vkey.js";

export interface Checkpoint {
  readonly origin: string;
  readonly treeSize: number;
  readonly rootHash: Hash;
}

export interface SignedCheckpoint extends Checkpoint {
  readonly note: Note;
  /** The log's keys that signed it: at least one. */
  readonly signedBy: readonly VerifierKey[];
}

/**
 * The checkpoint, once a key of `logVkeys` has signed it. Which origin those keys may speak for is the caller's
 * to compare. Throws as `parseNote`, `openNote` and `parseCheckpointText`.
 */
export function openCheckpoint(
  note: string | Uint8Array,
  logVkeys: readonly VerifierKey[],
  verify?: VerifyEd25519,
): SignedCheckpoint {
  const parsed = parseNote(note);
  const signedBy = openNote(parsed, logVkeys, verify);
  return { ...parseCheckpointText(parsed.text), note: parsed, signedBy };
}

/** Of a note's text. Throws `checkpoint-malformed`, `checkpoint-extension`. */
export function parseCheckpointText(text: string): Checkpoint {
  if (!text.endsWith("\n")) throw malformed("no newline at the end", "lines that end in a newline");
  const [origin, size, root, ...extensions] = text.slice(0, -1).split("\n");
  if (origin === undefined || size === undefined || root === undefined) {
    throw malformed("too few lines", "origin, tree size, root hash");
  }
  if (origin === "") throw malformed("an empty origin", "an origin", "line 1");
  // SPEC: "no leading zeroes (unless the tree is empty, in which case the tree size is `0`)"; ours: at most 2^53 - 1.
  const treeSize = decimal(size);
  if (treeSize === undefined) throw malformed(size, "a decimal without leading zeros, below 2^53", "line 2");
  const rootHash = hashFromLine(root);
  if (rootHash === undefined) throw malformed(root, "the base64 of 32 bytes", "line 3");
  // SPEC: "Any following lines are extension lines ... NOT RECOMMENDED, as they are not auditable by log monitors."
  if (extensions.length > 0) {
    throw new ParseError("checkpoint-extension", "the checkpoint has extension lines", {
      field: "line 4",
      got: abbreviate(extensions.join("\n")),
      want: "three lines",
    });
  }
  return { origin, treeSize, rootHash };
}

export function encodeCheckpointText({ origin, treeSize, rootHash }: Checkpoint): string {
  return `${origin}\n${treeSize}\n${base64(rootHash)}\n`;
}

function malformed(got: string, want: string, field?: string): ParseError {
  return new ParseError("checkpoint-malformed", "not a checkpoint", {
    got: abbreviate(got),
    want,
    ...(field !== undefined && { field }),
  });
}
