/**
 * Private keys that sign X.509 certificates and documents, by node:crypto: RSA with 2048 bits and more, ECDSA on P-256 and
 * P-384, always with SHA-256. In files they are PEM: PKCS #8, encrypted or not, PKCS #1 (RSA) or SEC 1 (EC).
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

export type X509KeyAlgorithm = "rsa-2048" | "rsa-3072" | "ecdsa-p256" | "ecdsa-p384";

const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;
const CURVES: readonly unknown[] = ["prime256v1", "secp384r1"];

/** A key that signs; the secret stays inside. */
export interface X509SigningKey {
  readonly algorithm: "RSASSA-PKCS1-v1_5" | "ECDSA";
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** With SHA-256; by RSA the same signature every time, of ECDSA the DER of r and s. */
  sign(bytes: Uint8Array): Uint8Array;
}

/** A new key, and its file's text: PKCS #8, not encrypted. */
export function generateX509Key(algorithm: X509KeyAlgorithm): { key: X509SigningKey; pem: string } {
  const { privateKey } = algorithm.startsWith("rsa-")
    ? generateKeyPairSync("rsa", { modulusLength: Number(algorithm.slice("rsa-".length)) })
    : generateKeyPairSync("ec", { namedCurve: algorithm === "ecdsa-p256" ? "P-256" : "P-384" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  return { key: x509SigningKey(privateKey, "a new key"), pem };
}

/** `what` names the key in errors: its file. Throws for one that is encrypted otherwise, too weak or of another kind. */
export function parseX509Key(pem: Buffer, what: string, passphrase?: string): X509SigningKey {
  return x509SigningKey(openPrivateKey(pem, what, passphrase), what);
}

function openPrivateKey(pem: Buffer, what: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: "pem", ...(passphrase !== undefined && { passphrase }) });
  } catch (error) {
    const isEncrypted = /-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(pem.toString("latin1"));
    const why = !isEncrypted
      ? "holds no private key (want PEM of PKCS #8, PKCS #1 or SEC 1)"
      : passphrase === undefined
        ? "is encrypted: its passphrase is wanted, in a file"
        : "can't be decrypted: the passphrase is not its own";
    throw new Error(`${what} ${why}`, { cause: error });
  }
}

/** Throws for a key that no verifier here takes. */
export function x509SigningKey(privateKey: KeyObject, what: string): X509SigningKey {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = privateKey;
  const { modulusLength = 0, namedCurve } = details;
  if (type === "rsa" && (modulusLength < MIN_RSA_BITS || modulusLength > MAX_RSA_BITS))
    throw new Error(
      `${what} is an RSA key of ${modulusLength} bits (want ${MIN_RSA_BITS} to ${MAX_RSA_BITS})`,
    );
  if (type !== "rsa" && !(type === "ec" && CURVES.includes(namedCurve)))
    throw new Error(
      `${what} is a key of type ${[type, namedCurve].filter(Boolean).join(" ")} (want RSA, P-256 or P-384)`,
    );
  return {
    algorithm: type === "rsa" ? "RSASSA-PKCS1-v1_5" : "ECDSA",
    publicKey: new Uint8Array(createPublicKey(privateKey).export({ format: "der", type: "spki" })),
    sign: (bytes) => new Uint8Array(sign("sha256", bytes, privateKey)),
  };
}
