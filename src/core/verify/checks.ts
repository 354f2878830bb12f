/**
 * The checks, in the order in which a verifier makes them. Each compares one claim of the evidence with what it must
 * be, and says what it compared; none decides the verdict. They are quoted from docs/evidence-format.md, section 8; check 1 is
 * the parser (parsed-evidence.ts).
 */
import { base64, bytesFromBase64, utf8 } from "../bytes.js";
import { hashBatch } from "../batch/batch.js";
import { ParseError, VerificationError } from "../errors.js";
import { openLogSignatures } from "../ledger/checkpoint.js";
import { algorithmOf } from "../ledger/vkey.js";
import { verifyInclusion } from "../merkle/inclusion.js";
import { verifyMeasuredRecord, verifyRecord } from "../record/content.js";
import { formatTime, parseTime } from "../record/time.js";
import { type Consortium, cosignerVkeys, logKeysAt, quorumAt } from "../trust/consortium.js";
import { type Cosignature, openCosignatures } from "../witness/cosignature.js";
import { knownAs } from "../trust/identity.js";
import { countQuorum, type QuorumCount } from "../trust/quorum.js";
import { demandedAlgorithms, meetsDemand } from "../trust/signature-demand.js";
import type { ParsedEvidence } from "./parsed-evidence.js";
import { type Check, type CheckName, failed, notRun, passed } from "./report.js";
import type { CheckTimestamps, TimestampOutcome, VerifyInput } from "./verify-input.js";

/** Clocks may differ by this much, inclusive (FORMAT-RULES: "Time order"). */
export const CLOCK_TOLERANCE_MS = 5000;

/** Every check is asked with what the verifier was given, its trust file read. */
export interface Asked extends Omit<VerifyInput, "evidence"> {
  readonly consortium: Consortium;
  readonly parties: readonly string[];
  /** Judges tokens under this trust file; undefined where this program judges none. */
  readonly judgeTokens: CheckTimestamps | undefined;
}

/**
 * Check 2, `record-digest`: the record has the statement's size and digests. "`not-run` (`record-not-given`) without a
 * record; with one that can't be read `not-run` (`record-unreadable`)".
 */
export function checkRecord(
  { evidence: { statement } }: ParsedEvidence,
  { record, createDigester }: Asked,
): Check {
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

/**
 * Check 3, `batch-inclusion`: "the statement's leaf hash leads to `batch.root` (`leaf-outside-batch` when
 * `leafIndex >= batch.size`)".
 */
export function checkBatchInclusion({ evidence, leafHash }: ParsedEvidence): Check {
  const name = "batch-inclusion";
  const { inclusion, batch } = evidence;
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

/** Check 4, `ledger-inclusion`: "`SHA-256(0x00 || JCS(batch))` leads to the checkpoint's root". */
export function checkLedgerInclusion({ evidence, proof, checkpoint }: ParsedEvidence): Check {
  const name = "ledger-inclusion";
  const { treeSize, rootHash } = checkpoint;
  try {
    verifyInclusion(
      { leafIndex: proof.index, treeSize, path: proof.path },
      hashBatch(evidence.batch),
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

/**
 * Check 5, `log-signature`: "the checkpoint's origin is the trust file's (`origin-mismatch`) and the log signed it, with keys
 * for trees of its size, as `signatures` of the rule for its size demands (`signature-missing`)".
 */
export function checkLogSignature({ note, checkpoint }: ParsedEvidence, asked: Asked): Check {
  const name = "log-signature";
  const { consortium } = asked;
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
    const signers = openLogSignatures(note, checkpoint, vkeys, asked);
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

/** Check 6, `cosignatures`: "each line of a known witness key verifies". Where one does not, none is handed on to be counted. */
export function openKnownCosignatures(
  { note }: ParsedEvidence,
  asked: Asked,
): { readonly check: Check; readonly opened: readonly Cosignature[] } {
  const name = "cosignatures";
  try {
    const opened = openCosignatures(note, cosignerVkeys(asked.consortium), asked);
    return { opened, check: passed(name, `${opened.length} cosignatures of known witnesses verify`) };
  } catch (error) {
    return { opened: [], check: refusal(name, error) };
  }
}

/** The quorum of section 7.1 is counted for checks 7 and 8. */
export interface QuorumCounts {
  /** This is counted without the cosignatures that are too early. */
  readonly inTime: QuorumCount;
  /** This is what check 7 judges: the one above where it holds, else with the early ones as if none were. */
  readonly judged: QuorumCount;
}

export function countQuorums(
  { evidence: { statement, batch }, checkpoint: { treeSize } }: ParsedEvidence,
  { consortium, parties }: Asked,
  cosignatures: readonly Cosignature[],
): QuorumCounts {
  const question = { consortium, cosignatures, treeSize, depositor: knownAs(statement.depositor), parties };
  const inTime = countQuorum({ ...question, notBeforeMs: parseTime(batch.sealedAt) - CLOCK_TOLERANCE_MS });
  // Whoever of a group has signed too early must not take the role from whoever of it signed in time.
  return { inTime, judged: inTime.holds ? inTime : countQuorum(question) };
}

/**
 * Check 7, `quorum`: "section 7.1 meets `total` and every role (`quorum-not-met`): without those that are `too-early`, or
 * else with them, as if none were".
 */
export function checkQuorum({ judged: { holds, total, roles } }: QuorumCounts): Check {
  const compared = [
    { what: "organisations", got: String(total.got), want: `at least ${total.want}` },
    ...roles.map(({ role, got, want }) => ({ what: role, got: String(got), want: `at least ${want}` })),
  ];
  return holds
    ? passed("quorum", "the quorum holds without the depositor and the named parties", compared)
    : failed("quorum", "quorum-not-met", "too few organisations count", compared);
}

/**
 * Check 8, `time-order`: "`receivedAt` <= `sealedAt` + 5 s (`sealed-before-received`), and the quorum, where check 7 found it,
 * still holds without the cosignatures that are too early (`cosigned-before-sealed`). Tolerances are inclusive."
 */
export function checkTimeOrder(
  { evidence: { statement, batch } }: ParsedEvidence,
  { judged, inTime }: QuorumCounts,
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
  if (judged.holds && !inTime.holds) {
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

/**
 * Check 9, `timestamps`: section 8.1, which whoever reads X.509 judges (src/pki). Without that nothing is known of a token,
 * not even whether it is one.
 */
export function checkTimestamps(
  { evidence: { timestamps }, note: { text } }: ParsedEvidence,
  { judgeTokens }: Asked,
): TimestampOutcome {
  const name = "timestamps";
  if (timestamps.length === 0)
    return {
      check: notRun(name, "timestamps-none", "the evidence carries no timestamp token"),
      timestamps: [],
    };
  if (judgeTokens === undefined) {
    const message = "this program does not check timestamp tokens";
    return { check: notRun(name, "timestamps-not-checked", message), timestamps: [] };
  }
  return judgeTokens({ tokens: timestamps.map(({ token }) => bytesFromBase64(token)), message: utf8(text) });
}

/** Check 10, `chain`: "`not-run` for one evidence file (`chain-not-given`)". */
export const checkChain = (): Check =>
  notRun("chain", "chain-not-given", "one evidence file was given, not a chain of them");

/** Check 11, `certificate`: "for a PDF (section 9); `not-run` for an evidence file (`certificate-not-given`)". */
export const checkCertificate = (): Check =>
  notRun("certificate", "certificate-not-given", "an evidence file was given, not a certificate");

/** Makes the check that failed as what it called refused; throws any error that is no refusal. */
export function refusal(name: CheckName, error: unknown): Check {
  if (!(error instanceof VerificationError || error instanceof ParseError)) throw error;
  const { field, got, want } = error.detail;
  const compared =
    got === undefined && want === undefined
      ? undefined
      : [{ what: field ?? name, got: got ?? "", want: want ?? "" }];
  return failed(name, error.code, error.message, compared);
}
