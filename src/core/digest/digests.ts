/**
 * Digests of a record's content: SHA-256 always, SM3 beside it. The algorithm's name travels with the bytes.
 */
import { base64, bytesFromBase64 } from "../bytes.js";
import { ParseError } from "../errors.js";
import type { CreateDigester, DigestName } from "./digester.js";
import { createSha256 } from "./sha256.js";
import { createSm3 } from "./sm3.js";

export const DIGEST_BYTES = 32;
const SPELLING = "32 bytes in base64 (44 characters)";

/** `sm3` is absent where a depositor sent digests alone and had no SM3. */
export interface ContentDigests {
  readonly "sha-256": Uint8Array;
  readonly sm3?: Uint8Array;
}

/** These are `ContentDigests` as JSON spells them: each in base64. */
export interface EncodedDigests {
  readonly "sha-256": string;
  readonly sm3?: string;
}

export const coreDigester: CreateDigester = (name) => (name === "sm3" ? createSm3() : createSha256());

export interface MeasuredContent {
  readonly digests: Required<ContentDigests>;
  /** The content's size in bytes. */
  readonly size: number;
}

/** A content digester measures content that comes in pieces: both digests and the size. */
export interface ContentDigester {
  update(piece: Uint8Array): this;
  finish(): MeasuredContent;
}

export function createContentDigester(create: CreateDigester = coreDigester): ContentDigester {
  const [sha256, sm3] = [create("sha-256"), create("sm3")];
  let size = 0;
  const digester: ContentDigester = {
    update(piece) {
      sha256.update(piece);
      sm3.update(piece);
      size += piece.length;
      return digester;
    },
    finish: () => ({ digests: { "sha-256": sha256.digest(), sm3: sm3.digest() }, size }),
  };
  return digester;
}

export function digestContent(content: Uint8Array, create: CreateDigester = coreDigester): MeasuredContent {
  return createContentDigester(create).update(content).finish();
}

export function encodeDigests(digests: ContentDigests): EncodedDigests {
  return {
    "sha-256": base64(digests["sha-256"]),
    ...(digests.sm3 !== undefined && { sm3: base64(digests.sm3) }),
  };
}

/** Reads the JSON object `digests`; `field` says where it stands, for messages. Throws `ParseError`. */
export function parseDigests(value: unknown, field: string): ContentDigests {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new ParseError("value-type", "digests are not an object", { field, want: "an object" });
  const members = new Map(Object.entries(value));
  for (const name of members.keys()) {
    if (name !== "sha-256" && name !== "sm3")
      throw new ParseError("digest-algorithm", "a digest of an unknown algorithm", {
        field: `${field}/${name}`,
        got: name,
        want: "sha-256 or sm3",
      });
  }
  const read = (name: DigestName) => parseDigest(members.get(name), `${field}/${name}`);
  if (!members.has("sha-256"))
    throw new ParseError("member-missing", "the SHA-256 digest is missing", {
      field: `${field}/sha-256`,
      want: "sha-256",
    });
  return { "sha-256": read("sha-256"), ...(members.has("sm3") && { sm3: read("sm3") }) };
}

function parseDigest(value: unknown, field: string): Uint8Array {
  if (typeof value !== "string")
    throw new ParseError("value-type", "a digest is not a string", { field, want: SPELLING });
  // What sha256sum prints is canonical base64 too, of 48 bytes: told so, whoever sent it would look for those.
  const got = /^[0-9a-f]{64}$/i.test(value) ? "64 hexadecimal digits" : undefined;
  const digest = readBase64(value, field);
  if (digest.length !== DIGEST_BYTES)
    throw new ParseError("digest-length", "a digest of the wrong length", {
      field,
      got: got ?? `${digest.length} bytes`,
      want: SPELLING,
    });
  return digest;
}

function readBase64(text: string, field: string): Uint8Array {
  try {
    return bytesFromBase64(text);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new ParseError(error.code, error.message, { ...error.detail, field, want: SPELLING });
  }
}
