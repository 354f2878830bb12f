/**
 * Cosignatures: "at this second, this was the largest tree of that log that I have seen, and it is consistent
 * with all before". The Ed25519 kind (type 0x04) of C2SP tlog-cosignature v1.0.1.
 * The signed message does not hold the cosigner's name: one key serves one cosigner only.
 */
import { concatBytes, uint64, utf8 } from "../bytes.js";
import { ParseError } from "../errors.js";
import { SIGNATURE_BYTES, type VerifyEd25519, verifyEd25519 } from "../ledger/ed25519.js";
import { type Note } from "../ledger/note.js";
import { keysOfLine, signatureInvalid } from "../ledger/open-note.js";
import { SIGNATURE_TYPE, type VerifierKey } from "../ledger/vkey.js";

export interface TimestampedSignature {
  /** POSIX time. */
  readonly timeSeconds: number;
  readonly signature: Uint8Array;
}

export interface Cosignature {
  readonly vkey: VerifierKey;
  readonly timeSeconds: number;
  /** The signature line, without its newline. */
  readonly line: string;
}

/** 9999-12-31T23:59:59Z: no later time can be written as RFC 3339 has it. */
export const MAX_TIME_SECONDS = 253_402_300_799;
const TIME_BYTES = 8;

/** What a cosigner signs. `checkpointText` is the note's text, signature lines apart. */
export function cosignatureMessage(timeSeconds: number, checkpointText: string): Uint8Array {
  return utf8(`cosignature/v1\ntime ${timeSeconds}\n${checkpointText}`);
}

/**
 * Every cosignature by a key of `vkeys`, in the note's order: one cosigner may be there twice with two times.
 * Lines of unknown keys are ignored. Throws `signature-invalid` when one of a known key does not verify, and as
 * `parseCosignature`. That the text is a checkpoint is not judged here: open it as one first.
 */
export function openCosignatures(
  note: Note,
  vkeys: readonly VerifierKey[],
  verify: VerifyEd25519 = verifyEd25519,
): Cosignature[] {
  const known = vkeys.filter((vkey) => vkey.type === SIGNATURE_TYPE.cosignature);
  return note.signatures.flatMap((line) => {
    const claimed = keysOfLine(line, known);
    if (claimed.length === 0) return [];
    const { timeSeconds, signature } = parseCosignature(line.signature);
    const message = cosignatureMessage(timeSeconds, note.text);
    const vkey = claimed.find(({ publicKey }) => verify({ publicKey, message, signature }));
    if (vkey === undefined) throw signatureInvalid(line);
    return [{ vkey, timeSeconds, line: line.line }];
  });
}

/** A line's signature without the key id: 8 bytes of time, 64 of signature. Throws `cosignature-malformed`, `cosignature-time`. */
export function parseCosignature(bytes: Uint8Array): TimestampedSignature {
  if (bytes.length !== TIME_BYTES + SIGNATURE_BYTES) {
    throw new ParseError("cosignature-malformed", "not a timestamped Ed25519 signature", {
      got: `${bytes.length} bytes`,
      want: `${TIME_BYTES + SIGNATURE_BYTES} bytes`,
    });
  }
  // As a BigInt: eight bytes hold times that a double would round.
  const time = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
  // SPEC (tlog-witness): "The cosignature MUST NOT omit the timestamp, i.e. the timestamp MUST NOT be zero."
  if (time === 0n || time > BigInt(MAX_TIME_SECONDS)) {
    throw new ParseError("cosignature-time", "the cosignature names no time that can be judged", {
      got: String(time),
      want: `1 to ${MAX_TIME_SECONDS} (year 9999)`,
    });
  }
  return { timeSeconds: Number(time), signature: bytes.subarray(TIME_BYTES) };
}

export function encodeCosignature({ timeSeconds, signature }: TimestampedSignature): Uint8Array {
  return concatBytes(uint64(timeSeconds), signature);
}
