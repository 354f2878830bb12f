import { describe, expect, it } from "@jest/globals";
import { publicKeyFromSeed } from "../../../src/core/ledger/ed25519.js";
import { formatVkey, parseVkey, SIGNATURE_TYPE } from "../../../src/core/ledger/vkey.js";
import { expectRefusal, readCases } from "../vector-files.js";

const { accepted, refused } = readCases<{ vkey: string; type: number; keyName: string }, { vkey: string }>(
  "vkey",
  "vkeys",
);

describe("verifier keys", () => {
  it.each(accepted)("accepted: $name", ({ vkey, type, keyName }) => {
    const key = parseVkey(vkey);
    expect(key).toMatchObject({ name: keyName, type, text: vkey });
    if (Object.values<number>(SIGNATURE_TYPE).includes(type)) expect(formatVkey(key)).toBe(vkey);
  });

  it.each(refused)("refused: $name", ({ vkey, code }) => {
    expectRefusal(() => parseVkey(vkey), code);
  });

  it("gives a key one text and one id, as other programs compute them", () => {
    const publicKey = publicKeyFromSeed(new Uint8Array(32).fill(7));
    const vkey = "evidence.test/log1+85a20e87+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
    expect(formatVkey({ name: "evidence.test/log1", type: SIGNATURE_TYPE.ed25519, publicKey })).toBe(vkey);
    expect(parseVkey(vkey).keyId).toBe(0x85a20e87);
  });
});
