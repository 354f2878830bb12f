/**
 * Checkpoints: "the log of this origin has this many leaves under this root", signed by the log.
 * C2SP tlog-checkpoint (2026-07-11), without its optional extension lines. A log signs with Ed25519 (type 0x01), with
 * ML-DSA-44 (0x06, as a cosigner of its own name), or with both.
 */
import { abbreviate, base64, decimal, utf8 } from "../bytes.js";
import { ParseError } from "../errors.js";
import type { Hash } from "../merkle/hash.js";
import { verifyEd25519 } from "./ed25519.js";
import { verifyMlDsa44 } from "./ml-dsa-44.js";
import { type Note, type NoteSignature, parseNote } from "./note.js";
import { openLines, refuseUnsigned } from "./open-note.js";
import { hashFromLine } from "./proof-lines.js";
import { parseTimestampedSignature, subtreeMessage } from "./timestamped-signature.js";
import type { Verifiers } from "./verifiers.js";
import { SIGNATURE_TYPE, type VerifierKey } from "./vkey.js";

export interface Checkpoint {
  readonly origin: string;
  readonly treeSize: number;
  readonly rootHash: Hash;
}

export interface SignedCheckpoint extends Checkpoint {
  readonly note: Note;
  /** These keys of the log signed it: there is at least one. */
  readonly signedBy: readonly VerifierKey[];
}

/**
 * Gives the checkpoint once a key of `logVkeys` has signed it. Which origin those keys may speak for is the caller's
 * to compare. Throws as `parseNote`, `parseCheckpointText` and `openLogSignatures`.
 */
export function openCheckpoint(
  note: string | Uint8Array,
  logVkeys: readonly VerifierKey[],
  verifiers?: Verifiers,
): SignedCheckpoint {
  const parsed = parseNote(note);
  const checkpoint = parseCheckpointText(parsed.text);
  return {
    ...checkpoint,
    note: parsed,
    signedBy: openLogSignatures(parsed, checkpoint, logVkeys, verifiers),
  };
}

/**
 * Gives the keys of the log that signed `checkpoint`, which is the note's text, each once and in the note's order.
 * Throws `signature-invalid` when a line of a known key does not verify, `signature-missing` when no known key
 * signed, and as `parseTimestampedSignature` for a line of an ML-DSA-44 key.
 */
export function openLogSignatures(
  note: Note,
  checkpoint: Checkpoint,
  logVkeys: readonly VerifierKey[],
  verifiers: Verifiers = {},
): VerifierKey[] {
  const { ed25519, mlDsa44 } = SIGNATURE_TYPE;
  const known = logVkeys.filter(({ type }) => type === ed25519 || type === mlDsa44);
  const message = utf8(note.text);
  const { verifyEd25519: verify = verifyEd25519 } = verifiers;
  const signers = openLines(
    note,
    known,
    (line, claimed) =>
      claimed.find(
        ({ type, publicKey }) =>
          type === ed25519 && verify({ publicKey, message, signature: line.signature }),
      ) ?? signerOfSubtree(line, claimed, checkpoint, verifiers),
  );
  return [...new Set(refuseUnsigned(note, known, signers))];
}

function signerOfSubtree(
  { signature: blob }: NoteSignature,
  claimed: readonly VerifierKey[],
  checkpoint: Checkpoint,
  { verifyMlDsa44: verify = verifyMlDsa44 }: Verifiers,
): VerifierKey | undefined {
  const known = claimed.filter(({ type }) => type === SIGNATURE_TYPE.mlDsa44);
  if (known.length === 0) return undefined;
  const { timeSeconds, signature } = parseTimestampedSignature(blob, ["ml-dsa-44"]);
  return known.find(({ name, publicKey }) => {
    const message = subtreeMessage({ name, timeSeconds, checkpoint });
    return message !== undefined && verify({ publicKey, message, signature });
  });
}

/** One more than three would do to see that there are more: of those the message shows the beginning. */
const SOME_LINES = 100;

/** Reads a checkpoint from a note's text. Throws `checkpoint-malformed`, `checkpoint-extension`. */
export function parseCheckpointText(text: string): Checkpoint {
  if (!text.endsWith("\n")) throw malformed("no newline at the end", "lines that end in a newline");
  const [origin, size, root, ...extensions] = text.slice(0, -1).split("\n", SOME_LINES);
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
