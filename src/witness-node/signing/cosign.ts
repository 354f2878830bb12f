/** Making cosignatures: the one thing that a node's keys are for. C2SP tlog-cosignature. */
import { encodeNote, formatSignatureLine, parseNote } from "../../core/ledger/note.js";
import { encodeTimestampedSignature, subtreeMessage } from "../../core/ledger/timestamped-signature.js";
import { type Checkpoint, parseCheckpointText } from "../../core/ledger/checkpoint.js";
import { parseVkey, SIGNATURE_TYPE } from "../../core/ledger/vkey.js";
import { cosignatureMessage, openCosignatures } from "../../core/witness/cosignature.js";
import type { SigningKey } from "../../platform/keys/keys.js";
import { VERIFIERS } from "../../platform/keys/verifiers.js";
import type { CosignedCheckpoint } from "../memory/checkpoint-table.js";

/**
 * Cosigns a checkpoint. `text` is the checkpoint's, which the log and we sign; the answer is a signature line for
 * each of our keys.
 */
export type Cosign = (text: string, timeSeconds: number) => readonly string[];

/**
 * Makes the signer of one cosigner, whose `keys` are of one name and of different types. It signs with each, and
 * checks the signatures as others will: a damaged key must not leave a checkpoint recorded and unsigned.
 */
export function cosigner(keys: readonly SigningKey[]): Cosign {
  const vkeys = keys.map(({ vkey }) => parseVkey(vkey));
  return (text, timeSeconds) => {
    const checkpoint = parseCheckpointText(text);
    const lines = keys.map((key) => {
      const signature = key.sign(messageFor(key, { timeSeconds, text, checkpoint }));
      return formatSignatureLine(key.name, key.keyId, encodeTimestampedSignature({ timeSeconds, signature }));
    });
    const cosigned = openCosignatures(parseNote(encodeNote(text, lines)), vkeys, VERIFIERS);
    if (cosigned.length !== keys.length) throw new Error("internal: a cosignature is not of this node's key");
    return lines;
  };
}

function messageFor(
  { name, type }: SigningKey,
  { timeSeconds, text, checkpoint }: { timeSeconds: number; text: string; checkpoint: Checkpoint },
): Uint8Array {
  if (type !== SIGNATURE_TYPE.mlDsa44) return cosignatureMessage(timeSeconds, text);
  const message = subtreeMessage({ name, timeSeconds, checkpoint });
  if (message === undefined)
    throw new Error(`${name} or ${checkpoint.origin} is longer than the 255 bytes that ML-DSA-44 can sign`);
  return message;
}

/**
 * SPEC (tlog-witness): "The cosignature MUST NOT omit the timestamp, i.e. the timestamp MUST NOT be zero." Nor does it
 * ever go back: after a clock has been set back, cosignatures repeat the last time until the clock has caught up.
 */
export function cosignatureTime(nowMs: number, previous: CosignedCheckpoint | undefined): number {
  return Math.max(Math.floor(nowMs / 1000), previous?.timeSeconds ?? 1);
}
