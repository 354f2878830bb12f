/** Hashes over very many results, as others have published them. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { shake128 } from "@noble/hashes/sha3.js";
import { leafHashOf, mth } from "../../scripts/make-vectors/reference-tree.js";
import { hex } from "../../src/core/bytes.js";
import {
  ML_DSA_44,
  mlDsa44KeyFromSeed,
  signMlDsa44,
  verifyMlDsa44,
} from "../../src/core/ledger/ml-dsa-44.js";
import { isSubtree } from "../../src/core/merkle/range.js";
import { planSubtreeConsistency } from "../../src/core/merkle/subtree.js";

/**
 * A hundred keys and signatures, by their hash. Published with filippo.io/mldsa v1.0.0 (TestAccumulated) and by
 * C2SP/CCTV, ML-DSA/accumulated: seeds from SHAKE128 of nothing, an empty message, deterministic signatures.
 */
it("ML-DSA-44 makes the keys and signatures that others have published", () => {
  const seeds = shake128(new Uint8Array(), { dkLen: 100 * ML_DSA_44.seedBytes });
  const all = shake128.create({ dkLen: 32 });
  const message = new Uint8Array();
  for (let i = 0; i < 100; i++) {
    const key = mlDsa44KeyFromSeed(seeds.slice(i * ML_DSA_44.seedBytes, (i + 1) * ML_DSA_44.seedBytes));
    const signature = signMlDsa44(key, message);
    expect(verifyMlDsa44({ publicKey: key.publicKey, message, signature })).toBe(true);
    all.update(key.publicKey).update(signature);
  }
  expect(hex(all.digest())).toBe("d51148e1f9f4fa1a723a6cf42e25f2a99eb5c1b378b3d2dbbd561b1203beeae4");
});

/**
 * draft-ietf-plants-merkle-tree-certs, "Subtree Test Vectors": SHA-256 over a line for every input, trees up to 130
 * with the leaves 0x00, 0x01, ... The editors' copy of July 2026 (d7362d6c) counts the empty subtrees too; draft 05
 * and those before did not know them.
 */
describe("subtrees and their proofs", () => {
  const tree = Array.from({ length: 131 }, (_, i) => leafHashOf(Uint8Array.of(i)));
  const roots = new Map<string, string>();
  const rootOf = (start: number, end: number) => {
    const name = `${start} ${end}`;
    if (!roots.has(name)) roots.set(name, hex(mth(tree.slice(start, end))));
    return roots.get(name) as string;
  };
  const DRAFT_05 = {
    hashes: "94a95384a8c69acea9b50d035a58285b3a777cb7a724005faa5e1f1e1190007f",
    consistency: "c586ebbb73a5621baf2140095d87dde934e3b6503a562a1a5215b8209edd083d",
  };
  const EDITORS_COPY = {
    hashes: "b82806ad4265bb151c1119c0f4db437bb4d1a1f887b3a7fba1cd4ebf552e3e81",
    consistency: "10fa99b37bf9bf9ffa26b412fbd98bd75363256d0b75d61bc4538b9c9c5a0a74",
  };

  it.each([
    ["draft 05", DRAFT_05, false],
    ["the editors' copy", EDITORS_COPY, true],
  ])("%s", (_which, expected, withEmpty) => {
    const validFrom = (end: number) =>
      Array.from({ length: end + 1 }, (_, start) => start).filter(
        (start) => isSubtree({ start, end }) && (withEmpty || start < end),
      );
    const [hashLines, proofLines] = [createHash("sha256"), createHash("sha256")];
    for (let n = 0; n <= 130; n++) {
      for (const start of validFrom(n)) hashLines.update(`[${start}, ${n}) ${rootOf(start, n)}\n`);
      for (let end = 0; end <= n; end++)
        for (const start of validFrom(end)) {
          const { nodes, combine } = planSubtreeConsistency({ start, end }, n);
          const path = combine(
            nodes.map(({ level, index }) =>
              Buffer.from(rootOf(index * 2 ** level, (index + 1) * 2 ** level), "hex"),
            ),
          );
          proofLines.update(`[${start}, ${end}) ${n}${path.map((hash) => ` ${hex(hash)}`).join("")}\n`);
        }
    }
    expect({ hashes: hashLines.digest("hex"), consistency: proofLines.digest("hex") }).toEqual(expected);
  });
});
