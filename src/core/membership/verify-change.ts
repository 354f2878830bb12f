/**
 * Whether a change is one: it follows from the trust file in force, leaves a sound one, and the quorum in force has
 * approved it. That the log appended it and mirrors cosigned a checkpoint over it says nothing of this: they store
 * what they are given. docs/evidence-format.md, "Changes of the consortium".
 */
import { ParseError, VerificationError } from "../errors.js";
import type { Verifiers } from "../ledger/verifiers.js";
import { type Consortium, parseConsortium } from "../trust/consortium.js";
import type { TrustFile } from "../trust/trust-file.js";
import {
  type CountQuestion,
  countQuorum,
  isQuorumReachable,
  isWithin,
  type QuorumCount,
} from "../trust/quorum.js";
import { newSplit, type SizeSpan } from "../trust/intersection.js";
import { applyChange } from "./apply-change.js";
import { openApprovals } from "./approval.js";
import { type Change, type ConsortiumChange, encodeTrustFile, firstSizeOf, hashTrustFile } from "./change.js";

/**
 * Gives the trust file that comes of a change. Throws `VerificationError`: as `applyChange`, or where that file is
 * unsound.
 */
export function resultOfChange(before: TrustFile, change: Change): TrustFile {
  return soundResult(before, change).after;
}

const spanText = ({ from, until }: SizeSpan): string =>
  `of ${from} entries or more${until === undefined ? "" : `, below ${until},`}`;

interface SoundResult {
  readonly after: TrustFile;
  readonly consortium: Consortium;
}

function soundResult(before: TrustFile, change: Change): SoundResult {
  const after = applyChange(before, change);
  const consortium = soundOrRefused(after);
  const isKeyless =
    (change.kind === "rotate-key" && change.vkeys.length === 0) ||
    (change.kind === "add-witness" && change.witness.vkeys.length === 0);
  if (isKeyless || consortium.log.vkeys.length === 0 || consortium.receipts.vkeys.length === 0)
    throw new VerificationError(
      "change-leaves-no-key",
      "the log, its receipts or the node would be left without a key",
    );
  const everybody: CountQuestion = { consortium, depositor: undefined, parties: [] };
  if (!isQuorumReachable(everybody))
    throw new VerificationError(
      "change-quorum-unreachable",
      "the quorum that comes of it could never be met",
    );
  const split = newSplit(parse(before), consortium);
  if (split !== undefined)
    throw new VerificationError(
      "change-quorum-splits",
      `for trees ${spanText(split)} two quorums without a common member would exist: two ledgers could be cosigned`,
    );
  return { after, consortium };
}

export interface ChangeQuestion extends Verifiers {
  /** This is the trust file in force; it is not broken. */
  readonly before: TrustFile;
  readonly change: ConsortiumChange;
  /** This is the size of the smallest tree that holds the entry: its index and one. */
  readonly treeSize: number;
}

export interface JudgedChange {
  readonly after: TrustFile;
  /** These say who has approved, and whether they suffice. */
  readonly approvals: QuorumCount;
}

/**
 * Judges a change for those who gather approvals. Throws `VerificationError` or `ParseError` for whatever is wrong
 * but too few approvals.
 */
export function judgeChange({ before, change, treeSize, ...verifiers }: ChangeQuestion): JudgedChange {
  if (change.origin !== before.log.origin)
    throw new VerificationError("origin-mismatch", "the change is of another ledger's consortium", {
      field: "/origin",
      got: change.origin,
      want: before.log.origin,
    });
  const present = hashTrustFile(before);
  if (change.before !== present)
    throw new VerificationError("change-of-other-trust-file", "the change is of another trust file", {
      field: "/before",
      got: change.before,
      want: present,
    });
  refuseBackdated(change.change, treeSize);
  const { after, consortium: next } = soundResult(before, change.change);
  const result = hashTrustFile(after);
  if (change.after !== result)
    throw new VerificationError(
      "change-result-differs",
      "the change leads to another trust file than it says",
      {
        field: "/after",
        got: change.after,
        want: result,
      },
    );
  const consortium = parse(before);
  // A key that the change declares worthless for this tree, or for a smaller one, does not help to approve it.
  const cosignatures = openApprovals(change, consortium, verifiers).filter(({ vkey }) =>
    next.witnesses.some(
      (each) => each.vkeys.some(({ text }) => text === vkey.text) && isWithin(each, treeSize),
    ),
  );
  const approvals = countQuorum({ consortium, cosignatures, treeSize, depositor: undefined, parties: [] });
  return { after, approvals };
}

/**
 * Refuses a change that is back-dated. What is new counts for trees that hold the change, at the earliest: for
 * smaller ones nobody could know of it, and others had cosigned them. What ends may end before: that takes away only.
 */
function refuseBackdated(change: Change, treeSize: number): void {
  const from = firstSizeOf(change);
  if (from !== undefined && from < treeSize)
    throw new VerificationError("change-backdated", "what is new would count for trees without the change", {
      field: change.kind === "add-witness" ? "/change/witness/from" : "/change/from",
      got: String(from),
      want: `at least ${treeSize}`,
    });
}

/** Judges a change as `judgeChange` does, and throws `approvals-insufficient` too. */
export function verifyChange(question: ChangeQuestion): JudgedChange {
  const judged = judgeChange(question);
  const { holds, total, roles } = judged.approvals;
  if (!holds)
    throw new VerificationError("approvals-insufficient", "the quorum in force has not approved the change", {
      field: "/approvals",
      got: spell(
        total.got,
        roles.map(({ role, got }) => ({ role, count: got })),
      ),
      want: `at least ${spell(
        total.want,
        roles.map(({ role, want }) => ({ role, count: want })),
      )}`,
    });
  return judged;
}

const spell = (total: number, roles: readonly { readonly role: string; readonly count: number }[]): string =>
  [`${total} organisations`, ...roles.map(({ role, count }) => `${role} ${count}`)].join(", ");

const parse = (file: TrustFile): Consortium => parseConsortium(encodeTrustFile(file));

function soundOrRefused(after: TrustFile): Consortium {
  try {
    return parse(after);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new VerificationError(
      "change-breaks-trust-file",
      `the trust file would be broken: ${error.message}`,
      {
        ...error.detail,
        got: error.code,
      },
    );
  }
}
