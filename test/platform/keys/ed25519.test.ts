import { describe, expect, it } from "@jest/globals";
import { createDigester, verifyEd25519 } from "../../../src/platform/keys/ed25519.js";

const bytes = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** RFC 8032, section 7.1, test 3. */
const VALID = {
  publicKey: bytes("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"),
  message: bytes("af82"),
  signature: bytes(
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac" +
      "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  ),
};

describe("verifyEd25519", () => {
  it("accepts the signature of RFC 8032", () => {
    expect(verifyEd25519(VALID)).toBe(true);
  });

  it("refuses it with any bit of the signature flipped", () => {
    for (let bit = 0; bit < 512; bit++) {
      const signature = Uint8Array.from(VALID.signature);
      signature[bit >> 3] = (signature[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(verifyEd25519({ ...VALID, signature })).toBe(false);
    }
  });

  it("refuses S not below the order", () => {
    const s = BigInt(`0x${Buffer.from(VALID.signature.slice(32)).reverse().toString("hex")}`) + ORDER;
    const encoded = Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse();
    const signature = new Uint8Array([...VALID.signature.slice(0, 32), ...encoded]);
    expect(verifyEd25519({ ...VALID, signature })).toBe(false);
  });

  it("says false to wrong lengths and to a key that is no point", () => {
    expect(verifyEd25519({ ...VALID, signature: VALID.signature.slice(1) })).toBe(false);
    expect(verifyEd25519({ ...VALID, publicKey: VALID.publicKey.slice(1) })).toBe(false);
    expect(verifyEd25519({ ...VALID, publicKey: new Uint8Array(32).fill(0xff) })).toBe(false);
    expect(verifyEd25519({ ...VALID, publicKey: new Uint8Array(32).fill(2) })).toBe(false);
  });
});

describe("createDigester", () => {
  it.each([
    ["sha-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    ["sm3", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"],
  ] as const)("digests abc with %s as its standard says, in parts too", (name, digest) => {
    const parts = createDigester(name)
      .update(new Uint8Array([0x61]))
      .update(new Uint8Array([0x62, 0x63]));
    expect(Buffer.from(parts.digest()).toString("hex")).toBe(digest);
  });
});
