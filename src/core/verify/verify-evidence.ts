/**
 * The one verification procedure: evidence, perhaps the record, and whom the verifier trusts go in; a report
 * comes out. No network, no clock, no key built in. The checks run in the order of docs/evidence-format.md,
 * "Verification"; one that fails does not hide what the others find.
 */
import { ParseError } from "../errors.js";
import {
  type Asked,
  checkBatchInclusion,
  checkCertificate,
  checkChain,
  checkLedgerInclusion,
  checkLogSignature,
  checkQuorum,
  checkRecord,
  checkTimeOrder,
  checkTimestamps,
  countQuorums,
  openKnownCosignatures,
} from "./checks.js";
import { reportBrokenTrust, reportChecked, reportUnparsed } from "./evidence-report.js";
import { openTrust } from "./open-trust.js";
import { type ParsedEvidence, parseLayers } from "./parsed-evidence.js";
import { passed, type Report } from "./report.js";
import type { VerifyInput } from "./verify-input.js";

export { type VerifyInput } from "./verify-input.js";

/** Verifies evidence; throws nothing for what the files hold: it is in the report. */
export function verifyEvidence(input: VerifyInput): Report {
  const { parties = [] } = input;
  const trust = orParseError(() => openTrustAndAuthorities(input));
  if (trust instanceof ParseError) return reportBrokenTrust(trust, parties);
  const asked: Asked = { ...input, ...trust, parties };
  const parsed = orParseError(() => parseLayers(input.evidence));
  if (parsed instanceof ParseError) return reportUnparsed(parsed, asked);
  return verifyParsed(parsed, asked);
}

/** The trust file read, and how tokens are judged under it. Throws `ParseError` where the file is broken. */
function openTrustAndAuthorities({
  consortium: given,
  openTimestampAuthorities,
}: VerifyInput): Pick<Asked, "consortium" | "judgeTokens"> {
  const consortium = openTrust({ consortium: given });
  return { consortium, judgeTokens: openTimestampAuthorities?.(consortium) };
}

/** Checks 1 to 11 in their order, on evidence that parses. */
function verifyParsed(parsed: ParsedEvidence, asked: Asked): Report {
  const record = checkRecord(parsed, asked);
  const cosignatures = openKnownCosignatures(parsed, asked);
  const quorums = countQuorums(parsed, asked, cosignatures.opened);
  const timestamps = checkTimestamps(parsed, asked);
  const checks = [
    passed("evidence-format", "the evidence, its ledger proof and its checkpoint parse strictly"),
    record,
    checkBatchInclusion(parsed),
    checkLedgerInclusion(parsed),
    checkLogSignature(parsed, asked),
    cosignatures.check,
    checkQuorum(quorums),
    checkTimeOrder(parsed, quorums),
    timestamps.check,
    checkChain(),
    checkCertificate(),
  ];
  return reportChecked(checks, { parsed, asked, record, quorums, timestamps: timestamps.timestamps });
}

/** Gives what `read` gives, or the `ParseError` with which it refused; throws any other error. */
function orParseError<T>(read: () => T): T | ParseError {
  try {
    return read();
  } catch (error) {
    if (error instanceof ParseError) return error;
    throw error;
  }
}
