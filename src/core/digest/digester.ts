/** What a hash of content is to everybody who uses one: a name, and an object that takes pieces. */

/** As JSON spells them; no other algorithm has a name here. */
export type DigestName = "sha-256" | "sm3";

/** An incremental hash, for content of any size. `digest` is called once, and last. */
export interface Digester {
  update(content: Uint8Array): this;
  digest(): Uint8Array;
}

/** Makes a digester. A host hands in its own where core's is too slow; it must give the same digests. */
export type CreateDigester = (name: DigestName) => Digester;
