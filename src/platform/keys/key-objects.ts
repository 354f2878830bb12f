/** Public keys as node:crypto wants them, made from their raw bytes and what stands before those in SPKI. */
import { createPublicKey, type KeyObject } from "node:crypto";

/** The same few keys sign everything, and making a KeyObject costs as much as half a verification. */
const keyObjects = new Map<string, KeyObject>();
const MAX_KEY_OBJECTS = 256;

/** Throws where this Node does not know the algorithm. */
export function publicKeyObject(spkiPrefix: Uint8Array, publicKey: Uint8Array): KeyObject {
  const spki = Buffer.concat([spkiPrefix, publicKey]);
  const name = spki.toString("latin1");
  let key = keyObjects.get(name);
  if (key === undefined) {
    key = createPublicKey({ key: spki, format: "der", type: "spki" });
    if (keyObjects.size >= MAX_KEY_OBJECTS) keyObjects.clear();
    keyObjects.set(name, key);
  }
  return key;
}
