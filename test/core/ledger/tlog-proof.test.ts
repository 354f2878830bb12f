import { describe, expect, it } from "@jest/globals";
import { base64, hex } from "../../../src/core/bytes.js";
import { encodeTlogProof, parseTlogProof } from "../../../src/core/ledger/tlog-proof.js";
import { expectRefusal, readCases } from "../vector-files.js";

interface Read {
  readonly text: string;
  readonly index: number;
  readonly path: readonly string[];
  readonly checkpoint: string;
  readonly extra?: string;
}
const { accepted, refused } = readCases<Read, Pick<Read, "text">>("tlog-proof", "proofs");

describe("tlog-proof", () => {
  it.each(accepted)("accepted: $name", ({ text, index, path, checkpoint, extra }) => {
    const proof = parseTlogProof(text);
    expect(proof).toMatchObject({ index, checkpoint });
    expect(proof.path.map(base64)).toEqual(path);
    expect(proof.extra && hex(proof.extra)).toBe(extra);
    expect(encodeTlogProof(proof)).toBe(text);
  });

  it.each(refused)("refused: $name", ({ text, code }) => {
    expectRefusal(() => parseTlogProof(text), code);
  });
});
