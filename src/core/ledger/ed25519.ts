/**
 * Ed25519 signatures, one answer for every program: RFC 8032, Section 5.1.7, without the cofactor. A signature
 * (R, S) of a message M verifies when A is a canonical point, S < L, and the encoding of [S]B - [k]A is R, byte
 * for byte; so a non-canonical R never verifies. Noble's own `verify` multiplies by the cofactor and accepts more.
 */
import { getPublicKey, hashes, Point, sign } from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";
import { concatBytes, equalBytes } from "../bytes.js";

hashes.sha512 = sha512; // Noble signs synchronously only when it is given a hash.

export const PUBLIC_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

export interface Ed25519Signature {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** Tells whether a signature verifies; bytes of any length are an answer (false), never an exception. */
export type VerifyEd25519 = (signed: Ed25519Signature) => boolean;

/**
 * Verifies by core's own arithmetic. It accepts exactly what node:crypto accepts under a key that
 * `isStrongPublicKey`. It takes variable time, since all of it is public.
 */
export const verifyEd25519: VerifyEd25519 = ({ publicKey, message, signature }) => {
  const A = pointFromBytes(publicKey);
  if (A === undefined || signature.length !== SIGNATURE_BYTES) return false;
  const R = signature.subarray(0, 32);
  const S = littleEndian(signature.subarray(32));
  if (S >= ORDER) return false;
  // `k` is reduced first: under a key with a torsion part [k mod L]A and [k]A are different points.
  const k = littleEndian(sha512(concatBytes(R, publicKey, message))) % ORDER;
  const difference = Point.BASE.multiplyUnsafe(S).subtract(A.multiplyUnsafe(k));
  return equalBytes(difference.toBytes(), R);
};

/**
 * Tells whether a key is a canonical point on the curve that is not of small order: under the eight keys of small
 * order one signature fits many messages, so whoever may name such a key can let it "sign" anything.
 */
export function isStrongPublicKey(publicKey: Uint8Array): boolean {
  return pointFromBytes(publicKey)?.isSmallOrder() === false;
}

/**
 * Signs a message; `seed` is the 32-byte private key of RFC 8032, Section 5.1.5. It is slow beside node:crypto, and
 * makes the same bytes.
 */
export function signEd25519(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return sign(message, seed);
}

export function publicKeyFromSeed(seed: Uint8Array): Uint8Array {
  return getPublicKey(seed);
}

/** L, the order of the base point. */
const ORDER = Point.CURVE().n;

/** Reads a point; undefined unless it is canonical: y < p, and x = 0 without a sign bit (RFC 8032, Section 5.1.3). */
function pointFromBytes(bytes: Uint8Array): Point | undefined {
  if (bytes.length !== PUBLIC_KEY_BYTES) return undefined;
  try {
    return Point.fromBytes(bytes, false);
  } catch {
    return undefined;
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
  return value;
}
