import { describe, expect, it } from "@jest/globals";
import {
  consortium,
  json,
  log,
  ORIGIN,
  signedLine,
  signer,
} from "../../../scripts/make-vectors/sample-world.js";
import { encodeMisconduct } from "../../../src/core/evidence/misconduct.js";
import { encodeCheckpointText } from "../../../src/core/ledger/checkpoint.js";
import { encodeNote } from "../../../src/core/ledger/note.js";
import { SIGNATURE_TYPE } from "../../../src/core/ledger/vkey.js";
import { verifyMisconduct } from "../../../src/core/verify/verify-misconduct.js";

const newLog = signer(ORIGIN, SIGNATURE_TYPE.ed25519, 33);
const trustFile = json({
  ...consortium(),
  type: "cunzheng/consortium@v2",
  log: { ...consortium().log, vkeys: [newLog.vkey.text], former: [{ vkey: log.vkey.text, until: 5 }] },
});
const checkpoint = (root: number) => {
  const text = encodeCheckpointText({ origin: ORIGIN, treeSize: 7, rootHash: new Uint8Array(32).fill(root) });
  return encodeNote(text, [signedLine(log, text)]);
};

describe("a former key of the log", () => {
  it("convicts it, whatever the sizes for which it signs: it has signed both", () => {
    const misconduct = encodeMisconduct({
      type: "cunzheng/misconduct@v1",
      checkpoints: [checkpoint(1), checkpoint(2)],
    });
    const report = verifyMisconduct({ misconduct, consortium: trustFile });
    expect(report).toMatchObject({ verdict: "verified", convicted: [{ kind: "log", name: ORIGIN }] });
  });
});
