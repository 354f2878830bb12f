/**
 * The key by which processes of one notary on several machines know each other, in a file that each of them has:
 *
 *     CLUSTER+KEY+<8 hex digits of the key id>+<base64 of 32 random bytes>
 *
 * The key id is SHA-256("cunzheng/cluster-key@v1" || 0x0A || key)[:4]: it tells a damaged file, and two keys apart, and nothing
 * of the key. Like every key file it is its owner's alone (0600) and never overwritten.
 */
import { createHash, randomBytes } from "node:crypto";
import { readPrivateFile, writePrivateFile } from "../files/private-files.js";

export interface ClusterKey {
  /** 8 hex digits. */
  readonly id: string;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

const SECRET_BYTES = 32;
const ID_BYTES = 4;

/** Throws, naming the file, when it is missing, malformed or readable by others than its owner. */
export function readClusterKey(file: string): ClusterKey {
  const text = readPrivateFile(file).toString("utf8");
  const [, id, encoded] = /^CLUSTER\+KEY\+([0-9a-f]{8})\+([A-Za-z0-9+/]{43}=)\n?$/.exec(text) ?? [];
  if (id === undefined || encoded === undefined)
    throw new Error(`${file} is not a cluster's key file (want CLUSTER+KEY+<key id>+<base64>)`);
  const key = keyOf(Buffer.from(encoded, "base64"));
  if (key.id !== id) throw new Error(`${file} is damaged: its key id is ${id}, its key's is ${key.id}`);
  return key;
}

/** Makes a new key; durable on return. Throws when `file` exists, whatever is in it. */
export function createClusterKey(file: string): ClusterKey {
  const key = keyOf(randomBytes(SECRET_BYTES));
  writePrivateFile(file, `CLUSTER+KEY+${key.id}+${Buffer.from(key.secret).toString("base64")}\n`);
  return key;
}

function keyOf(secret: Uint8Array): ClusterKey {
  const digest = createHash("sha256").update("cunzheng/cluster-key@v1\n").update(secret).digest();
  return { id: digest.toString("hex", 0, ID_BYTES), secret: new Uint8Array(secret) };
}
