/**
 * The report on evidence: what was checked, what it is about, whose signatures count and by when it existed; or why nothing
 * could be checked. docs/evidence-format.md, section 8, "Times of the report" and "Notices".
 */
import { base64 } from "../bytes.js";
import type { ParseError } from "../errors.js";
import type { Evidence } from "../evidence/evidence.js";
import { formatTime } from "../record/time.js";
import { findIds, knownAs } from "../trust/identity.js";
import { existedNotLaterThan } from "./bounds.js";
import { type Asked, type QuorumCounts, refusal } from "./checks.js";
import { noticesOfParties, noticesOfRecord, noticesOfTrust } from "./notices.js";
import type { ParsedEvidence } from "./parsed-evidence.js";
import {
  type Check,
  CHECK_NAMES,
  type Notice,
  notRun,
  type Report,
  type ReportTimes,
  type ReportTimestamp,
  verdictOf,
} from "./report.js";
import { timeNotices } from "./time-notices.js";

/** Findings are what the checks found besides their results. */
interface Findings {
  readonly parsed: ParsedEvidence;
  readonly asked: Asked;
  /** Check 2. */
  readonly record: Check;
  readonly quorums: QuorumCounts;
  /** There is one for each token; none where nothing looked at them. */
  readonly timestamps: readonly ReportTimestamp[];
}

/** Makes the report on evidence that parses, after all its checks. */
export function reportChecked(checks: readonly Check[], findings: Findings): Report {
  const { parsed, asked, record, timestamps } = findings;
  const { cosigners, holds, total, roles } = findings.quorums.inTime;
  const times = timesOf(findings);
  return {
    type: "cunzheng/report@v1",
    verdict: verdictOf(checks),
    notices: [
      ...noticesOfEvidence(parsed, asked),
      ...noticesOfRecord(asked, record, parsed.evidence.statement),
      ...timeNotices({ times, cosigners, timestamps }),
    ],
    checks,
    subject: subjectOf(parsed),
    parties: asked.parties,
    cosigners,
    ...(timestamps.length > 0 && { timestamps }),
    quorum: { holds, total, roles },
    times,
  };
}

/** Makes the report on evidence that check 1 refused: nothing else is looked at. */
export function reportUnparsed(error: ParseError, { consortium, parties }: Asked): Report {
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

/** Makes the report under a broken trust file, which never verifies anything, and never refuses anything either. */
export function reportBrokenTrust(error: ParseError, parties: readonly string[]): Report {
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

function subjectOf({
  evidence,
  proof,
  checkpoint,
  leafHash,
}: ParsedEvidence): NonNullable<Report["subject"]> {
  const { id, depositor, recordType, name, digestsBy } = evidence.statement;
  return {
    id,
    depositor: { id: depositor.id, name: depositor.name },
    recordType,
    ...(name !== undefined && { name }),
    digestsBy,
    leafHash: base64(leafHash),
    checkpoint: { ...checkpoint, rootHash: base64(checkpoint.rootHash) },
    ledgerIndex: proof.index,
  };
}

function timesOf({ parsed: { evidence }, quorums: { inTime }, timestamps }: Findings): ReportTimes {
  const { createdAt, receivedAt } = evidence.statement;
  return {
    ...(createdAt !== undefined && { createdAt }),
    receivedAt,
    sealedAt: evidence.batch.sealedAt,
    ...(inTime.metAtSeconds !== undefined && finalTimes(evidence, inTime.metAtSeconds)),
    ...stampedTimes(timestamps),
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
  { evidence: { statement }, checkpoint: { treeSize } }: ParsedEvidence,
  { consortium, parties }: Asked,
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
