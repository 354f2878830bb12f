/**
 * Timestamped signatures: what stands in a signature line of type 0x04 or 0x06 after the key id, and what a key of type
 * 0x06 signs, be it a cosigner's or the log's own. C2SP tlog-cosignature (2026-07-11), "Format" and "ML-DSA-44 signed
 * message".
 */
import { concatBytes, uint64, utf8 } from "../bytes.js";
import { ParseError } from "../errors.js";
import type { Checkpoint } from "./checkpoint.js";
import { SIGNATURE_BYTES } from "./ed25519.js";
import { ML_DSA_44 } from "./ml-dsa-44.js";
import type { SignatureAlgorithm } from "./verifiers.js";

export interface TimestampedSignature {
  /** The time is POSIX time, in seconds. */
  readonly timeSeconds: number;
  readonly signature: Uint8Array;
}

/** This is 9999-12-31T23:59:59Z: no later time can be written as RFC 3339 has it. */
export const MAX_TIME_SECONDS = 253_402_300_799;
const TIME_BYTES = 8;
const BLOB_BYTES: Readonly<Record<SignatureAlgorithm, number>> = {
  ed25519: TIME_BYTES + SIGNATURE_BYTES,
  "ml-dsa-44": TIME_BYTES + ML_DSA_44.signatureBytes,
};

/**
 * Reads a line's signature without the key id: 8 bytes of time, then 64 (Ed25519) or 2420 (ML-DSA-44) of signature.
 * `known` are the algorithms of the keys that the line can be of; the length tells which it is. Throws
 * `cosignature-malformed`, `cosignature-time`.
 */
export function parseTimestampedSignature(
  bytes: Uint8Array,
  known: readonly SignatureAlgorithm[],
): TimestampedSignature & { readonly algorithm: SignatureAlgorithm } {
  const algorithm = known.find((one) => bytes.length === BLOB_BYTES[one]);
  if (algorithm === undefined) {
    throw new ParseError("cosignature-malformed", `not a timestamped signature (${known.join(" or ")})`, {
      got: `${bytes.length} bytes`,
      want: known.map((one) => `${BLOB_BYTES[one]} bytes`).join(" or "),
    });
  }
  // As a BigInt: eight bytes hold times that a double would round.
  const time = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
  // SPEC (tlog-witness): "The cosignature MUST NOT omit the timestamp, i.e. the timestamp MUST NOT be zero."
  if (time === 0n || time > BigInt(MAX_TIME_SECONDS)) {
    throw new ParseError("cosignature-time", "the signature names no time that can be judged", {
      got: String(time),
      want: `1 to ${MAX_TIME_SECONDS} (year 9999)`,
    });
  }
  return { algorithm, timeSeconds: Number(time), signature: bytes.subarray(TIME_BYTES) };
}

export function encodeTimestampedSignature({ timeSeconds, signature }: TimestampedSignature): Uint8Array {
  return concatBytes(uint64(timeSeconds), signature);
}

export interface SubtreeClaim {
  /** The signer's key name: it is signed, so that one key can't stand for two signers. */
  readonly name: string;
  readonly timeSeconds: number;
  readonly checkpoint: Checkpoint;
}

/** SPEC: "uint8 label[12] = "subtree/v1\n\0"". */
const LABEL = utf8("subtree/v1\n\0");

/**
 * Gives the bytes that a key of type 0x06 signs of a checkpoint; undefined where a name is too long to be signed by
 * anybody. SPEC: "`start` is the index of the first leaf included [...]. If signing a checkpoint, it MUST be zero."
 */
export function subtreeMessage({ name, timeSeconds, checkpoint }: SubtreeClaim): Uint8Array | undefined {
  const cosignerName = opaque(name);
  const logOrigin = opaque(checkpoint.origin);
  if (cosignerName === undefined || logOrigin === undefined) return undefined;
  return concatBytes(
    LABEL,
    cosignerName,
    uint64(timeSeconds),
    logOrigin,
    uint64(0),
    uint64(checkpoint.treeSize),
    checkpoint.rootHash,
  );
}

/** RFC 8446, Section 3.4: `opaque name<1..2^8-1>`, a byte of length before it. */
function opaque(text: string): Uint8Array | undefined {
  const bytes = utf8(text);
  return bytes.length < 1 || bytes.length > 255 ? undefined : concatBytes(Uint8Array.of(bytes.length), bytes);
}
