/**
 * Verifier keys: `<name>+<key id>+<base64 of type and public key>`, how everyone names whom they trust.
 * C2SP signed-note v1.0.0, "Verifier keys"; types 0x04 and 0x06 from tlog-cosignature.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { abbreviate, base64, bytesFromBase64, concatBytes, utf8 } from "../bytes.js";
import { ParseError } from "../errors.js";
import { isStrongPublicKey, PUBLIC_KEY_BYTES } from "./ed25519.js";
import { ML_DSA_44 } from "./ml-dsa-44.js";
import type { SignatureAlgorithm } from "./verifiers.js";

export const SIGNATURE_TYPE = { ed25519: 0x01, cosignature: 0x04, mlDsa44: 0x06 } as const;

/**
 * A vkey, and a line of a note, has at most this many bytes: a signature line of ML-DSA-44 has 3,250 bytes and its
 * name.
 */
export const MAX_LINE_BYTES = 8192;

/** Tells whether the text's UTF-8 has more than `MAX_LINE_BYTES`. */
export const isTooLong = (line: string): boolean =>
  line.length > MAX_LINE_BYTES || (3 * line.length > MAX_LINE_BYTES && utf8(line).length > MAX_LINE_BYTES);

export interface VerifierKey {
  readonly name: string;
  /**
   * The key id is the first four bytes of a hash, big-endian: with `name` it finds the signature lines of this key.
   */
  readonly keyId: number;
  /**
   * The type is one of `SIGNATURE_TYPE`, or one that this program does not know: such a key is for the caller to set
   * aside.
   */
  readonly type: number;
  /** The public key of an unknown type is whatever follows the type byte. */
  readonly publicKey: Uint8Array;
  readonly text: string;
}

/**
 * These are the lengths of the public keys whose id can be recomputed: SHA-256(name || 0x0A || type || public
 * key)[:4].
 */
const KEY_BYTES = new Map<number, number>([
  [SIGNATURE_TYPE.ed25519, PUBLIC_KEY_BYTES],
  [SIGNATURE_TYPE.cosignature, PUBLIC_KEY_BYTES],
  [SIGNATURE_TYPE.mlDsa44, ML_DSA_44.publicKeyBytes],
]);

/**
 * Reads a vkey. Throws `vkey-malformed`; `vkey-mismatch` when the id is not the key's own; `key-weak` as
 * `isStrongPublicKey`.
 */
export function parseVkey(text: string): VerifierKey {
  // The base64 may hold a '+' of its own; a name may not, so the first two divide.
  if (isTooLong(text)) throw malformed(text, `at most ${MAX_LINE_BYTES} bytes`);
  const [, name, id, encoded] = /^([^+]*)\+([^+]*)\+(.*)$/su.exec(text) ?? [];
  if (name === undefined || id === undefined || encoded === undefined) {
    throw malformed(text, "three parts divided by +");
  }
  if (!isKeyName(name)) throw malformed(text, "a key name without white space");
  if (!/^[0-9a-f]{8}$/.test(id)) throw malformed(text, "a key id of 8 lower-case hexadecimal digits");
  const key = blobFromBase64(text, encoded);
  const [type, publicKey] = [key[0], key.subarray(1)];
  if (type === undefined) throw malformed(text, "a type byte before the public key");
  const keyId = Number.parseInt(id, 16);
  checkKey({ name, type, publicKey }, keyId, text);
  return { name, keyId, type, publicKey, text };
}

/** Gives the algorithm of a key; undefined for a type that this program does not know. */
export function algorithmOf({ type }: Pick<VerifierKey, "type">): SignatureAlgorithm | undefined {
  if (type === SIGNATURE_TYPE.mlDsa44) return "ml-dsa-44";
  return type === SIGNATURE_TYPE.ed25519 || type === SIGNATURE_TYPE.cosignature ? "ed25519" : undefined;
}

/** Spells a vkey, of the types alone whose key id can be computed. */
export function formatVkey({
  name,
  type,
  publicKey,
}: Pick<VerifierKey, "name" | "type" | "publicKey">): string {
  const id = keyIdOf({ name, type, publicKey }).toString(16).padStart(8, "0");
  return `${name}+${id}+${base64(concatBytes(Uint8Array.of(type), publicKey))}`;
}

export function keyIdOf({ name, type, publicKey }: Pick<VerifierKey, "name" | "type" | "publicKey">): number {
  const digest = sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(type), publicKey));
  return new DataView(digest.buffer, digest.byteOffset).getUint32(0);
}

/** SPEC: "Key names MUST be non-empty and MUST NOT contain any Unicode spaces or plus (U+002B) characters." */
export function isKeyName(text: string): boolean {
  // \p{White_Space}, not \s, which counts U+FEFF as a space and would disagree with everyone else. The control
  // characters no note may hold, and a lone surrogate has no UTF-8.
  return /^[^\p{White_Space}\p{Surrogate}\u0000-\u001f+]+$/u.test(text); // eslint-disable-line no-control-regex
}

function checkKey(key: Pick<VerifierKey, "name" | "type" | "publicKey">, keyId: number, text: string): void {
  const length = KEY_BYTES.get(key.type);
  if (length === undefined) return;
  if (key.publicKey.length !== length) throw malformed(text, `a public key of ${length} bytes`);
  if (keyIdOf(key) !== keyId) {
    throw new ParseError("vkey-mismatch", "the key id is not the hash of this name and key", {
      got: abbreviate(text),
      want: abbreviate(formatVkey(key)),
    });
  }
  if (algorithmOf(key) === "ed25519" && !isStrongPublicKey(key.publicKey)) {
    throw new ParseError("key-weak", "the public key is not a point, not canonical or of small order", {
      got: abbreviate(text),
    });
  }
}

function blobFromBase64(text: string, encoded: string): Uint8Array {
  try {
    return bytesFromBase64(encoded);
  } catch {
    throw malformed(text, "canonical base64 of type and public key");
  }
}

function malformed(text: string, want: string): ParseError {
  return new ParseError("vkey-malformed", "not a verifier key", { got: abbreviate(text), want });
}
