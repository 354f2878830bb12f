/**
 * Signatures on which Ed25519 implementations are known to differ: points with a part of small order, scalars and
 * points with a second spelling. Made from fixed secrets; expectations follow docs/evidence-format.md, "Signatures".
 */
import { Point } from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";
import { bytesFromHex, concatBytes, hex, utf8 } from "../../src/core/bytes.js";
import { publicKeyFromSeed, signEd25519 } from "../../src/core/ledger/ed25519.js";
import type { VectorCase, VectorFiles } from "./vector-file.js";

const { p: P, n: L } = Point.CURVE();

const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${hex(bytes.slice().reverse())}`);
const bytesOf = (n: bigint): Uint8Array => bytesFromHex(n.toString(16).padStart(64, "0")).reverse();
const hashToScalar = (...parts: Uint8Array[]): bigint => numberOf(sha512(concatBytes(...parts))) % L;
const times = (point: Point, n: bigint): Point => point.multiplyUnsafe(((n % L) + L) % L);
/** [n]T for a point of order 8. */
const torsion = (n: number): Point => times(T8, BigInt(((n % 8) + 8) % 8));

/** A point of order 8: L times a point that has such a part. */
const T8 = ((): Point => {
  for (let y = 2n; ; y++) {
    try {
      const point = Point.fromBytes(bytesOf(y));
      const part = times(point, L - 1n).add(point);
      if (!times(part, 4n).is0()) return part;
    } catch {
      continue; // No point has this y.
    }
  }
})();

const SECRET = hashToScalar(utf8("a secret scalar"));
const NONCE = hashToScalar(utf8("a nonce"));

interface Made {
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
}

interface Recipe {
  readonly message?: string;
  /** How many times the point of order 8 is added to the key and to R. */
  readonly keyTorsion?: number;
  readonly rTorsion?: number;
  readonly secret?: bigint;
  readonly nonce?: bigint;
  /** Other bytes than the canonical ones of the point. */
  readonly keyBytes?: Uint8Array;
  readonly rBytes?: Uint8Array;
  /** Added to S as often. */
  readonly orders?: bigint;
}

/** S = r + k a: right but for what the recipe adds. */
function make(recipe: Recipe): Made {
  const { keyTorsion = 0, rTorsion = 0, secret = SECRET, nonce = NONCE, orders = 0n } = recipe;
  const A = recipe.keyBytes ?? times(Point.BASE, secret).add(torsion(keyTorsion)).toBytes();
  const R = recipe.rBytes ?? times(Point.BASE, nonce).add(torsion(rTorsion)).toBytes();
  const message = utf8(recipe.message ?? "message");
  const S = ((nonce + hashToScalar(R, A, message) * secret) % L) + orders * L;
  return { publicKey: hex(A), message: hex(message), signature: hex(concatBytes(R, bytesOf(S))) };
}

/** Of messages 0, 1, 2, ... the first for which `k mod 8` of the recipe's signature is `wanted`. */
function makeWithChallenge(recipe: Recipe, wanted: number): Made {
  for (let i = 0; ; i++) {
    const made = make({ ...recipe, message: `message ${i}` });
    const [A, M] = [bytesFromHex(made.publicKey), bytesFromHex(made.message)];
    const R = bytesFromHex(made.signature).subarray(0, 32);
    if (hashToScalar(R, A, M) % 8n === BigInt(wanted)) return made;
  }
}

const honest = make({});
const flip = (text: string, byte: number): string => {
  const bytes = bytesFromHex(text);
  bytes[byte] = (bytes[byte] as number) ^ 1;
  return hex(bytes);
};
const withSign = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.of(...bytes.subarray(0, 31), (bytes[31] as number) | 0x80);

const IDENTITY = Point.ZERO.toBytes();
const MINUS_ONE = bytesOf(P - 1n);

const rfc8032 = (seed: string, message: string): Made => {
  const [key, bytes] = [bytesFromHex(seed), bytesFromHex(message)];
  return { publicKey: hex(publicKeyFromSeed(key)), message, signature: hex(signEd25519(key, bytes)) };
};

const signatures = {
  about:
    "Ed25519 without the cofactor: hexadecimal publicKey, message, signature. Accepted: the encoding of [S]B - [k]A is R's bytes, S < L, A is canonical; refused: otherwise. Whether a key may be used at all is for keys.json.",
  accepted: [
    {
      name: "RFC 8032, section 7.1, test 1",
      ...rfc8032("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", ""),
    },
    {
      name: "RFC 8032, section 7.1, test 2",
      ...rfc8032("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72"),
    },
    {
      name: "RFC 8032, section 7.1, test 3",
      ...rfc8032("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82"),
    },
    { name: "made from a scalar", ...honest },
    { name: "key of mixed order, k divisible by 8", ...makeWithChallenge({ keyTorsion: 1 }, 0) },
    {
      name: "key of mixed order, R makes up for it",
      ...makeWithChallenge({ keyTorsion: 1, rTorsion: 5 }, 3),
    },
    { name: "R is the identity: small order, but it is the point that comes out", ...make({ nonce: 0n }) },
    {
      name: "key is the identity: of small order, so keys.json refuses it",
      ...make({ secret: 0n, nonce: 1n }),
    },
  ],
  refused: [
    { name: "another message", ...honest, message: flip(honest.message, 0) },
    { name: "a bit of R flipped", ...honest, signature: flip(honest.signature, 0) },
    { name: "a bit of S flipped", ...honest, signature: flip(honest.signature, 32) },
    {
      name: "the sign of R flipped",
      ...honest,
      signature: hex(concatBytes(withSignFlipped(honest), scalarOf(honest))),
    },
    { name: "another key", ...honest, publicKey: make({ secret: 5n }).publicKey },
    { name: "S + L", ...make({ orders: 1n }) },
    { name: "S + 2 L", ...make({ orders: 2n }) },
    { name: "S + 15 L: all 32 bytes used", ...make({ orders: 15n }) },
    { name: "S is L, where 0 would do", ...make({ secret: 0n, nonce: 0n, orders: 1n }) },
    { name: "R of mixed order", ...make({ rTorsion: 1 }) },
    { name: "R of mixed order, the part of order 2", ...make({ rTorsion: 4 }) },
    { name: "R of order 8", ...make({ nonce: 0n, rTorsion: 1 }) },
    { name: "R of order 4", ...make({ nonce: 0n, rTorsion: 2 }) },
    { name: "R of order 2", ...make({ nonce: 0n, rTorsion: 4 }) },
    { name: "R is the identity, y spelled as p + 1", ...make({ nonce: 0n, rBytes: bytesOf(P + 1n) }) },
    { name: "R is the identity with a sign bit", ...make({ nonce: 0n, rBytes: withSign(IDENTITY) }) },
    { name: "key of mixed order, k is 1 modulo 8", ...makeWithChallenge({ keyTorsion: 1 }, 1) },
    { name: "key of mixed order, k is 4 modulo 8", ...makeWithChallenge({ keyTorsion: 1 }, 4) },
    {
      name: "key of mixed order, R makes up for another k",
      ...makeWithChallenge({ keyTorsion: 1, rTorsion: 5 }, 2),
    },
    {
      name: "key of small order and spelled with y = p + 1",
      ...make({ secret: 0n, keyBytes: bytesOf(P + 1n) }),
    },
    { name: "key is the identity with a sign bit", ...make({ secret: 0n, keyBytes: withSign(IDENTITY) }) },
    { name: "key is no point", ...make({ keyBytes: bytesOf(2n) }) },
    { name: "R is no point", ...make({ rBytes: bytesOf(2n) }) },
    { name: "all zeros", publicKey: "00".repeat(32), message: "", signature: "00".repeat(64) },
    { name: "signature of 63 bytes", ...honest, signature: honest.signature.slice(2) },
    { name: "signature of 65 bytes", ...honest, signature: `${honest.signature}00` },
    { name: "no signature", ...honest, signature: "" },
    { name: "key of 31 bytes", ...honest, publicKey: honest.publicKey.slice(2) },
    { name: "key of 33 bytes", ...honest, publicKey: `${honest.publicKey}00` },
  ],
};

function withSignFlipped({ signature }: Made): Uint8Array {
  const R = bytesFromHex(signature).slice(0, 32);
  R[31] = (R[31] as number) ^ 0x80;
  return R;
}

function scalarOf({ signature }: Made): Uint8Array {
  return bytesFromHex(signature).subarray(32);
}

/** Points whose y is 0 to 18 have a second spelling, y + p: those of them that are on the curve. */
function secondSpellings(): VectorCase[] {
  const found: VectorCase[] = [];
  for (let y = 0n; y < 19n; y++) {
    try {
      Point.fromBytes(bytesOf(y));
    } catch {
      continue;
    }
    found.push({ name: `y is p + ${y}`, publicKey: hex(bytesOf(P + y)) });
  }
  return found;
}

const keys = {
  about:
    "Ed25519 public keys (hexadecimal) that may and may not be trusted: canonical points that are not of small order.",
  accepted: [
    { name: "RFC 8032, section 7.1, test 1", publicKey: signatures.accepted[0]?.publicKey },
    { name: "made from a scalar", publicKey: honest.publicKey },
    { name: "of mixed order", publicKey: make({ keyTorsion: 1 }).publicKey },
    { name: "the base point", publicKey: hex(Point.BASE.toBytes()) },
  ],
  refused: [
    ...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => ({
      name: `of small order: ${n} times a point of order 8`,
      publicKey: hex(torsion(n).toBytes()),
    })),
    ...secondSpellings(),
    { name: "y is p + 1, with a sign bit", publicKey: hex(withSign(bytesOf(P + 1n))) },
    { name: "the identity with a sign bit", publicKey: hex(withSign(IDENTITY)) },
    { name: "y is -1, with a sign bit", publicKey: hex(withSign(MINUS_ONE)) },
    { name: "no point has y = 2", publicKey: hex(bytesOf(2n)) },
    { name: "all bits set", publicKey: "ff".repeat(32) },
    { name: "31 bytes", publicKey: honest.publicKey.slice(2) },
    { name: "33 bytes", publicKey: `${honest.publicKey}00` },
    { name: "no bytes", publicKey: "" },
  ],
};

export const ed25519Vectors: VectorFiles = {
  "ed25519/signatures.json": signatures,
  "ed25519/keys.json": keys,
};
