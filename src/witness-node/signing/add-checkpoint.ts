/**
 * Whether to cosign: the decision of add-checkpoint, without effects. C2SP tlog-witness (2026-07-06), in the
 * order in which that text names its checks.
 *
 * What needs no memory is checked before the store is touched (`openSubmission`); what compares with the latest
 * cosigned checkpoint runs inside the store's update (`judgeSubmission`).
 */
import { equalBytes } from "../../core/bytes.js";
import { ParseError, VerificationError } from "../../core/errors.js";
import {
  type Checkpoint,
  openLogSignatures,
  parseCheckpointText,
  type SignedCheckpoint,
} from "../../core/ledger/checkpoint.js";
import { encodeNote, type Note, parseNote } from "../../core/ledger/note.js";
import type { Verifiers } from "../../core/ledger/verifiers.js";
import type { VerifierKey } from "../../core/ledger/vkey.js";
import { type ConsistencyProof, verifyConsistency } from "../../core/merkle/consistency.js";
import { emptyRootHash, type Hash } from "../../core/merkle/hash.js";
import { parseAddCheckpoint } from "../../core/witness/add-checkpoint.js";
import type { Cosignature } from "../../core/witness/cosignature.js";
import type { CosignedCheckpoint } from "../memory/checkpoint-table.js";
import type { TrustedLog } from "../configuration/logs.js";
import { cosignatureTime, type Cosign } from "./cosign.js";
import type { Decision } from "../memory/store.js";

export type Refusal =
  | { readonly kind: RefusalKind; readonly message: string }
  | { readonly kind: "conflict"; /** Of the latest cosigned checkpoint. */ readonly treeSize: number };
export type RefusalKind =
  | "malformed"
  | "log-unknown"
  | "log-signature-refused"
  | "old-size-above-size"
  | "inconsistent"
  /** The node does not remember all that it has signed (own-signatures.ts). */
  | "memory-behind";

export type Answer = Refusal | { readonly kind: "cosigned"; readonly cosignatures: readonly string[] };

/** A submission is a request that the log has signed. */
export interface Submission {
  readonly kind: "submission";
  readonly log: TrustedLog;
  readonly oldSize: number;
  readonly proof: ConsistencyProof["path"];
  readonly text: string;
  readonly checkpoint: Checkpoint;
  /** These are the signature lines of the log's keys; all others are ignored. */
  readonly logLines: readonly string[];
}

export interface Openers {
  readonly logs: readonly TrustedLog[];
  readonly verifiers: Verifiers;
}

/** Parses a request's body, finds its log, and verifies the log's signature. */
export function openSubmission(body: Uint8Array, { logs, verifiers }: Openers): Submission | Refusal {
  try {
    const { oldSize, proof, checkpoint: noteText } = parseAddCheckpoint(body);
    const note = parseNote(noteText);
    const checkpoint = parseCheckpointText(note.text);
    // SPEC: "If the checkpoint origin is unknown, the witness MUST respond with a "404 Not Found" HTTP status code."
    const log = logs.find(({ origin }) => origin === checkpoint.origin);
    if (log === undefined)
      return { kind: "log-unknown", message: `no log ${checkpoint.origin} is witnessed here` };
    const signers = signersOf(note, checkpoint, log, verifiers);
    if (!Array.isArray(signers)) return signers;
    const logLines = linesOf(note, signers);
    return { kind: "submission", log, oldSize, proof, text: note.text, checkpoint, logLines };
  } catch (error) {
    if (error instanceof ParseError) return { kind: "malformed", message: describe(error) };
    throw error;
  }
}

/**
 * SPEC: "The witness MUST verify the checkpoint signature against the public key(s) it trusts for the checkpoint origin,
 * and it MUST ignore signatures from unknown keys."
 */
function signersOf(
  note: Note,
  checkpoint: Checkpoint,
  { vkeys }: TrustedLog,
  verifiers: Verifiers,
): VerifierKey[] | Refusal {
  try {
    return openLogSignatures(note, checkpoint, vkeys, verifiers);
  } catch (error) {
    // SPEC: "403 Forbidden [...] if either no signature from a trusted key for the origin is present, or a signature
    // line's key name and ID match a trusted key but the signature itself fails to verify". A line of a trusted ML-DSA-44
    // key with a signature of another length (`ParseError`) does not verify either.
    if (error instanceof VerificationError || error instanceof ParseError)
      return { kind: "log-signature-refused", message: error.message };
    throw error;
  }
}

export interface Judgement extends Decision {
  readonly answer: Answer;
}

export interface JudgeArguments {
  /** This is the latest checkpoint of the log that was cosigned, as the store holds it at this moment. */
  readonly previous: CosignedCheckpoint | undefined;
  readonly nowMs: number;
  readonly cosign: Cosign;
  /** Gives the root of the first `treeSize` entries of what was cosigned, where this node has copied them. */
  readonly rootOf: (treeSize: number) => Hash | undefined;
}

/** Judges a submission by the latest cosigned checkpoint. A refusal never comes with a `next`. */
export function judgeSubmission(
  submission: Submission,
  { previous, nowMs, cosign, rootOf }: JudgeArguments,
): Judgement {
  const { text, checkpoint, logLines } = submission;
  const { treeSize, rootHash } = checkpoint;
  const found = refuse(submission, previous);
  if (found) {
    const answer = found.refusal;
    const kept = { treeSize, rootHash, note: encodeNote(text, logLines), receivedAtMs: nowMs };
    // SPEC: "If the origin is known, and the signature is valid, the witness MAY log the request even if the checkpoint
    // fails one of the consistency checks above (but MUST NOT cosign the checkpoint), as it might be proof of log
    // misbehavior."
    switch (branchOf(checkpoint, previous, rootOf)) {
      case "own":
        return { answer };
      case "other":
        return { answer, misconduct: { kind: "fork", ...kept } };
      case "unknown":
        return found.suspect
          ? { answer, misconduct: { kind: "suspect", ...kept } }
          : { answer, unjudged: kept };
    }
  }
  const timeSeconds = cosignatureTime(nowMs, previous);
  const cosignatures = cosign(text, timeSeconds);
  const note = encodeNote(text, [...logLines, ...cosignatures]);
  return { answer: { kind: "cosigned", cosignatures }, next: { treeSize, rootHash, timeSeconds, note } };
}

interface Found {
  readonly refusal: Refusal;
  /** This is set where no proof leads to it from what was cosigned: the log may have two branches. */
  readonly suspect?: boolean;
}

/** The consistency checks in their order; undefined when all pass. */
function refuse(
  { oldSize, proof, checkpoint }: Submission,
  previous: CosignedCheckpoint | undefined,
): Found | undefined {
  const { treeSize, rootHash } = checkpoint;
  // SPEC: "The old size MUST be equal to or lower than the checkpoint size. Otherwise, [...] "400 Bad Request"".
  if (oldSize > treeSize)
    return {
      refusal: { kind: "old-size-above-size", message: `old size ${oldSize} is above the size ${treeSize}` },
    };
  // SPEC: "The witness MUST check that the old size matches the size of the latest checkpoint it cosigned for the
  // checkpoint's origin (or zero if it never cosigned a checkpoint for that origin)."
  const cosignedSize = previous?.treeSize ?? 0;
  if (oldSize !== cosignedSize) return { refusal: { kind: "conflict", treeSize: cosignedSize } };
  // SPEC: "A checkpoint of size zero MUST have the root hash of the empty tree".
  if (treeSize === 0 && !equalBytes(rootHash, emptyRootHash()))
    return { refusal: inconsistent("the root of a tree without entries is SHA-256 of nothing") };
  // SPEC: "If the old size is zero, the consistency proof MUST be empty, because the empty tree is consistent with any
  // tree, so no proof is necessary."
  if (oldSize === 0)
    return proof.length === 0
      ? undefined
      : { refusal: inconsistent("a proof from the old size 0 must be empty") };
  // SPEC: "If the old size matches the checkpoint size, the witness MUST check that the root hashes are also identical."
  // `previous` is present: its size is the old size, which is not 0.
  const oldRoot = (previous as CosignedCheckpoint).rootHash;
  if (oldSize === treeSize && !equalBytes(oldRoot, rootHash))
    return { refusal: inconsistent(`another root of size ${treeSize} has been cosigned`) };
  // SPEC: "Otherwise, the consistency proof lines MUST encode a Merkle Consistency Proof from the old size to the
  // checkpoint size according to [RFC 6962], Section 2.1.2."
  try {
    verifyConsistency({ oldSize, newSize: treeSize, path: proof }, oldRoot, rootHash);
    return undefined;
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    return { refusal: inconsistent(error.message), suspect: oldSize < treeSize };
  }
}

/** Tells whether a checkpoint is one of the cosigned branch, as far as this node can tell from what it has copied. */
export function branchOf(
  { treeSize, rootHash }: Pick<Checkpoint, "treeSize" | "rootHash">,
  previous: CosignedCheckpoint | undefined,
  rootOf: JudgeArguments["rootOf"],
): "own" | "other" | "unknown" {
  const root =
    treeSize === 0
      ? emptyRootHash()
      : previous === undefined || treeSize > previous.treeSize
        ? undefined
        : treeSize === previous.treeSize
          ? previous.rootHash
          : rootOf(treeSize);
  if (root === undefined) return "unknown";
  return equalBytes(rootHash, root) ? "own" : "other";
}

/** Gives one line a key: a note of many copies of one line must not grow past what readers take. */
export function linesOf(note: Note, signers: readonly VerifierKey[]): string[] {
  return signers.flatMap((key) => {
    const line = note.signatures.find(({ name, keyId }) => name === key.name && keyId === key.keyId)?.line;
    return line === undefined ? [] : [line];
  });
}

/**
 * Makes a checkpoint's note with the log's lines and these cosignatures, all verified, and no other line: a false one
 * of a key that others know would spoil the note for them.
 */
export function verifiedNote(
  { note, signedBy }: Pick<SignedCheckpoint, "note" | "signedBy">,
  cosignatures: readonly Cosignature[] = [],
): string {
  return encodeNote(note.text, [...linesOf(note, signedBy), ...cosignatures.map(({ line }) => line)]);
}

const inconsistent = (message: string): Refusal => ({ kind: "inconsistent", message });

function describe({ message, detail: { field, got, want } }: ParseError): string {
  return [message, field && `at ${field}`, got && `got ${got}`, want && `want ${want}`]
    .filter(Boolean)
    .join("; ");
}
