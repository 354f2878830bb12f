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
  UNDECIDED_TIMESTAMPS,
} from "../core/verify/report.js";
import type {
  OpenTimestampAuthorities,
  TimestampClaim,
  TimestampOutcome,
} from "../core/verify/verify-input.js";
import { formatTime } from "../core/record/time.js";
import type { VerifyX509Signature } from "./algorithms.js";
import { timestampAnchors } from "./authorities.js";
import { MalformedError } from "./der.js";
import { verifyX509Signature } from "./portable-signature.js";
import { TimestampError } from "./timestamp-error.js";
import {
  claimedAuthorities,
  parseTimestampToken,
  type TimestampToken,
  verifyTimestampToken,
} from "./timestamp-token.js";

/** What `verifyEvidence` takes, with the portable signatures or a host's faster ones. */
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
  /** Why the token counts or not, where there is more to say than the code. */
  readonly error?: MalformedError | TimestampError;
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
      if (error instanceof MalformedError) return { ...notCounted("timestamp-malformed", token), error };
      if (error instanceof TimestampError) return { ...notCounted(error.code, token), error };
      throw error;
    }
  });
  return { check: checkOf(judged, authorities.anchors.length), timestamps: judged.map(({ shown }) => shown) };
}

const notCounted = (reason: ReportTimestamp["reason"], token: TimestampToken | undefined): Judged => ({
  shown: { ...(token && shownOf(token)), counted: false, reason },
});

const shownOf = ({ signer, info }: TimestampToken) => ({
  signer: signer.commonName,
  genTime: formatTime(info.genTimeMs),
  serialNumber: info.serialNumber,
});

function checkOf(judged: readonly Judged[], authorities: number): Check {
  const name = "timestamps";
  const firstError = (isUndecided: boolean) =>
    judged.findIndex(
      ({ shown, error }) => error !== undefined && UNDECIDED_TIMESTAMPS.has(shown.reason) === isUndecided,
    );
  const wrong = firstError(false);
  const said = (i: number) => `token ${i + 1}: ${judged[i]?.error?.message}`;
  if (wrong >= 0) {
    const { error } = judged[wrong] as Judged;
    if (!(error instanceof TimestampError)) return failed(name, "timestamp-malformed", said(wrong));
    const { field, got = "", want = "" } = error.detail;
    const compared = field === undefined ? undefined : [{ what: field, got, want }];
    return failed(name, error.code, said(wrong), compared);
  }
  const count = judged.filter(({ shown }) => shown.counted).length;
  if (count > 0) {
    return passed(name, `tokens of ${count} trusted authorities verify`, [
      { what: "authorities", got: String(count), want: "at least 1" },
    ]);
  }
  if (authorities === 0)
    return notRun(name, "timestamps-of-no-authority", "the trust file names no time-stamping authority");
  const undecided = firstError(true);
  const { error } = judged[undecided] ?? {};
  return error instanceof TimestampError
    ? notRun(name, error.code, said(undecided))
    : notRun(
        name,
        "timestamps-of-unknown-authority",
        "no token is of an authority that the trust file names",
      );
}
