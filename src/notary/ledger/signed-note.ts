/** Notes that the notary signs: checkpoints with the log's keys, receipts with the receipt key. One key, one purpose. */
import { utf8 } from "../../core/bytes.js";
import { type Checkpoint, encodeCheckpointText } from "../../core/ledger/checkpoint.js";
import { ML_DSA_44 } from "../../core/ledger/ml-dsa-44.js";
import { encodeNote, formatSignatureLine, parseNote } from "../../core/ledger/note.js";
import { encodeTimestampedSignature, subtreeMessage } from "../../core/ledger/timestamped-signature.js";
import type { Ports } from "../ports/ports.js";
import type { Signer } from "../ports/host.js";

export function signNote(text: string, signer: Signer): string {
  return encodeNote(text, [signedLine(text, signer)]);
}

export type CheckpointSigning = Pick<Ports, "logSigner" | "logPostQuantumSigner" | "now">;

/**
 * SPEC (tlog-checkpoint): "Logs SHOULD use ML-DSA-44 cosignatures to sign the checkpoint". The Ed25519 line is always
 * there, and first: it is the one that every witness of today knows.
 */
export function signCheckpoint(
  checkpoint: Checkpoint,
  { logSigner, logPostQuantumSigner, now }: CheckpointSigning,
): string {
  const text = encodeCheckpointText(checkpoint);
  const timeSeconds = Math.floor(now() / 1000);
  return encodeNote(text, [
    signedLine(text, logSigner),
    ...(logPostQuantumSigner ? [subtreeLine({ checkpoint, timeSeconds }, logPostQuantumSigner)] : []),
  ]);
}

/** A checkpoint as the log signed it, for those who know Ed25519 alone: litewitness takes no more than 10 KiB. */
export function withEd25519Only(note: string): string {
  const { text, signatures } = parseNote(note);
  const isMlDsa44 = (blob: Uint8Array) => blob.length > ML_DSA_44.signatureBytes;
  const lines = signatures.filter(({ signature }) => !isMlDsa44(signature)).map(({ line }) => line);
  return encodeNote(text, lines);
}

const signedLine = (text: string, { name, keyId, sign }: Signer): string =>
  formatSignatureLine(name, keyId, sign(utf8(text)));

function subtreeLine(
  signed: { readonly checkpoint: Checkpoint; readonly timeSeconds: number },
  { name, keyId, sign }: Signer,
): string {
  const message = subtreeMessage({ name, ...signed });
  if (message === undefined) throw new Error(`${name} is longer than the 255 bytes that ML-DSA-44 can sign`);
  const signature = sign(message);
  const { timeSeconds } = signed;
  return formatSignatureLine(name, keyId, encodeTimestampedSignature({ timeSeconds, signature }));
}
