/**
 * Signatures of X.509 and CMS without a host's help, synchronous and the same everywhere: RSASSA-PKCS1-v1_5 (RFC 8017,
 * section 8.2.2, by comparing encodings) and RSASSA-PSS (section 8.1.2) by micro-rsa-dsa-dh, ECDSA by noble. Node hands in its own (platform).
 */
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { mgf1, PSS, PKCS1_SHA256, PKCS1_SHA384, PKCS1_SHA512 } from "micro-rsa-dsa-dh/rsa.js";
import { hex } from "../../core/bytes.js";
import { DIGESTS, parsePublicKey, type X509Signature } from "./algorithms.js";

const RSA = { "sha-256": PKCS1_SHA256, "sha-384": PKCS1_SHA384, "sha-512": PKCS1_SHA512 };
const HASHES = { "sha-256": sha256, "sha-384": sha384, "sha-512": sha512 };
const CURVES = { "P-256": p256, "P-384": p384, "P-521": p521 };

export function verifyX509Signature(asked: X509Signature): boolean {
  const { publicKey, algorithm, digest, message, signature } = asked;
  const key = parsePublicKey(publicKey);
  try {
    if (key.algorithm === "RSA") {
      const [n, e] = [BigInt(`0x${hex(key.modulus)}`), BigInt(`0x${hex(key.exponent)}`)];
      const hash = HASHES[digest];
      const scheme = algorithm === "RSASSA-PSS" ? PSS(hash, mgf1(hash), asked.saltBytes) : RSA[digest];
      return scheme.verify({ n, e }, message, signature);
    }
    // X.509 knows no low-S rule: (r, n - s) is a second signature of the same message by the same key.
    const options = { format: "der", lowS: false, prehash: false } as const;
    return CURVES[key.curve].verify(signature, DIGESTS[digest](message), key.point, options);
  } catch {
    return false; // Both libraries throw for bytes that are no signature or no key.
  }
}
