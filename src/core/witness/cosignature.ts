/**
 * Cosignatures: "at this second, this was the largest tree of that log that I have seen, and it is consistent
 * with all before". C2SP tlog-cosignature (2026-07-11): Ed25519 (type 0x04) and ML-DSA-44 (type 0x06).
 * An Ed25519 message does not hold the cosigner's name: such a key serves one cosigner only.
 */
import { utf8 } from "../bytes.js";
import { type Checkpoint, parseCheckpointText } from "../ledger/checkpoint.js";
import { verifyEd25519 } from "../ledger/ed25519.js";
import { verifyMlDsa44 } from "../ledger/ml-dsa-44.js";
import type { Note } from "../ledger/note.js";
import { openLines } from "../ledger/open-note.js";
import { parseTimestampedSignature, subtreeMessage } from "../ledger/timestamped-signature.js";
import type { SignatureAlgorithm, Verifiers } from "../ledger/verifiers.js";
import { algorithmOf, SIGNATURE_TYPE, type VerifierKey } from "../ledger/vkey.js";

export interface Cosignature {
  readonly vkey: VerifierKey;
  readonly timeSeconds: number;
  /** This is the signature line, without its newline. */
  readonly line: string;
}

/**
 * Gives the bytes that a cosigner signs with an Ed25519 key. `checkpointText` is the note's text, signature lines
 * apart.
 */
export function cosignatureMessage(timeSeconds: number, checkpointText: string): Uint8Array {
  return utf8(`cosignature/v1\ntime ${timeSeconds}\n${checkpointText}`);
}

/** Tells whether a key is of a type that cosigners have. A log's own key of type 0x06 is told from it by its name. */
export const isCosignerKey = ({ type }: Pick<VerifierKey, "type">): boolean =>
  type === SIGNATURE_TYPE.cosignature || type === SIGNATURE_TYPE.mlDsa44;

/**
 * Gives every cosignature by a key of `vkeys`, in the note's order: one cosigner may be there twice with two times,
 * or with two keys. Lines of unknown keys are ignored. Throws `signature-invalid` when one of a known key does not
 * verify, as `parseTimestampedSignature`, and for a line of an ML-DSA-44 key as `parseCheckpointText`; otherwise that
 * the text is a checkpoint is not judged here.
 */
export function openCosignatures(
  note: Note,
  vkeys: readonly VerifierKey[],
  verifiers: Verifiers = {},
): Cosignature[] {
  const known = vkeys.filter(isCosignerKey);
  let checkpoint: Checkpoint | undefined;
  const messages: Readonly<
    Record<SignatureAlgorithm, (name: string, time: number) => Uint8Array | undefined>
  > = {
    ed25519: (_, timeSeconds) => cosignatureMessage(timeSeconds, note.text),
    "ml-dsa-44": (name, timeSeconds) =>
      subtreeMessage({ name, timeSeconds, checkpoint: (checkpoint ??= parseCheckpointText(note.text)) }),
  };
  const verify = {
    ed25519: verifiers.verifyEd25519 ?? verifyEd25519,
    "ml-dsa-44": verifiers.verifyMlDsa44 ?? verifyMlDsa44,
  };
  return openLines(note, known, ({ signature: blob, line }, claimed) => {
    // Ids are four bytes: keys of both algorithms may share one, and the line's length tells whose it can be.
    const algorithms = claimed.flatMap((vkey) => algorithmOf(vkey) ?? []);
    const { algorithm, timeSeconds, signature } = parseTimestampedSignature(blob, algorithms);
    const vkey = claimed
      .filter((one) => algorithmOf(one) === algorithm)
      .find(({ name, publicKey }) => {
        const message = messages[algorithm](name, timeSeconds);
        return message !== undefined && verify[algorithm]({ publicKey, message, signature });
      });
    return vkey && { vkey, timeSeconds, line };
  });
}
