/** Making a cosignature: the one thing that a node's keys are for. C2SP tlog-cosignature. */
import { encodeNote, formatSignatureLine, parseNote } from "../core/ledger/note.js";
import { parseVkey } from "../core/ledger/vkey.js";
import { cosignatureMessage, encodeCosignature, openCosignatures } from "../core/witness/cosignature.js";
import { verifyEd25519 } from "../platform/ed25519.js";
import type { SigningKey } from "../platform/keys.js";
import type { CosignedCheckpoint } from "./checkpoint-table.js";

/** `text` is the checkpoint's, which the log and we sign; answers with a signature line. */
export type Cosign = (text: string, timeSeconds: number) => string;

/** Signs, and checks the signature as others will: a damaged key must not leave a checkpoint recorded and unsigned. */
export function cosigner(key: SigningKey): Cosign {
  const vkeys = [parseVkey(key.vkey)];
  return (text, timeSeconds) => {
    const signature = key.sign(cosignatureMessage(timeSeconds, text));
    const line = formatSignatureLine(key.name, key.keyId, encodeCosignature({ timeSeconds, signature }));
    const cosigned = openCosignatures(parseNote(encodeNote(text, [line])), vkeys, verifyEd25519);
    if (cosigned.length !== 1) throw new Error("internal: the cosignature is not of this node's key");
    return line;
  };
}

/**
 * SPEC (tlog-witness): "The cosignature MUST NOT omit the timestamp, i.e. the timestamp MUST NOT be zero." Nor does it
 * ever go back: after a clock has been set back, cosignatures repeat the last time until the clock has caught up.
 */
export function cosignatureTime(nowMs: number, previous: CosignedCheckpoint | undefined): number {
  return Math.max(Math.floor(nowMs / 1000), previous?.timeSeconds ?? 1);
}
