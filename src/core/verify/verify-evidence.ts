/**
 * The one verification procedure: evidence, perhaps the record, and whom the verifier trusts go in; a report
 * comes out. No network, no clock, no key built in. The checks run in the order of docs/evidence-format.md,
 * "Verification"; one that fails does not hide what the others find.
 */
import { base64 } from "../bytes.js";
import { atField, ParseError } from "../errors.js";
import { type Evidence, parseEvidence } from "../evidence/evidence.js";
import type { JsonFile } from "../evidence/json-file.js";
import { type Checkpoint, parseCheckpointText } from "../ledger/checkpoint.js";
import { type Note, parseNote } from "../ledger/note.js";
import { parseTlogProof, type TlogProof } from "../ledger/tlog-proof.js";
import { hashStatement } from "../record/statement.js";
import { formatTime, parseTime } from "../record/time.js";
import { type Consortium, parseConsortium } from "../trust/consortium.js";
import { findIds, knownAs } from "../trust/identity.js";
import { countQuorum } from "../trust/quorum.js";
import { existedNotLaterThan } from "./bounds.js";
import {
  checkBatchInclusion,
  checkLedgerInclusion,
  checkLogSignature,
  checkQuorum,
  checkRecord,
  checkTimeOrder,
  checkTimestamps,
  CLOCK_TOLERANCE_MS,
  openKnownCosignatures,
  refusal,
} from "./checks.js";
import {
  type Check,
  CHECK_NAMES,
  type Notice,
  notRun,
  passed,
  type Report,
  type ReportTimes,
  type ReportTimestamp,
  verdictOf,
} from "./report.js";
import { noticesOfParties, noticesOfRecord, noticesOfTrust } from "./notices.js";
import { timeNotices } from "./time-notices.js";
import type { CheckTimestamps, VerifyInput } from "./verify-input.js";

export { type VerifyInput } from "./verify-input.js";

/** The evidence parsed to its last layer. */
interface Parsed {
  readonly evidence: Evidence;
  readonly proof: TlogProof;
  readonly note: Note;
  readonly checkpoint: Checkpoint;
}

/** Throws nothing for what the files hold: it is in the report. */
export function verifyEvidence(input: VerifyInput): Report {
  const parties = input.parties ?? [];
  let consortium: Consortium;
  let timestamps: CheckTimestamps | undefined;
  try {
    consortium =
      input.consortium instanceof Uint8Array ? parseConsortium(input.consortium) : input.consortium;
    timestamps = input.openTimestampAuthorities?.(consortium);
  } catch (error) {
    if (error instanceof ParseError) return brokenTrust(error, parties);
    throw error;
  }

  let parsed: Parsed;
  try {
    parsed = parseAll(input.evidence);
  } catch (error) {
    if (error instanceof ParseError) return unparsed(error, consortium, parties);
    throw error;
  }
  return verifyParsed(parsed, consortium, { ...input, parties, timestamps });
}

function parseAll(file: Uint8Array | JsonFile): Parsed {
  const evidence = parseEvidence(file);
  return atField("/ledgerProof", () => {
    const proof = parseTlogProof(evidence.ledgerProof);
    const note = parseNote(proof.checkpoint);
    return { evidence, proof, note, checkpoint: parseCheckpointText(note.text) };
  });
}

function verifyParsed(
  parsed: Parsed,
  consortium: Consortium,
  input: VerifyInput & {
    readonly parties: readonly string[];
    readonly timestamps: CheckTimestamps | undefined;
  },
): Report {
  const { evidence, proof, note, checkpoint } = parsed;
  const { statement, batch } = evidence;
  const leafHash = hashStatement(statement);

  const cosignatures = openKnownCosignatures(note, consortium, input);
  const question = {
    consortium,
    cosignatures: cosignatures.opened,
    treeSize: checkpoint.treeSize,
    depositor: knownAs(statement.depositor),
    parties: input.parties,
  };
  const inTime = countQuorum({ ...question, notBeforeMs: parseTime(batch.sealedAt) - CLOCK_TOLERANCE_MS });
  // Whoever of a group has signed too early must not take the role from whoever of it signed in time.
  const quorum = inTime.holds ? inTime : countQuorum(question);

  const timestamps = checkTimestamps(evidence, note, input.timestamps);
  const record = checkRecord(evidence, input);

  const checks: Check[] = [
    passed("evidence-format", "the evidence, its ledger proof and its checkpoint parse strictly"),
    record,
    checkBatchInclusion(evidence, leafHash),
    checkLedgerInclusion(batch, proof, checkpoint),
    checkLogSignature(note, checkpoint, consortium, input),
    cosignatures.check,
    checkQuorum(quorum),
    checkTimeOrder(evidence, quorum, inTime),
    timestamps.check,
    notRun("chain", "chain-not-given", "one evidence file was given, not a chain of them"),
    notRun("certificate", "certificate-not-given", "an evidence file was given, not a certificate"),
  ];
  const times: ReportTimes = {
    ...(statement.createdAt !== undefined && { createdAt: statement.createdAt }),
    receivedAt: statement.receivedAt,
    sealedAt: batch.sealedAt,
    ...(inTime.metAtSeconds !== undefined && finalTimes(evidence, inTime.metAtSeconds)),
    ...stampedTimes(timestamps.timestamps),
  };
  return {
    type: "cunzheng/report@v1",
    verdict: verdictOf(checks),
    notices: [
      ...noticesOfEvidence(parsed, consortium, input.parties),
      ...noticesOfRecord(input, record, statement),
      ...timeNotices({ times, cosigners: inTime.cosigners, timestamps: timestamps.timestamps }),
    ],
    checks,
    subject: {
      id: statement.id,
      depositor: { id: statement.depositor.id, name: statement.depositor.name },
      recordType: statement.recordType,
      ...(statement.name !== undefined && { name: statement.name }),
      digestsBy: statement.digestsBy,
      leafHash: base64(leafHash),
      checkpoint: { ...checkpoint, rootHash: base64(checkpoint.rootHash) },
      ledgerIndex: proof.index,
    },
    parties: input.parties,
    cosigners: inTime.cosigners,
    ...(timestamps.timestamps.length > 0 && { timestamps: timestamps.timestamps }),
    quorum: { holds: inTime.holds, total: inTime.total, roles: inTime.roles },
    times,
  };
}

function finalTimes(
  { statement: { receivedAt }, batch: { sealedAt } }: Evidence,
  metAtSeconds: number,
): Pick<ReportTimes, "finalAt" | "existedNotLaterThan"> {
  const bound = existedNotLaterThan({ metAtSeconds, receivedAt, sealedAt });
  return {
    finalAt: formatTime(metAtSeconds * 1000),
    ...(bound !== undefined && { existedNotLaterThan: bound }),
  };
}

function stampedTimes(
  tokens: readonly ReportTimestamp[],
): Pick<ReportTimes, "timestampedAt" | "timestampedNotLaterThan"> {
  const earliest = (member: "genTime" | "notLaterThan") =>
    tokens.flatMap((token) => (token.counted ? (token[member] ?? []) : [])).sort()[0];
  const [timestampedAt, bound] = [earliest("genTime"), earliest("notLaterThan")];
  return {
    ...(timestampedAt !== undefined && { timestampedAt }),
    ...(bound !== undefined && { timestampedNotLaterThan: bound }),
  };
}

function noticesOfEvidence(
  { evidence: { statement }, checkpoint: { treeSize } }: Parsed,
  consortium: Consortium,
  parties: readonly string[],
): Notice[] {
  const { id } = statement.depositor;
  const isListed = findIds(consortium, knownAs(statement.depositor)).size > 0;
  return [
    ...noticesOfParties(consortium, parties),
    ...(statement.digestsBy === "depositor"
      ? [
          {
            code: "digests-by-depositor" as const,
            message: "the depositor sent these digests: the service did not receive the content",
          },
        ]
      : []),
    ...(isListed
      ? []
      : [
          {
            code: "depositor-not-in-consortium" as const,
            message: `the depositor ${id} is in the trust file by no id, credit code or name: nobody is excluded for it`,
          },
        ]),
    ...noticesOfTrust(consortium, treeSize),
  ];
}

function unparsed(error: ParseError, consortium: Consortium, parties: readonly string[]): Report {
  const checks = CHECK_NAMES.map((name, i) =>
    i === 0 ? refusal(name, error) : notRun(name, "earlier-check-failed", "the evidence could not be read"),
  );
  return {
    type: "cunzheng/report@v1",
    verdict: verdictOf(checks),
    notices: [...noticesOfParties(consortium, parties), ...noticesOfTrust(consortium)],
    checks,
    parties,
    cosigners: [],
  };
}

/** A broken trust file never verifies anything, and never refuses anything either. */
function brokenTrust(error: ParseError, parties: readonly string[]): Report {
  const { field } = error.detail;
  return {
    type: "cunzheng/report@v1",
    verdict: "incomplete",
    notices: [{ code: "trust-file-broken", message: `the trust file is broken: ${error.message}` }],
    checks: CHECK_NAMES.map((name) => notRun(name, "earlier-check-failed", "the trust file is broken")),
    parties,
    cosigners: [],
    trustProblem: { code: error.code, message: error.message, ...(field !== undefined && { field }) },
  };
}
