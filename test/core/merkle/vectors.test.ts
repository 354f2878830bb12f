import { describe, it } from "@jest/globals";
import { bytesFromHex } from "../../../src/core/bytes.js";
import { verifyConsistency } from "../../../src/core/merkle/consistency.js";
import { verifyInclusion } from "../../../src/core/merkle/inclusion.js";
import { expectRefusal, readCases } from "../vector-files.js";

interface Inclusion {
  readonly leafIndex: number;
  readonly treeSize: number;
  readonly path: readonly string[];
  readonly leafHash: string;
  readonly root: string;
}
interface Consistency {
  readonly oldSize: number;
  readonly newSize: number;
  readonly path: readonly string[];
  readonly oldRoot: string;
  readonly newRoot: string;
}
const bytes = bytesFromHex;

describe("inclusion vectors", () => {
  const { accepted, refused } = readCases<Inclusion>("inclusion", "proofs");
  const verify = ({ path, leafHash, root, ...place }: Inclusion) => {
    verifyInclusion({ ...place, path: path.map(bytes) }, bytes(leafHash), bytes(root));
  };

  it.each(accepted)("accepted: $name", verify);
  it.each(refused)("refused: $name", ({ code, ...proof }) => {
    expectRefusal(() => {
      verify(proof);
    }, code);
  });
});

describe("consistency vectors", () => {
  const { accepted, refused } = readCases<Consistency>("consistency", "proofs");
  const verify = ({ path, oldRoot, newRoot, ...sizes }: Consistency) => {
    verifyConsistency({ ...sizes, path: path.map(bytes) }, bytes(oldRoot), bytes(newRoot));
  };

  it.each(accepted)("accepted: $name", verify);
  it.each(refused)("refused: $name", ({ code, ...proof }) => {
    expectRefusal(() => {
      verify(proof);
    }, code);
  });
});
