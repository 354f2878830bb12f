import { describe, expect, it } from "@jest/globals";
import { bytesFromHex, hex, utf8 } from "../../../src/core/bytes.js";
import { mlDsa44KeyFromSeed, signMlDsa44, verifyMlDsa44 } from "../../../src/core/ledger/ml-dsa-44.js";
import { subtreeMessage } from "../../../src/core/ledger/timestamped-signature.js";
import { parseCheckpointText } from "../../../src/core/ledger/checkpoint.js";
import { isMlDsa44Native, verifyMlDsa44 as verifyByPlatform } from "../../../src/platform/keys/ml-dsa-44.js";
import { casesOfLongProof } from "../../long-proof.js";
import { readCases } from "../vector-files.js";

interface Signed {
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
}

const bytesOf = ({ publicKey, message, signature }: Signed) => ({
  publicKey: bytesFromHex(publicKey),
  message: bytesFromHex(message),
  signature: bytesFromHex(signature),
});

if (!isMlDsa44Native)
  console.warn(
    `SKIPPED: node:crypto of Node ${process.version} (OpenSSL ${process.versions.openssl}) has no ML-DSA-44, so noble is compared with no other implementation here (test:interop does: filippo.io/mldsa).`,
  );

describe("signatures", () => {
  const { accepted, refused } = readCases<Signed>("ml-dsa-44", "signatures");

  it.each(accepted)("accepted: $name", (vector) => {
    expect(verifyMlDsa44(bytesOf(vector))).toBe(true);
    expect(verifyByPlatform(bytesOf(vector))).toBe(true);
  });

  it.each(refused)("refused: $name", (vector) => {
    expect(verifyMlDsa44(bytesOf(vector))).toBe(false);
    expect(verifyByPlatform(bytesOf(vector))).toBe(false);
  });
});

it("says no to a bit of any byte of a signature", () => {
  const key = mlDsa44KeyFromSeed(new Uint8Array(32).fill(3));
  const message = utf8("An example.\n");
  const signature = signMlDsa44(key, message);
  for (const i of casesOfLongProof("bytes of an ML-DSA-44 signature", [...signature.keys()], 50)) {
    const altered = signature.slice();
    altered[i] = (altered[i] ?? 0) ^ (1 << (i % 8));
    expect([i, verifyMlDsa44({ publicKey: key.publicKey, message, signature: altered })]).toEqual([i, false]);
    expect([i, verifyByPlatform({ publicKey: key.publicKey, message, signature: altered })]).toEqual([
      i,
      false,
    ]);
  }
});

describe("the message that is signed of a checkpoint", () => {
  const checkpoint = parseCheckpointText(
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
  );
  const messageOf = (name: string, origin = checkpoint.origin) =>
    subtreeMessage({ name, timeSeconds: 1_679_315_147, checkpoint: { ...checkpoint, origin } });

  it("is the specification's, byte for byte", () => {
    const spelled = [
      hex(utf8("subtree/v1\n\0")),
      `16${hex(utf8("witness.example.com/w1"))}`,
      "00000000641850cb",
      `1b${hex(utf8("example.com/behind-the-sofa"))}`,
      "0000000000000000",
      "00000000013e2dc3",
      hex(checkpoint.rootHash),
    ];
    expect(hex(messageOf("witness.example.com/w1") ?? new Uint8Array())).toBe(spelled.join(""));
  });

  it("is of no name or origin of more than 255 bytes", () => {
    expect(messageOf("a".repeat(255))).toBeDefined();
    expect(messageOf("a".repeat(256))).toBeUndefined();
    expect(messageOf("示".repeat(86))).toBeUndefined();
    expect(messageOf("a", "b".repeat(256))).toBeUndefined();
    expect(messageOf("")).toBeUndefined();
  });
});
