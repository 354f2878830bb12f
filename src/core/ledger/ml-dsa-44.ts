/**
 * ML-DSA-44 signatures, which no quantum computer is known to forge: FIPS 204 as it stands ("pure", with an empty
 * context), as C2SP tlog-cosignature has them (type 0x06). Every string of 1312 bytes is a public key; a signature's
 * encoding is unique (FIPS 204, Algorithm 21 refuses hints in another order).
 *
 * Measured on two shared cores: noble signs in 7 ms and verifies in 2 ms, OpenSSL 3.5 in 0.8 and 0.2 ms.
 */
import { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";

export const ML_DSA_44 = { seedBytes: 32, publicKeyBytes: 1312, signatureBytes: 2420 } as const;

export interface MlDsa44Signature {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** Tells whether a signature verifies; bytes of any length are an answer (false), never an exception. */
export type VerifyMlDsa44 = (signed: MlDsa44Signature) => boolean;

/** Verifies by FIPS 204, Algorithm 3 (ML-DSA.Verify). It takes variable time, since all of it is public. */
export const verifyMlDsa44: VerifyMlDsa44 = ({ publicKey, message, signature }) =>
  publicKey.length === ML_DSA_44.publicKeyBytes &&
  signature.length === ML_DSA_44.signatureBytes &&
  ml_dsa44.verify(signature, message, publicKey);

export interface MlDsa44Key {
  readonly publicKey: Uint8Array;
  /** The secret key is expanded from the seed once: that takes as long as a verification. */
  readonly secretKey: Uint8Array;
}

/** Makes the key of a seed: ξ, the 32 bytes of FIPS 204, Algorithm 6 (ML-DSA.KeyGen_internal). */
export function mlDsa44KeyFromSeed(seed: Uint8Array): MlDsa44Key {
  const { publicKey, secretKey } = ml_dsa44.keygen(seed);
  return { publicKey, secretKey };
}

/**
 * Signs by FIPS 204, Algorithm 2 (ML-DSA.Sign). `randomness` is its rnd, 32 fresh bytes that make side channels
 * harder to use; without it the signature is the deterministic one, which verifies as well and is the same every
 * time.
 */
export function signMlDsa44(
  { secretKey }: Pick<MlDsa44Key, "secretKey">,
  message: Uint8Array,
  randomness?: Uint8Array,
): Uint8Array {
  return ml_dsa44.sign(message, secretKey, { extraEntropy: randomness ?? false });
}
