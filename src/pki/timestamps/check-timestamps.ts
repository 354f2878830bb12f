/**
 * Check 9: every token of the evidence over the checkpoint's note text, under the authorities of the trust file.
 * docs/evidence-format.md, section 8. Synchronous, without network and clock: the only time is the token's own.
 */
import {
  type Check,
  failed,
  notRun,
  passed,
  type ReportTimestamp,
  type TimestampCode,
  UNDECIDED_TIMESTAMPS,
} from "../../core/verify/report.js";
import type {
  OpenTimestampAuthorities,
  TimestampClaim,
  TimestampOutcome,
} from "../../core/verify/verify-input.js";
import { formatTime } from "../../core/record/time.js";
import { stampedNotLaterThan } from "../../core/verify/bounds.js";
import type { VerifyX509Signature } from "../der/algorithms.js";
import { timestampAnchors } from "../x509/authorities.js";
import { MalformedError } from "../der/der.js";
import { verifyX509Signature } from "../der/portable-signature.js";
import { TimestampError } from "../der/timestamp-error.js";
import {
  claimedAuthorities,
  parseTimestampToken,
  type TimestampToken,
  unreadableSigner,
  verifyTimestampToken,
} from "./timestamp-token.js";
import type { X509Certificate } from "../x509/x509-certificate.js";

/** Makes what `verifyEvidence` takes, with the portable signatures or a host's faster ones. */
export function timestampAuthorities(
  verify: VerifyX509Signature = verifyX509Signature,
): OpenTimestampAuthorities {
  return (consortium) => {
    const authorities = timestampAnchors(consortium);
    return (claim) => checkTokens(claim, authorities, verify);
  };
}

interface Judged {
  readonly shown: ReportTimestamp;
  /** This says why the token fails, and the evidence with it. */
  readonly wrong?: MalformedError | TimestampError;
  /** This says why it can't be judged. */
  readonly undecided?: MalformedError | TimestampError;
}

function checkTokens(
  { tokens, message }: TimestampClaim,
  authorities: ReturnType<typeof timestampAnchors>,
  verify: VerifyX509Signature,
): TimestampOutcome {
  const counted = new Set<string>();
  const judged = tokens.map((bytes): Judged => {
    let token: TimestampToken | undefined;
    try {
      token = parseTimestampToken(bytes);
      const question = { token, message, ...authorities, verify };
      if (claimedAuthorities(question).length === 0) return notCounted("authority-unknown", token);
      const authority = verifyTimestampToken(question);
      const shown = { ...shownOf(token), authority: authority.commonName };
      // An authority is who its name says: a root that was renewed is no second one.
      if (counted.has(authority.subject))
        return { shown: { ...shown, counted: false, reason: "authority-counted-already" } };
      counted.add(authority.subject);
      return { shown: { ...shown, counted: true, reason: "counted" } };
    } catch (error) {
      if (error instanceof MalformedError)
        return token === undefined
          ? malformed(bytes, error, authorities.anchors)
          : { ...notCounted("timestamp-malformed", token), wrong: error };
      if (!(error instanceof TimestampError)) throw error;
      return {
        ...notCounted(error.code, token),
        ...(UNDECIDED_TIMESTAMPS.has(error.code) ? { undecided: error } : { wrong: error }),
      };
    }
  });
  return { check: checkOf(judged, authorities.anchors.length), timestamps: judged.map(({ shown }) => shown) };
}

const notCounted = (reason: ReportTimestamp["reason"], token: TimestampToken | undefined): Judged => ({
  shown: { ...(token && shownOf(token)), counted: false, reason },
});

function shownOf({ signer, info }: TimestampToken) {
  const bound = stampedNotLaterThan(info);
  return {
    signer: signer.commonName,
    genTime: formatTime(info.genTimeMs),
    ...(bound !== undefined && { notLaterThan: bound }),
    serialNumber: info.serialNumber,
  };
}

/**
 * Judges a token that can't be read: of a trusted authority by name it fails; of another, or of nobody who could be
 * told, it proves and refutes nothing.
 */
function malformed(bytes: Uint8Array, error: MalformedError, anchors: readonly X509Certificate[]): Judged {
  const { signer, isOfAnchor } = unreadableSigner(bytes, anchors);
  const shown = { ...(signer && { signer: signer.commonName }), counted: false } as const;
  return {
    shown: { ...shown, reason: "timestamp-malformed" },
    ...(isOfAnchor ? { wrong: error } : { undecided: error }),
  };
}

function checkOf(judged: readonly Judged[], authorities: number): Check {
  const name = "timestamps";
  const said = (i: number, error: Error) => `token ${i + 1}: ${error.message}`;
  for (const [i, { wrong }] of judged.entries()) {
    if (wrong instanceof MalformedError) return failed(name, "timestamp-malformed", said(i, wrong));
    if (wrong === undefined) continue;
    const { field, got = "", want = "" } = wrong.detail;
    const compared = field === undefined ? undefined : [{ what: field, got, want }];
    return failed(name, wrong.code, said(i, wrong), compared);
  }
  const count = judged.filter(({ shown }) => shown.counted).length;
  if (count > 0) {
    return passed(name, `tokens of ${count} trusted authorities verify`, [
      { what: "authorities", got: String(count), want: "at least 1" },
    ]);
  }
  if (authorities === 0)
    return notRun(name, "timestamps-of-no-authority", "the trust file names no time-stamping authority");
  for (const [i, { undecided }] of judged.entries())
    if (undecided !== undefined) return notRun(name, codeOf(undecided), said(i, undecided));
  return notRun(
    name,
    "timestamps-of-unknown-authority",
    "no token is of an authority that the trust file names",
  );
}

const codeOf = (error: MalformedError | TimestampError): TimestampCode =>
  error instanceof TimestampError ? error.code : "timestamp-malformed";
