/**
 * Verifying a challenge file: whether the receipt is the operator's own, whether its time had passed when courts and
 * banks cosigned the checkpoint beside it, and whether what was shown in answer keeps the promise. Nobody can prove that
 * a statement is missing from the ledger, so it is for the operator to show that it is there.
 * docs/evidence-format.md, "Challenge".
 */
import { abbreviate, base64, bytesFromBase64, equalBytes } from "../bytes.js";
import { ParseError, type ParseErrorCode, VerificationError, type VerificationErrorCode } from "../errors.js";
import type { JsonFile } from "../evidence/json-file.js";
import { parseChallenge } from "../evidence/challenge.js";
import { openReceipt, type Receipt } from "../evidence/receipt.js";
import { type Checkpoint, openLogSignatures, parseCheckpointText } from "../ledger/checkpoint.js";
import { type Note, parseNote } from "../ledger/note.js";
import type { Verifiers } from "../ledger/verifiers.js";
import { formatTime, parseTime } from "../record/time.js";
import { type Consortium, cosignerVkeys, logKeysAt, quorumAt } from "../trust/consortium.js";
import { type Cosignature, openCosignatures } from "../witness/cosignature.js";
import { countQuorum, type QuorumCount } from "../trust/quorum.js";
import { meetsDemand } from "../trust/signature-demand.js";
import { CLOCK_TOLERANCE_MS } from "./checks.js";
import { noticesOfParties, noticesOfTrust } from "./notices.js";
import { type GivenTrust, openTrust } from "./open-trust.js";
import type { Notice, Report } from "./report.js";

/**
 * The verdict is `unanswered` where the promise is due and nothing shows that it was kept; `late` where what was
 * shown proves that it was not, by the batch's own time or by its place on the ledger; `rebutted` where it was kept;
 * `refused` where this file challenges nobody; `incomplete` under a broken trust file.
 */
export type ChallengeVerdict = "unanswered" | "late" | "rebutted" | "refused" | "incomplete";

export interface ChallengeReport {
  readonly type: "cunzheng/challenge-report@v1";
  readonly verdict: ChallengeVerdict;
  /** The notices are absent where the trust file is broken. */
  readonly notices?: readonly Notice[];
  /** The problem says why it is `refused` or `incomplete`. */
  readonly problem?: {
    readonly code: ParseErrorCode | VerificationErrorCode | "quorum-not-met";
    readonly message: string;
  };
  readonly receipt?: {
    readonly origin: string;
    readonly id: string;
    /** Base64. */
    readonly leafHash: string;
    readonly sealBy: string;
  };
  readonly checkpoint?: {
    readonly origin: string;
    readonly treeSize: number;
    /** Base64. */
    readonly rootHash: string;
    /** This is when the quorum of those who signed after the receipt's time was complete; absent where it was not. */
    readonly cosignedAt?: string;
  };
  readonly parties: readonly string[];
  readonly quorum?: QuorumCount;
  readonly answer?: ChallengeAnswer;
}

/** This says what became of the evidence that was shown in answer. */
export interface ChallengeAnswer {
  /** This is the evidence's own report. */
  readonly report: Report;
  /** The code says why it answers nothing, or shows a broken promise; absent where the promise was kept. */
  readonly code?: "evidence-refused" | "statement-differs" | "sealed-late" | "ledger-late";
}

export interface VerifyChallengeInput extends Verifiers, GivenTrust {
  readonly challenge: Uint8Array | JsonFile;
  /**
   * The cosignatures of these shall not count; each is an id, a credit code or a name: a party could date its own.
   */
  readonly parties?: readonly string[];
  /** This is the report on the evidence shown in answer, under the same trust file and parties. */
  readonly answer?: Report;
}

/** What has been found so far: it is in the report, whatever is refused afterwards. */
type Found = {
  -readonly [K in "notices" | "receipt" | "checkpoint" | "quorum" | "answer"]?: ChallengeReport[K];
};
type Judgement = Pick<ChallengeReport, "verdict" | "problem">;

/** Verifies a challenge; throws nothing for what the files hold. */
export function verifyChallenge({ parties = [], ...input }: VerifyChallengeInput): ChallengeReport {
  const found: Found = {};
  const judgement = judge({ ...input, parties }, found);
  return { type: "cunzheng/challenge-report@v1", ...judgement, ...found, parties };
}

/**
 * Step 1, "The trust file is not broken (section 7, its X.509 certificates included)", which makes the verdict `incomplete`
 * where it fails; and those after it, which make it `refused`.
 */
function judge(
  input: VerifyChallengeInput & { readonly parties: readonly string[] },
  found: Found,
): Judgement {
  let consortium: Consortium;
  try {
    consortium = openTrust(input);
  } catch (error) {
    return { verdict: "incomplete", problem: problemOf(error) };
  }
  // Whoever verified the answer has read more of the same trust file.
  if (input.answer?.trustProblem !== undefined)
    return { verdict: "incomplete", problem: input.answer.trustProblem };
  found.notices = [...noticesOfParties(consortium, input.parties), ...noticesOfTrust(consortium)];
  try {
    return judgeFile({ ...input, consortium }, found);
  } catch (error) {
    return { verdict: "refused", problem: problemOf(error) };
  }
}

interface Asked extends VerifyChallengeInput {
  readonly consortium: Consortium;
  readonly parties: readonly string[];
}

/** Steps 2 to 8 of docs/evidence-format.md, section 13, in their order. Throws as its parsers, `origin-mismatch`, `signature-missing`, `signature-invalid`. */
function judgeFile(asked: Asked, found: Found): Judgement {
  const challenge = parseChallenge(asked.challenge);
  const receipt = openReceipt(challenge.receipt, asked.consortium.receipts.vkeys, asked);
  const { note, checkpoint } = parseCheckpoint(challenge.checkpoint);
  refuseOtherOrigins([receipt, checkpoint], asked);
  refuseUnsigned(note, checkpoint, asked);
  found.receipt = { ...receipt, leafHash: base64(receipt.leafHash) };
  found.checkpoint = { ...checkpoint, rootHash: base64(checkpoint.rootHash) };
  const cosignatures = openCosignatures(note, cosignerVkeys(asked.consortium), asked);
  found.quorum = countAfterPromise({ cosignatures, receipt, checkpoint }, asked);
  const { holds, metAtSeconds } = found.quorum;
  if (!holds || metAtSeconds === undefined) return quorumNotMet(receipt);
  found.checkpoint = { ...found.checkpoint, cosignedAt: formatTime(metAtSeconds * 1000) };
  if (asked.answer === undefined) return { verdict: "unanswered" };
  const { verdict, code } = judgeAnswer(asked.answer, receipt, checkpoint);
  found.answer = { report: asked.answer, ...(code && { code }) };
  return { verdict };
}

/** Step 3: "The checkpoint is a note, and its text a checkpoint." */
function parseCheckpoint(text: string): { readonly note: Note; readonly checkpoint: Checkpoint } {
  const note = parseNote(text);
  return { note, checkpoint: parseCheckpointText(note.text) };
}

/** Step 4: "The receipt's origin, then the checkpoint's, is the trust file's (`origin-mismatch`)." */
function refuseOtherOrigins(
  files: readonly { readonly origin: string }[],
  { consortium: { log } }: Asked,
): void {
  for (const { origin } of files)
    if (origin !== log.origin)
      throw new VerificationError("origin-mismatch", "of another ledger", {
        got: abbreviate(origin),
        want: log.origin,
      });
}

/** Step 5: "The log signed the checkpoint, as check 5 of section 8 asks (`signature-missing`, `signature-invalid`)." */
function refuseUnsigned(note: Note, checkpoint: Checkpoint, asked: Asked): void {
  const { consortium } = asked;
  const { treeSize } = checkpoint;
  const signers = openLogSignatures(note, checkpoint, logKeysAt(consortium, treeSize), asked);
  if (!meetsDemand(quorumAt(consortium, treeSize).signatures, signers))
    throw new VerificationError(
      "signature-missing",
      "the log has not signed with what the trust file demands",
    );
}

/**
 * Step 7: the quorum without a depositor, of those "with `t * 1000 > sealBy + 5000`, both in milliseconds". A second later
 * than the tolerance, that is: a cosignature carries whole seconds, and all of its second must lie after it.
 */
function countAfterPromise(
  of: {
    readonly cosignatures: readonly Cosignature[];
    readonly receipt: Receipt;
    readonly checkpoint: Checkpoint;
  },
  { consortium, parties }: Asked,
): QuorumCount {
  const { cosignatures, receipt, checkpoint } = of;
  const notBeforeMs = parseTime(receipt.sealBy) + CLOCK_TOLERANCE_MS + 1000;
  const { treeSize } = checkpoint;
  return countQuorum({ consortium, cosignatures, treeSize, depositor: undefined, parties, notBeforeMs });
}

const quorumNotMet = ({ sealBy }: Receipt): Judgement => ({
  verdict: "refused",
  problem: {
    code: "quorum-not-met",
    message: `too few organisations cosigned the checkpoint after ${sealBy} and ${CLOCK_TOLERANCE_MS} ms`,
  },
});

/** Step 8: what the evidence shown in answer makes of the challenge, by its own report. */
function judgeAnswer(
  { verdict, subject, times }: Report,
  { leafHash, sealBy }: Receipt,
  { treeSize }: Checkpoint,
): { readonly verdict: ChallengeVerdict; readonly code?: ChallengeAnswer["code"] } {
  if (verdict === "refused" || subject === undefined || times === undefined)
    return { verdict: "unanswered", code: "evidence-refused" };
  // The id is in the statement, and so in its hash.
  if (!equalBytes(bytesFromBase64(subject.leafHash), leafHash))
    return { verdict: "unanswered", code: "statement-differs" };
  if (parseTime(times.sealedAt) > parseTime(sealBy)) return { verdict: "late", code: "sealed-late" };
  // The operator dates the batch; the ledger, as others cosigned it after that time, did not hold it yet. Where the batch
  // stands on the ledger is what counts, not the checkpoint under which the evidence proves it: that may be any later one.
  if (subject.ledgerIndex >= treeSize) return { verdict: "late", code: "ledger-late" };
  return { verdict: "rebutted" };
}

function problemOf(error: unknown): NonNullable<ChallengeReport["problem"]> {
  if (!(error instanceof ParseError) && !(error instanceof VerificationError)) throw error;
  return { code: error.code, message: error.message };
}
