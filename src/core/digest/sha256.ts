/** SHA-256: FIPS 180-4, by noble. A host with a faster one hands it in as `CreateDigester`. */
import { sha256 as noble } from "@noble/hashes/sha2.js";
import type { Digester } from "./digester.js";

export function sha256(content: Uint8Array): Uint8Array {
  return noble(content);
}

export function createSha256(): Digester {
  return noble.create();
}
