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
import { parseNote } from "../ledger/note.js";
import type { Verifiers } from "../ledger/verifiers.js";
import { formatTime, parseTime } from "../record/time.js";
import { type Consortium, cosignerVkeys, logKeysAt, parseConsortium, quorumAt } from "../trust/consortium.js";
import { openCosignatures } from "../witness/cosignature.js";
import { countQuorum, type QuorumCount } from "../trust/quorum.js";
import { meetsDemand } from "../trust/signature-demand.js";
import { CLOCK_TOLERANCE_MS } from "./checks.js";
import { noticesOfParties, noticesOfTrust } from "./notices.js";
import type { Notice, Report } from "./report.js";
import type { CheckAuthorities } from "./verify-input.js";

/**
 * `unanswered`: the promise is due and nothing shows that it was kept. `late`: what was shown proves that it was not, by
 * the batch's own time or by its place on the ledger.
 * `rebutted`: it was kept. `refused`: this file challenges nobody. `incomplete`: a broken trust file.
 */
export type ChallengeVerdict = "unanswered" | "late" | "rebutted" | "refused" | "incomplete";

export interface ChallengeReport {
  readonly type: "cunzheng/challenge-report@v1";
  readonly verdict: ChallengeVerdict;
  /** Absent where the trust file is broken. */
  readonly notices?: readonly Notice[];
  /** Why it is `refused` or `incomplete`. */
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
    /** When the quorum of those who signed after the receipt's time was complete; absent where it was not. */
    readonly cosignedAt?: string;
  };
  readonly parties: readonly string[];
  readonly quorum?: QuorumCount;
  readonly answer?: ChallengeAnswer;
}

/** What became of the evidence that was shown in answer. */
export interface ChallengeAnswer {
  /** The evidence's own. */
  readonly report: Report;
  /** Why it answers nothing, or shows a broken promise; absent where the promise was kept. */
  readonly code?: "evidence-refused" | "statement-differs" | "sealed-late" | "ledger-late";
}

export interface VerifyChallengeInput extends Verifiers {
  readonly challenge: Uint8Array | JsonFile;
  /** The verifier's own trust file; parsed already, where many are verified. */
  readonly consortium: Uint8Array | Consortium;
  /** Whose cosignatures shall not count, by id, credit code or name: a party could date its own. */
  readonly parties?: readonly string[];
  readonly checkAuthorities?: CheckAuthorities;
  /** On the evidence shown in answer, under the same trust file and parties. */
  readonly answer?: Report;
}

/** Throws nothing for what the files hold. */
export function verifyChallenge({ parties = [], ...input }: VerifyChallengeInput): ChallengeReport {
  const found: { -readonly [K in keyof ChallengeReport]?: ChallengeReport[K] } = {};
  const report = (verdict: ChallengeVerdict, problem?: ChallengeReport["problem"]): ChallengeReport => ({
    type: "cunzheng/challenge-report@v1",
    verdict,
    ...(problem && { problem }),
    ...found,
    parties,
  });
  let consortium: Consortium;
  try {
    consortium =
      input.consortium instanceof Uint8Array ? parseConsortium(input.consortium) : input.consortium;
    input.checkAuthorities?.(consortium);
  } catch (error) {
    return report("incomplete", problemOf(error));
  }
  // Whoever verified the answer has read more of the same trust file.
  if (input.answer?.trustProblem !== undefined) return report("incomplete", input.answer.trustProblem);
  found.notices = [...noticesOfParties(consortium, parties), ...noticesOfTrust(consortium)];
  try {
    const { receipt, checkpoint, note } = open(input.challenge, consortium, input);
    found.receipt = { ...receipt, leafHash: base64(receipt.leafHash) };
    found.checkpoint = { ...checkpoint, rootHash: base64(checkpoint.rootHash) };
    const cosignatures = openCosignatures(note, cosignerVkeys(consortium), input);
    const { treeSize } = checkpoint;
    // A second later than the tolerance: a cosignature carries whole seconds, and all of its second must lie after it.
    const notBeforeMs = parseTime(receipt.sealBy) + CLOCK_TOLERANCE_MS + 1000;
    const question = { consortium, cosignatures, treeSize, depositor: undefined, parties, notBeforeMs };
    const quorum = countQuorum(question);
    found.quorum = quorum;
    if (!quorum.holds || quorum.metAtSeconds === undefined)
      return report("refused", {
        code: "quorum-not-met",
        message: `too few organisations cosigned the checkpoint after ${receipt.sealBy} and ${CLOCK_TOLERANCE_MS} ms`,
      });
    found.checkpoint = { ...found.checkpoint, cosignedAt: formatTime(quorum.metAtSeconds * 1000) };
    if (input.answer === undefined) return report("unanswered");
    const { verdict, code } = judgeAnswer(input.answer, receipt, treeSize);
    found.answer = { report: input.answer, ...(code && { code }) };
    return report(verdict);
  } catch (error) {
    return report("refused", problemOf(error));
  }
}

/** Throws as its parsers, `origin-mismatch`, `signature-missing`, `signature-invalid`. */
function open(file: Uint8Array | JsonFile, consortium: Consortium, verifiers: Verifiers) {
  const { log, receipts } = consortium;
  const challenge = parseChallenge(file);
  const receipt: Receipt = openReceipt(challenge.receipt, receipts.vkeys, verifiers);
  const note = parseNote(challenge.checkpoint);
  const checkpoint: Checkpoint = parseCheckpointText(note.text);
  for (const { origin } of [receipt, checkpoint])
    if (origin !== log.origin)
      throw new VerificationError("origin-mismatch", "of another ledger", {
        got: abbreviate(origin),
        want: log.origin,
      });
  const signers = openLogSignatures(note, checkpoint, logKeysAt(consortium, checkpoint.treeSize), verifiers);
  if (!meetsDemand(quorumAt(consortium, checkpoint.treeSize).signatures, signers))
    throw new VerificationError(
      "signature-missing",
      "the log has not signed with what the trust file demands",
    );
  const { origin, id, leafHash, sealBy } = receipt;
  return { receipt: { origin, id, leafHash, sealBy }, checkpoint, note };
}

function judgeAnswer(
  { verdict, subject, times }: Report,
  { leafHash, sealBy }: Receipt,
  treeSize: number,
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
