/** Two checkpoints of several sources that contradict each other, as a file that convicts whoever signed both. */
import { base64 } from "../../../core/bytes.js";
import { encodeMisconduct, MISCONDUCT_TYPE } from "../../../core/evidence/misconduct.js";
import { encodeNote } from "../../../core/ledger/note.js";
import type { Verifiers } from "../../../core/ledger/verifiers.js";
import { encodeTrustFile } from "../../../core/membership/change.js";
import { convictingLines } from "../../../core/membership/count-checkpoint.js";
import { verifyMisconduct } from "../../../core/verify/verify-misconduct.js";
import { parseConsortium } from "../../../core/trust/consortium.js";
import type { TrustFile } from "../../../core/trust/trust-file.js";
import type { Candidate, Sources } from "./sources.js";

interface Context {
  /** The file verifies under one of these: the reader's own, and the one that the ledger makes of it. */
  readonly trustFiles: readonly TrustFile[];
  readonly sources: Sources;
  readonly verifiers: Verifiers;
}

/**
 * Makes the file that convicts. Gives undefined where nobody whom a trust file names has signed both, or no source proves what
 * the larger tree begins with.
 */
export async function misconductOf(
  pair: readonly [Candidate, Candidate],
  { trustFiles, sources, verifiers }: Context,
): Promise<Uint8Array | undefined> {
  const [smaller, larger] = inOrder(pair);
  const size = smaller.checkpoint.treeSize;
  const isEmpty = size === 0;
  const isOfOneSize = size === larger.checkpoint.treeSize;
  let beginning;
  try {
    beginning = isEmpty || isOfOneSize ? undefined : await sources.beginning(larger, size);
  } catch {
    return undefined; // The source is named for it where it is told of.
  }
  for (const trustFile of trustFiles) {
    const consortium = parseConsortium(encodeTrustFile(trustFile));
    // One false line would spoil the file.
    const noteOf = (candidate: Candidate) =>
      encodeNote(candidate.note.text, convictingLines(consortium, candidate, verifiers));
    const misconduct = encodeMisconduct({
      type: MISCONDUCT_TYPE,
      checkpoints: (isEmpty ? [smaller] : [smaller, larger]).map(noteOf),
      ...(beginning && {
        consistency: {
          rootHash: base64(beginning.rootHash),
          path: beginning.path.map((hash) => base64(hash)),
        },
      }),
    });
    if (verifyMisconduct({ misconduct, consortium, ...verifiers }).verdict === "verified") return misconduct;
  }
  return undefined;
}

function inOrder([one, other]: readonly [Candidate, Candidate]): readonly [Candidate, Candidate] {
  return one.checkpoint.treeSize <= other.checkpoint.treeSize ? [one, other] : [other, one];
}
