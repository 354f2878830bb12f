/**
 * The fast verify and digests for core's arguments, by node:crypto (OpenSSL). OpenSSL verifies as RFC 8032 without
 * the cofactor, with canonical R and S below the order; it accepts public keys of small order, which whoever parses
 * a key has refused before.
 */
import { createHash, createPublicKey, getHashes, type KeyObject, verify } from "node:crypto";

export interface Ed25519Signature {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** RFC 8410: what stands before the 32 bytes of a public key in SPKI. */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** False for anything that is not a signature, of whatever length. */
export function verifyEd25519({ publicKey, message, signature }: Ed25519Signature): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  return verify(null, message, keyObject(publicKey), signature);
}

/** The same few keys sign everything, and making a KeyObject costs as much as half a verification. */
const keyObjects = new Map<string, KeyObject>();
const MAX_KEY_OBJECTS = 256;

function keyObject(publicKey: Uint8Array): KeyObject {
  const spki = Buffer.concat([SPKI_PREFIX, publicKey]);
  const name = spki.toString("latin1");
  let key = keyObjects.get(name);
  if (key === undefined) {
    key = createPublicKey({ key: spki, format: "der", type: "spki" });
    if (keyObjects.size >= MAX_KEY_OBJECTS) keyObjects.clear();
    keyObjects.set(name, key);
  }
  return key;
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
