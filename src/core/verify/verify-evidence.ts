/**
 * The one verification procedure: evidence, perhaps the record, and whom the verifier trusts go in; a report
 * comes out. No network, no clock, no key built in. The checks run in the order of docs/evidence-format.md,
 * "Verification"; one that fails does not hide what the others find.
 */
import { base64, bytesFromBase64, utf8 } from "../bytes.js";
import { type Batch, encodeBatch } from "../batch/batch.js";
import { type CreateDigester } from "../digest/digests.js";
import { atField, ParseError, VerificationError } from "../errors.js";
import { type Evidence, parseEvidence } from "../evidence/evidence.js";
import { type Checkpoint, parseCheckpointText } from "../ledger/checkpoint.js";
import { verifyEd25519, type VerifyEd25519 } from "../ledger/ed25519.js";
import { type Note, parseNote } from "../ledger/note.js";
import { openNote } from "../ledger/open-note.js";
import { parseTlogProof, type TlogProof } from "../ledger/tlog-proof.js";
import { hashLeaf } from "../merkle/hash.js";
import { verifyInclusion } from "../merkle/inclusion.js";
import { verifyRecord } from "../record/content.js";
import { hashStatement } from "../record/statement.js";
import { formatTime, parseTime } from "../record/time.js";
import { type Consortium, parseConsortium } from "../witness/consortium.js";
import { openCosignatures, type Cosignature } from "../witness/cosignature.js";
import { countQuorum, type QuorumCount } from "../witness/quorum.js";
import {
  type Check,
  CHECK_NAMES,
  type CheckName,
  failed,
  type Notice,
  notRun,
  passed,
  type Report,
  verdictOf,
} from "./report.js";

/** Clocks may differ by this much, inclusive (FORMAT-RULES: "Time order"). */
export const CLOCK_TOLERANCE_MS = 5000;

export interface VerifyInput {
  readonly evidence: Uint8Array;
  /** The verifier's own trust file, never one that came with the evidence; parsed already, where many are verified. */
  readonly consortium: Uint8Array | Consortium;
  /** The record's bytes, or why the one that was named could not be read. */
  readonly record?: Uint8Array | { readonly unreadable: string };
  /** Ids of organisations that are parties to the dispute, beside the depositor. */
  readonly parties?: readonly string[];
  /** Faster implementations of the same functions, where the host has them. */
  readonly verifyEd25519?: VerifyEd25519;
  readonly createDigester?: CreateDigester;
  /** Check 9, for an evidence that carries tokens; it lives outside core. */
  readonly checkTimestamps?: (evidence: Evidence, consortium: Consortium) => Check;
}

/** The evidence parsed to its last layer. */
interface Parsed {
  readonly evidence: Evidence;
  readonly proof: TlogProof;
  readonly note: Note;
  readonly checkpoint: Checkpoint;
}

/**
 * Throws `ParseError` with code `organisation-unknown` when a named party is no organisation of the trust file:
 * a slip of the caller's pen must not pass for an exclusion. Everything else is in the report.
 */
export function verifyEvidence(input: VerifyInput): Report {
  const parties = input.parties ?? [];
  let consortium: Consortium;
  try {
    consortium = input.consortium instanceof Uint8Array ? parseConsortium(input.consortium) : input.consortium;
  } catch (error) {
    if (error instanceof ParseError) return brokenTrust(error, parties);
    throw error;
  }
  for (const party of parties) {
    if (!consortium.organisations.some(({ id }) => id === party)) {
      throw new ParseError("organisation-unknown", `the trust file has no organisation ${party}`, {
        got: party,
      });
    }
  }

  let parsed: Parsed;
  try {
    parsed = parseAll(input.evidence);
  } catch (error) {
    if (error instanceof ParseError) return unparsed(error, consortium, parties);
    throw error;
  }
  return verifyParsed(parsed, consortium, { ...input, parties });
}

function parseAll(bytes: Uint8Array): Parsed {
  const evidence = parseEvidence(bytes);
  return atField("/ledgerProof", () => {
    const proof = parseTlogProof(evidence.ledgerProof);
    const note = parseNote(proof.checkpoint);
    return { evidence, proof, note, checkpoint: parseCheckpointText(note.text) };
  });
}

function verifyParsed(
  parsed: Parsed,
  consortium: Consortium,
  input: VerifyInput & { readonly parties: readonly string[] },
): Report {
  const { evidence, proof, note, checkpoint } = parsed;
  const { statement, batch } = evidence;
  const verify = input.verifyEd25519 ?? verifyEd25519;
  const leafHash = hashStatement(statement);

  const cosignatures = openKnownCosignatures(note, consortium, verify);
  const question = {
    consortium,
    cosignatures: cosignatures.opened,
    treeSize: checkpoint.treeSize,
    depositorId: statement.depositor.id,
    parties: input.parties,
  };
  const quorum = countQuorum(question);
  const inTime = countQuorum({ ...question, notBeforeMs: parseTime(batch.sealedAt) - CLOCK_TOLERANCE_MS });

  const checks: Check[] = [
    passed("evidence-format", "the evidence, its ledger proof and its checkpoint parse strictly"),
    checkRecord(evidence, input),
    checkBatchInclusion(evidence, leafHash),
    checkLedgerInclusion(batch, proof, checkpoint),
    checkLogSignature(note, checkpoint, consortium, verify),
    cosignatures.check,
    checkQuorum(quorum),
    checkTimeOrder(evidence, quorum, inTime),
    checkTimestamps(evidence, consortium, input),
    notRun("chain", "chain-not-given", "one evidence file was given, not a chain of them"),
    notRun("certificate", "certificate-not-given", "an evidence file was given, not a certificate"),
  ];
  const finalAt = inTime.metAtSeconds;
  return {
    type: "cunzheng/report@v1",
    verdict: verdictOf(checks),
    checks,
    subject: {
      id: statement.id,
      depositor: { id: statement.depositor.id, name: statement.depositor.name },
      recordType: statement.recordType,
      ...(statement.name !== undefined && { name: statement.name }),
      leafHash: base64(leafHash),
      checkpoint: { ...checkpoint, rootHash: base64(checkpoint.rootHash) },
      ledgerIndex: proof.index,
    },
    parties: input.parties,
    cosigners: inTime.cosigners,
    quorum: { holds: inTime.holds, total: inTime.total, roles: inTime.roles },
    times: {
      ...(statement.createdAt !== undefined && { createdAt: statement.createdAt }),
      receivedAt: statement.receivedAt,
      sealedAt: batch.sealedAt,
      ...(finalAt !== undefined && { finalAt: formatTime(finalAt * 1000) }),
    },
    notices: [...noticesOf(consortium), ...noticesOfEvidence(evidence, consortium, input)],
  };
}

function checkRecord({ statement }: Evidence, { record, createDigester }: VerifyInput): Check {
  const name = "record-digest";
  if (record === undefined)
    return notRun(name, "record-not-given", "no record was given: only the evidence was checked");
  if (!(record instanceof Uint8Array)) return notRun(name, "record-unreadable", record.unreadable);
  try {
    const { size, digests } = verifyRecord(statement, record, createDigester);
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

function checkBatchInclusion({ inclusion, batch }: Evidence, leafHash: Uint8Array): Check {
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

function checkLedgerInclusion(batch: Batch, proof: TlogProof, checkpoint: Checkpoint): Check {
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

function checkLogSignature(
  note: Note,
  { origin }: Checkpoint,
  { log }: Consortium,
  verify: VerifyEd25519,
): Check {
  const name = "log-signature";
  if (origin !== log.origin) {
    return failed(name, "origin-mismatch", "the checkpoint is of another ledger", [
      { what: "origin", got: origin, want: log.origin },
    ]);
  }
  try {
    const signers = openNote(note, log.vkeys, verify);
    return passed(name, `the checkpoint is signed by the log's key`, [
      {
        what: "vkey",
        got: signers.map(({ text }) => text).join(" "),
        want: log.vkeys.map(({ text }) => text).join(" "),
      },
    ]);
  } catch (error) {
    return refusal(name, error);
  }
}

function openKnownCosignatures(
  note: Note,
  { witnesses }: Consortium,
  verify: VerifyEd25519,
): { readonly check: Check; readonly opened: readonly Cosignature[] } {
  const name = "cosignatures";
  const vkeys = new Map(witnesses.flatMap((witness) => witness.vkeys.map((vkey) => [vkey.text, vkey])));
  try {
    const opened = openCosignatures(note, [...vkeys.values()], verify);
    return { opened, check: passed(name, `${opened.length} cosignatures of known witnesses verify`) };
  } catch (error) {
    return { opened: [], check: refusal(name, error) };
  }
}

function checkQuorum({ holds, total, roles }: QuorumCount): Check {
  const compared = [
    { what: "organisations", got: String(total.got), want: `at least ${total.want}` },
    ...roles.map(({ role, got, want }) => ({ what: role, got: String(got), want: `at least ${want}` })),
  ];
  return holds
    ? passed("quorum", "the quorum holds without the depositor and the named parties", compared)
    : failed("quorum", "quorum-not-met", "too few organisations count", compared);
}

/** received <= sealed <= cosigned. Only cosignatures that count are judged: those too early are left out. */
function checkTimeOrder({ statement, batch }: Evidence, quorum: QuorumCount, inTime: QuorumCount): Check {
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

function checkTimestamps(evidence: Evidence, consortium: Consortium, input: VerifyInput): Check {
  if (evidence.timestamps.length === 0) {
    return notRun("timestamps", "timestamps-none", "the evidence carries no timestamp token");
  }
  if (input.checkTimestamps) return input.checkTimestamps(evidence, consortium);
  return consortium.timestampAuthorities.length === 0
    ? notRun("timestamps", "timestamps-of-no-authority", "the trust file names no timestamping authority")
    : notRun("timestamps", "timestamps-not-checked", "this program does not check timestamp tokens");
}

function refusal(name: CheckName, error: unknown): Check {
  if (!(error instanceof VerificationError || error instanceof ParseError)) throw error;
  const { field, got, want } = error.detail;
  const compared =
    got === undefined && want === undefined
      ? undefined
      : [{ what: field ?? name, got: got ?? "", want: want ?? "" }];
  return failed(name, error.code, error.message, compared);
}

function noticesOf({ setAside, quorum }: Consortium): Notice[] {
  return [
    ...setAside.map(({ name, type }): Notice => ({
      code: "vkey-set-aside",
      message: `the key of ${name} is of type ${type}, which this program does not verify`,
    })),
    ...(quorum.excludeParties
      ? []
      : [
          {
            code: "depositor-counts" as const,
            message: "the trust file lets the depositor's own node count",
          },
        ]),
  ];
}

function noticesOfEvidence(
  { statement }: Evidence,
  { organisations }: Consortium,
  { record }: VerifyInput,
): Notice[] {
  const { id } = statement.depositor;
  return [
    ...(record === undefined
      ? [{ code: "evidence-only" as const, message: "only the evidence was checked: no record was given" }]
      : []),
    ...(organisations.some((organisation) => organisation.id === id)
      ? []
      : [
          {
            code: "depositor-not-in-consortium" as const,
            message: `the depositor ${id} is no organisation of the trust file: there is nobody to exclude`,
          },
        ]),
  ];
}

function unparsed(error: ParseError, consortium: Consortium, parties: readonly string[]): Report {
  const checks = CHECK_NAMES.map((name, i) =>
    i === 0 ? refusal(name, error) : notRun(name, "earlier-check-failed", "the evidence could not be read"),
  );
  return {
    type: "cunzheng/report@v1",
    verdict: verdictOf(checks),
    checks,
    parties,
    cosigners: [],
    notices: noticesOf(consortium),
  };
}

/** A broken trust file never verifies anything, and never refuses anything either. */
function brokenTrust(error: ParseError, parties: readonly string[]): Report {
  const { field } = error.detail;
  return {
    type: "cunzheng/report@v1",
    verdict: "incomplete",
    checks: CHECK_NAMES.map((name) => notRun(name, "earlier-check-failed", "the trust file is broken")),
    parties,
    cosigners: [],
    notices: [{ code: "trust-file-broken", message: `the trust file is broken: ${error.message}` }],
    trustProblem: { code: error.code, message: error.message, ...(field !== undefined && { field }) },
  };
}

/** SHA-256's input for a timestamp token: the note text, the very bytes that the log signs. */
export const timestampedText = (checkpointNote: string): Uint8Array => utf8(parseNote(checkpointNote).text);
