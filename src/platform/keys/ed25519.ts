/**
 * The fast verify and digests for core's arguments, by node:crypto (OpenSSL). OpenSSL verifies as RFC 8032 without
 * the cofactor, with canonical R and S below the order; it accepts public keys of small order, which whoever parses
 * a key has refused before.
 */
import { createHash, getHashes, verify } from "node:crypto";
import { type Ed25519Signature, verifyEd25519 as verifyByCore } from "../../core/ledger/ed25519.js";
import { publicKeyObject } from "./key-objects.js";

/** RFC 8410: what stands before the 32 bytes of a public key in SPKI. */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** The identity's encoding (RFC 8032, Section 5.1.2): y = 1, x = 0. */
const IDENTITY = Buffer.concat([Buffer.of(1), Buffer.alloc(31)]);

/**
 * False for anything that is not a signature, of whatever length. One answer on every Node: of an R that is the
 * identity, which RFC 8032 takes and OpenSSL takes up to 3.4 only, core is asked. Only the key's own holder can make
 * such a signature.
 */
export function verifyEd25519(signed: Ed25519Signature): boolean {
  const { publicKey, message, signature } = signed;
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  if (IDENTITY.equals(signature.subarray(0, 32))) return verifyByCore(signed);
  return verify(null, message, publicKeyObject(SPKI_PREFIX, publicKey), signature);
}

export interface Digester {
  update(bytes: Uint8Array): Digester;
  digest(): Uint8Array;
}

const AVAILABLE = new Set(getHashes());
const OPENSSL_NAMES = { "sha-256": "sha256", sm3: "sm3" } as const;

/** An incremental digest. Throws where this Node's OpenSSL was built without it: the caller decides, not we. */
export function createDigester(name: "sha-256" | "sm3"): Digester {
  const opensslName = OPENSSL_NAMES[name];
  if (!AVAILABLE.has(opensslName))
    throw new Error(`node:crypto has no ${name} here (OpenSSL ${process.versions.openssl})`);
  const hash = createHash(opensslName);
  const digester: Digester = {
    update: (bytes) => {
      hash.update(bytes);
      return digester;
    },
    digest: () => new Uint8Array(hash.digest()),
  };
  return digester;
}
