/**
 * Signatures of X.509 and CMS by node:crypto (OpenSSL): RSASSA-PKCS1-v1_5, RSASSA-PSS and ECDSA, whose (r, s) OpenSSL takes in DER
 * alone. The caller has read the public key and refused those that are too weak.
 */
import { constants, verify } from "node:crypto";
import { publicKeyObject } from "./key-objects.js";

export interface X509Signature {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly algorithm: "RSASSA-PKCS1-v1_5" | "RSASSA-PSS" | "ECDSA";
  readonly saltBytes?: number;
  readonly digest: "sha-256" | "sha-384" | "sha-512";
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

const NO_PREFIX = new Uint8Array(0);
const OPENSSL_DIGESTS = { "sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512" } as const;

/** False for anything that is not a signature, and for a key that OpenSSL does not take. */
export function verifyX509Signature({
  publicKey,
  algorithm,
  digest,
  saltBytes,
  message,
  signature,
}: X509Signature): boolean {
  try {
    const key = publicKeyObject(NO_PREFIX, publicKey);
    const options = {
      ECDSA: { key, dsaEncoding: "der" as const },
      "RSASSA-PKCS1-v1_5": { key, padding: constants.RSA_PKCS1_PADDING },
      "RSASSA-PSS": { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltBytes ?? 0 },
    }[algorithm];
    return verify(OPENSSL_DIGESTS[digest], message, options, signature);
  } catch {
    return false;
  }
}
