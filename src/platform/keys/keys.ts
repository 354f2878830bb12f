/**
 * Signing keys in files, in the text that Go's note package uses (golang.org/x/mod/sumdb/note):
 *
 *     PRIVATE+KEY+<name>+<8 hex digits of the key id>+<base64 of the type byte and the 32-byte seed>
 *
 * The seed is Ed25519's, or of type 0x06 ML-DSA-44's. The key id is computed as for the public key: SHA-256(name || 0x0A || type || public key)[:4] (C2SP signed-note).
 * A key file is its owner's alone (0600) and is never overwritten.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import { mlDsa44FromSeed } from "./ml-dsa-44.js";
import { readPrivateFile, writePrivateFile } from "../files/private-files.js";

export interface KeyName {
  /** Non-empty, without white space or `+`. */
  readonly name: string;
  /** The signature type of C2SP signed-note: 0x01 for notes, 0x04 for cosignatures, 0x06 for checkpoints by ML-DSA-44. */
  readonly type: number;
}

/** A key that signs; the seed stays inside. */
export interface SigningKey extends KeyName {
  readonly keyId: number;
  readonly publicKey: Uint8Array;
  /** The public half as text: `<name>+<key id>+<base64 of the type byte and the public key>`. */
  readonly vkey: string;
  sign(message: Uint8Array): Uint8Array;
}

/** Throws, naming the file, when it is missing, malformed or readable by others than its owner. */
export function readSigningKey(file: string): SigningKey {
  const text = readPrivateFile(file).toString("utf8");
  const [, name, keyId, encoded] =
    /^PRIVATE\+KEY\+([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)\n?$/.exec(text) ?? [];
  if (name === undefined || keyId === undefined || encoded === undefined)
    throw new Error(`${file} is not a key file (want PRIVATE+KEY+<name>+<key id>+<base64>)`);
  const bytes = Buffer.from(encoded, "base64");
  const type = bytes[0];
  if (type === undefined || bytes.length !== 33 || bytes.toString("base64") !== encoded)
    throw new Error(`${file} holds no seed (want base64 of a type byte and 32 bytes)`);
  const key = signingKey({ name, type }, bytes.subarray(1));
  if (hexKeyId(key.keyId) !== keyId)
    throw new Error(`${file} is damaged: its key id is ${keyId}, its key's is ${hexKeyId(key.keyId)}`);
  return key;
}

/** Makes a new key; durable on return. Throws when `file` exists, whatever is in it. */
export function createSigningKey(file: string, { name, type }: KeyName): SigningKey {
  if (!/^[^+\s]+$/.test(name)) throw new Error(`no key can be named ${JSON.stringify(name)}`);
  const seed = randomBytes(32);
  const key = signingKey({ name, type }, seed);
  const secret = Buffer.concat([Buffer.from([type]), seed]).toString("base64");
  writePrivateFile(file, `PRIVATE+KEY+${name}+${hexKeyId(key.keyId)}+${secret}\n`);
  return key;
}

/** Reads the key, or makes it where the file is missing. Throws when the file's key has another name or type. */
export function openSigningKey(file: string, wanted: KeyName): { key: SigningKey; created: boolean } {
  let key: SigningKey;
  try {
    key = readSigningKey(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return { key: createSigningKey(file, wanted), created: true };
  }
  if (key.name !== wanted.name || key.type !== wanted.type)
    throw new Error(
      `${file} holds the key ${key.name} of type ${key.type}, wanted is ${wanted.name} of type ${wanted.type}`,
    );
  return { key, created: false };
}

/** RFC 8410: what stands before the 32 bytes of a seed in PKCS #8, and of a public key in SPKI. */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_PREFIX_LENGTH = 12;

/** C2SP signed-note, "Signature types"; all others here are Ed25519. */
const ML_DSA_44_TYPE = 0x06;

function signingKey({ name, type }: KeyName, seed: Uint8Array): SigningKey {
  const { publicKey, sign } = type === ML_DSA_44_TYPE ? mlDsa44FromSeed(seed) : ed25519FromSeed(seed);
  const typed = Buffer.concat([Buffer.from([type]), publicKey]);
  const keyId = createHash("sha256").update(`${name}\n`).update(typed).digest().readUInt32BE(0);
  return {
    name,
    type,
    keyId,
    publicKey,
    vkey: `${name}+${hexKeyId(keyId)}+${typed.toString("base64")}`,
    sign,
  };
}

function ed25519FromSeed(seed: Uint8Array): Pick<SigningKey, "publicKey" | "sign"> {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: "der",
    type: "pkcs8",
  });
  return {
    publicKey: rawPublicKey(privateKey),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

function rawPublicKey(privateKey: KeyObject): Uint8Array {
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return new Uint8Array(spki.subarray(SPKI_PREFIX_LENGTH));
}

const hexKeyId = (keyId: number): string => keyId.toString(16).padStart(8, "0");
