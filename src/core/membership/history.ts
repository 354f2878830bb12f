/**
 * The consortium's history: a trust file that one has, and the ledger's entries in their order. Each entry that is a
 * valid change of the file in force leads to the next; every other one is shown and changes nothing, so whoever reads
 * the same entries from the same file comes to the same file. docs/evidence-format.md, "Changes of the consortium".
 */
import { equalBytes } from "../bytes.js";
import { ParseError, type ParseErrorCode, VerificationError, type VerificationErrorCode } from "../errors.js";
import type { Verifiers } from "../ledger/verifiers.js";
import type { TrustFile } from "../trust/trust-file.js";
import type { QuorumCount } from "../trust/quorum.js";
import {
  type ConsortiumChange,
  encodeConsortiumChange,
  isConsortiumEntry,
  parseConsortiumChange,
} from "./change.js";
import { verifyChange } from "./verify-change.js";

export interface Happened {
  /** This is the index of the entry on the ledger. */
  readonly index: number;
  /** The change is undefined where the entry could not be read as one. */
  readonly change?: ConsortiumChange;
  /** The problem says why the entry changed nothing. */
  readonly problem?: { readonly code: ParseErrorCode | VerificationErrorCode; readonly message: string };
  /** A valid change has here the trust file before and after it, and who approved. */
  readonly applied?: {
    readonly before: TrustFile;
    readonly after: TrustFile;
    readonly approvals: QuorumCount;
  };
}

export interface History {
  /** The first file is the reader's own, never the ledger's. */
  readonly start: TrustFile;
  /** This is the file in force after the entries so far. */
  readonly present: TrustFile;
  /** Every entry that is meant to be a change stands here, by index. */
  readonly happened: readonly Happened[];
}

export const beginHistory = (start: TrustFile): History => ({ start, present: start, happened: [] });

/**
 * Gives `history` with one entry more; the same where the entry is no change of a consortium. Entries come in their
 * order.
 */
export function continueHistory(
  history: History,
  { index, entry }: { readonly index: number; readonly entry: Uint8Array },
  verifiers: Verifiers = {},
): History {
  if (!isConsortiumEntry(entry)) return history;
  const { present: before } = history;
  let change: ConsortiumChange | undefined;
  try {
    change = parseConsortiumChange(entry);
    if (!equalBytes(encodeConsortiumChange(change), entry))
      throw new VerificationError("change-not-canonical", "the entry is not the RFC 8785 form of the change");
    const { after, approvals } = verifyChange({ before, change, treeSize: index + 1, ...verifiers });
    const happened = [...history.happened, { index, change, applied: { before, after, approvals } }];
    return { ...history, present: after, happened };
  } catch (error) {
    if (!(error instanceof ParseError) && !(error instanceof VerificationError)) throw error;
    const problem = { code: error.code, message: error.message };
    const happened = [...history.happened, { index, ...(change && { change }), problem }];
    return { ...history, happened };
  }
}

/**
 * Finds what an honest log would not have appended. Changes of other trust files before the first that applies are
 * none of it where the reader's file holds changes already: they may be those.
 */
export function oddEntries({ start, happened }: History): readonly Happened[] {
  const first = happened.findIndex(({ applied }) => applied !== undefined);
  return happened.filter(({ problem }, i) => {
    if (problem === undefined) return false;
    const isEarlier = (start.revision ?? 0) > 0 && (first < 0 || i < first);
    return !(isEarlier && problem.code === "change-of-other-trust-file");
  });
}
