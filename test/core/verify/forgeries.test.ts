/**
 * What an attacker can do to the bytes of a genuine evidence file: no change of a bit or of a piece ever makes it
 * prove something else, and none makes the verifier stumble.
 */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { consortium, json, sampleEvidence } from "../../../scripts/make-vectors/sample-world.js";
import { base64, textFromUtf8 } from "../../../src/core/bytes.js";
import { encodeBatch } from "../../../src/core/batch/batch.js";
import { encodeEvidence, parseEvidence } from "../../../src/core/evidence/evidence.js";
import { encodeStatement } from "../../../src/core/record/statement.js";
import { verifyEvidence } from "../../../src/core/verify/verify-evidence.js";
import { parseConsortium } from "../../../src/core/trust/consortium.js";
import { createDigester, verifyEd25519 } from "../../../src/platform/keys/ed25519.js";
import { casesOfLongProof, runsOfLongProof } from "../../long-proof.js";

const trust = parseConsortium(json(consortium()));
const genuine = encodeEvidence(sampleEvidence().evidence);

/** Verdict, and whether what would be proven is still what was deposited. */
function judge(evidence: Uint8Array): { verdict: string; sameClaim: boolean } {
  const { verdict } = verifyEvidence({ evidence, consortium: trust, verifyEd25519, createDigester });
  if (verdict !== "verified") return { verdict, sameClaim: false };
  const claim = (bytes: Uint8Array) => {
    const { statement, batch, inclusion } = parseEvidence(bytes);
    return base64(encodeStatement(statement)) + base64(encodeBatch(batch)) + inclusion.leafIndex;
  };
  return { verdict, sameClaim: claim(evidence) === claim(genuine) };
}

describe("a genuine evidence file, altered", () => {
  it("verifies before it is altered", () => {
    expect(judge(genuine)).toEqual({ verdict: "verified", sameClaim: true });
  });

  it("proves nothing else after any one bit was flipped", () => {
    const surviving: string[] = [];
    const bits = casesOfLongProof("bits of an evidence file", [...Array(genuine.length * 8).keys()], 400);
    for (const bit of bits) {
      const altered = genuine.slice();
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const { verdict, sameClaim } = judge(altered);
      if (verdict !== "verified") continue;
      expect({ bit, sameClaim }).toEqual({ bit, sameClaim: true });
      surviving.push(textFromUtf8(altered));
    }
    // What survives is a cosigner's line turned into a stranger's: ignored, and the others suffice.
    for (const text of surviving) expect(text).toMatch(/— [^ ]+ /u);
  });

  it("proves nothing else after a piece was cut out, doubled or moved", () => {
    const index = fc.nat(genuine.length - 1);
    fc.assert(
      fc.property(index, index, index, fc.constantFrom("cut", "double", "move"), (from, length, to, how) => {
        const piece = genuine.subarray(from, from + length + 1);
        const rest = [...genuine.subarray(0, from), ...genuine.subarray(from + piece.length)];
        const altered =
          how === "cut"
            ? rest
            : how === "double"
              ? [...genuine.subarray(0, from), ...piece, ...genuine.subarray(from)]
              : [...rest.slice(0, to), ...piece, ...rest.slice(to)];
        const { verdict, sameClaim } = judge(Uint8Array.from(altered));
        expect(verdict === "verified" ? sameClaim : true).toBe(true);
      }),
      runsOfLongProof("pieces of an evidence file", { part: 300, whole: 2000 }),
    );
  });

  it("is refused, and never a stumbling block, whatever the bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(judge(bytes).verdict).toBe("refused");
      }),
      runsOfLongProof("bytes that are no evidence file", { part: 300, whole: 1000 }),
    );
  });
});
