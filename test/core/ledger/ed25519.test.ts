import { createPrivateKey, createPublicKey, sign as nodeSign } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { base64, bytesFromHex, concatBytes, utf8 } from "../../../src/core/bytes.js";
import {
  type Ed25519Signature,
  isStrongPublicKey,
  publicKeyFromSeed,
  signEd25519,
  verifyEd25519,
} from "../../../src/core/ledger/ed25519.js";
import { verifyEd25519 as verifyByPlatform } from "../../../src/platform/keys/ed25519.js";
import { readCases } from "../vector-files.js";

type Hexadecimal = Record<"publicKey" | "message" | "signature", string>;
const { accepted, refused } = readCases<Hexadecimal>("ed25519", "signatures");
const bytesOf = ({ publicKey, message, signature }: Hexadecimal): Ed25519Signature => ({
  publicKey: bytesFromHex(publicKey),
  message: bytesFromHex(message),
  signature: bytesFromHex(signature),
});

const base64url = (bytes: Uint8Array) =>
  base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

describe("signature vectors", () => {
  it.each(accepted)("accepted: $name", (vector) => {
    expect(verifyEd25519(bytesOf(vector))).toBe(true);
  });

  it.each(refused)("refused: $name", (vector) => {
    expect(verifyEd25519(bytesOf(vector))).toBe(false);
  });

  // Weak keys never reach a verifier (parseVkey refuses them), and there libraries differ.
  const strong = [...accepted, ...refused].filter(({ publicKey }) =>
    isStrongPublicKey(bytesFromHex(publicKey)),
  );
  it.each(strong)("node:crypto agrees, as the platform asks it: $name", (vector) => {
    expect(verifyByPlatform(bytesOf(vector))).toBe(verifyEd25519(bytesOf(vector)));
  });
});

describe("key vectors", () => {
  const keys = readCases<{ publicKey: string }>("ed25519", "keys");

  it.each(keys.accepted)("accepted: $name", ({ publicKey }) => {
    expect(isStrongPublicKey(bytesFromHex(publicKey))).toBe(true);
  });

  it.each(keys.refused)("refused: $name", ({ publicKey }) => {
    expect(isStrongPublicKey(bytesFromHex(publicKey))).toBe(false);
  });
});

describe("beside node:crypto", () => {
  const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const messages = fc.uint8Array({ maxLength: 300 });

  it("makes the same keys and signatures", () => {
    fc.assert(
      fc.property(seeds, messages, (seed, message) => {
        const pkcs8 = concatBytes(bytesFromHex("302e020100300506032b657004220420"), seed);
        const key = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
        expect(createPublicKey(key).export({ format: "jwk" }).x).toBe(base64url(publicKeyFromSeed(seed)));
        expect(new Uint8Array(nodeSign(null, message, key))).toEqual(signEd25519(seed, message));
      }),
      { numRuns: 50 },
    );
  });

  it("gives the same answer on true signatures and on ones with a bit flipped", () => {
    const bits = fc.nat({ max: (64 + 32 + 4) * 8 - 1 });
    fc.assert(
      fc.property(seeds, bits, (seed, bit) => {
        const message = utf8("text");
        const [publicKey, signature] = [publicKeyFromSeed(seed), signEd25519(seed, message)];
        expect(verifyEd25519({ publicKey, message, signature })).toBe(true);
        const flipped = concatBytes(signature, publicKey, message);
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
        const altered = {
          signature: flipped.subarray(0, 64),
          publicKey: flipped.subarray(64, 96),
          message: flipped.subarray(96),
        };
        expect(verifyEd25519(altered)).toBe(false);
        if (isStrongPublicKey(altered.publicKey)) expect(verifyByPlatform(altered)).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  it("gives the same answer on bytes at random", () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(bytes(32), bytes(64), messages, (publicKey, signature, message) => {
        fc.pre(isStrongPublicKey(publicKey));
        expect(verifyEd25519({ publicKey, signature, message })).toBe(
          verifyByPlatform({ publicKey, signature, message }),
        );
      }),
      { numRuns: 50 },
    );
  });
});
