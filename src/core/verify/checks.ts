/**
 * The checks, in the order in which a verifier makes them. Each compares one claim of the evidence with what it must
 * be, and says what it compared; none decides the verdict. docs/evidence-format.md, "Verification".
 */
import { base64, bytesFromBase64, utf8 } from "../bytes.js";
import { type Batch, encodeBatch } from "../batch/batch.js";
import { ParseError, VerificationError } from "../errors.js";
import type { Evidence } from "../evidence/evidence.js";
import { type Checkpoint, openLogSignatures } from "../ledger/checkpoint.js";
import type { Note } from "../ledger/note.js";
import type { TlogProof } from "../ledger/tlog-proof.js";
import type { Verifiers } from "../ledger/verifiers.js";
import { algorithmOf } from "../ledger/vkey.js";
import { hashLeaf } from "../merkle/hash.js";
import { verifyInclusion } from "../merkle/inclusion.js";
import { verifyMeasuredRecord, verifyRecord } from "../record/content.js";
import { formatTime, parseTime } from "../record/time.js";
import { type Consortium, cosignerVkeys, logKeysAt, quorumAt } from "../trust/consortium.js";
import { type Cosignature, openCosignatures } from "../witness/cosignature.js";
import { demandedAlgorithms, meetsDemand } from "../trust/signature-demand.js";
import type { QuorumCount } from "../trust/quorum.js";
import { type Check, type CheckName, failed, notRun, passed } from "./report.js";
import type { CheckTimestamps, TimestampOutcome, VerifyInput } from "./verify-input.js";

/** Clocks may differ by this much, inclusive (FORMAT-RULES: "Time order"). */
export const CLOCK_TOLERANCE_MS = 5000;

export function checkRecord({ statement }: Evidence, { record, createDigester }: VerifyInput): Check {
  const name = "record-digest";
  if (record === undefined)
    return notRun(name, "record-not-given", "no record was given: only the evidence was checked");
  if ("unreadable" in record) return notRun(name, "record-unreadable", record.unreadable);
  try {
    const { size, digests } =
      record instanceof Uint8Array
        ? verifyRecord(statement, record, createDigester)
        : verifyMeasuredRecord(statement, record);
    return passed(name, "the record has the statement's size and digests", [
      { what: "size", got: String(size), want: String(statement.size) },
      { what: "sha-256", got: base64(digests["sha-256"]), want: statement.digests["sha-256"] },
      ...(statement.digests.sm3 !== undefined && digests.sm3 !== undefined
        ? [{ what: "sm3", got: base64(digests.sm3), want: statement.digests.sm3 }]
        : []),
    ]);
  } catch (error) {
    return refusal(name, error);
  }
}

export function checkBatchInclusion({ inclusion, batch }: Evidence, leafHash: Uint8Array): Check {
  const name = "batch-inclusion";
  const { leafIndex } = inclusion;
  if (leafIndex >= batch.size) {
    return failed(name, "leaf-outside-batch", `the batch has no leaf ${leafIndex}`, [
      { what: "leafIndex", got: String(leafIndex), want: `below ${batch.size}` },
    ]);
  }
  try {
    const path = inclusion.path.map(bytesFromBase64);
    verifyInclusion({ leafIndex, treeSize: batch.size, path }, leafHash, bytesFromBase64(batch.root));
    return passed(name, `leaf ${leafIndex} of ${batch.size} leads to the batch root`, [
      { what: "root", got: batch.root, want: batch.root },
    ]);
  } catch (error) {
    return refusal(name, error);
  }
}

export function checkLedgerInclusion(batch: Batch, proof: TlogProof, checkpoint: Checkpoint): Check {
  const name = "ledger-inclusion";
  const { treeSize, rootHash } = checkpoint;
  try {
    verifyInclusion(
      { leafIndex: proof.index, treeSize, path: proof.path },
      hashLeaf(encodeBatch(batch)),
      rootHash,
    );
    const root = base64(rootHash);
    return passed(name, `entry ${proof.index} of ${treeSize} leads to the checkpoint's root`, [
      { what: "rootHash", got: root, want: root },
    ]);
  } catch (error) {
    return refusal(name, error);
  }
}

export function checkLogSignature(
  note: Note,
  checkpoint: Checkpoint,
  consortium: Consortium,
  verifiers: Verifiers,
): Check {
  const name = "log-signature";
  const { log } = consortium;
  const { origin, treeSize } = checkpoint;
  if (origin !== log.origin) {
    return failed(name, "origin-mismatch", "the checkpoint is of another ledger", [
      { what: "origin", got: origin, want: log.origin },
    ]);
  }
  try {
    const vkeys = logKeysAt(consortium, treeSize);
    const { signatures } = quorumAt(consortium, treeSize);
    const signers = openLogSignatures(note, checkpoint, vkeys, verifiers);
    if (!meetsDemand(signatures, signers)) {
      const got = signers.map((vkey) => algorithmOf(vkey)).join(" ");
      return failed(name, "signature-missing", "the log has not signed with what the trust file demands", [
        { what: "signatures", got, want: demandedAlgorithms(signatures).join(" ") },
      ]);
    }
    return passed(name, `the checkpoint is signed by the log's key`, [
      {
        what: "vkey",
        got: signers.map(({ text }) => text).join(" "),
        want: vkeys.map(({ text }) => text).join(" "),
      },
    ]);
  } catch (error) {
    return refusal(name, error);
  }
}

export function openKnownCosignatures(
  note: Note,
  consortium: Consortium,
  verifiers: Verifiers,
): { readonly check: Check; readonly opened: readonly Cosignature[] } {
  const name = "cosignatures";
  try {
    const opened = openCosignatures(note, cosignerVkeys(consortium), verifiers);
    return { opened, check: passed(name, `${opened.length} cosignatures of known witnesses verify`) };
  } catch (error) {
    return { opened: [], check: refusal(name, error) };
  }
}

export function checkQuorum({ holds, total, roles }: QuorumCount): Check {
  const compared = [
    { what: "organisations", got: String(total.got), want: `at least ${total.want}` },
    ...roles.map(({ role, got, want }) => ({ what: role, got: String(got), want: `at least ${want}` })),
  ];
  return holds
    ? passed("quorum", "the quorum holds without the depositor and the named parties", compared)
    : failed("quorum", "quorum-not-met", "too few organisations count", compared);
}

/** received <= sealed <= cosigned. Only cosignatures that count are judged: those too early are left out. */
export function checkTimeOrder(
  { statement, batch }: Evidence,
  quorum: QuorumCount,
  inTime: QuorumCount,
): Check {
  const name = "time-order";
  const compared = [
    {
      what: "receivedAt",
      got: statement.receivedAt,
      want: `at most ${batch.sealedAt} and ${CLOCK_TOLERANCE_MS} ms`,
    },
  ];
  if (parseTime(statement.receivedAt) > parseTime(batch.sealedAt) + CLOCK_TOLERANCE_MS) {
    return failed(
      name,
      "sealed-before-received",
      "the batch was sealed before the record was received",
      compared,
    );
  }
  if (quorum.holds && !inTime.holds) {
    const early = inTime.cosigners.filter(({ reason }) => reason === "too-early");
    return failed(name, "cosigned-before-sealed", "the quorum rests on cosignatures older than the batch", [
      ...compared,
      ...early.map(({ name: what, timeSeconds }) => ({
        what,
        got: formatTime(timeSeconds * 1000),
        want: `at least ${batch.sealedAt} less ${CLOCK_TOLERANCE_MS} ms`,
      })),
    ]);
  }
  return passed(name, "received, sealed and cosigned in this order", compared);
}

/** Without a checker nothing is known of a token, not even whether it is one. */
export function checkTimestamps(
  { timestamps }: Evidence,
  { text }: Note,
  check: CheckTimestamps | undefined,
): TimestampOutcome {
  const name = "timestamps";
  if (timestamps.length === 0)
    return {
      check: notRun(name, "timestamps-none", "the evidence carries no timestamp token"),
      timestamps: [],
    };
  if (check === undefined) {
    const message = "this program does not check timestamp tokens";
    return { check: notRun(name, "timestamps-not-checked", message), timestamps: [] };
  }
  return check({ tokens: timestamps.map(({ token }) => bytesFromBase64(token)), message: utf8(text) });
}

export function refusal(name: CheckName, error: unknown): Check {
  if (!(error instanceof VerificationError || error instanceof ParseError)) throw error;
  const { field, got, want } = error.detail;
  const compared =
    got === undefined && want === undefined
      ? undefined
      : [{ what: field ?? name, got: got ?? "", want: want ?? "" }];
  return failed(name, error.code, error.message, compared);
}
