/**
 * The report: each check of docs/evidence-format.md, "Verification", in its order, with its result and what was
 * compared. A court wants every step, not a boolean; a program wants closed codes. Wording in a reader's language
 * is compiled elsewhere from these codes; `message` is the plain English of the procedure itself.
 */
import type { TimeNoticeCode } from "./time-notices.js";
import type { Cosigner, QuorumCount } from "../trust/quorum.js";
import type { DigestsBy } from "../record/statement.js";
import type { TextForm } from "../record/text-forms.js";
import type { ParseErrorCode, VerificationErrorCode } from "../errors.js";

export const CHECK_NAMES = [
  "evidence-format",
  "record-digest",
  "batch-inclusion",
  "ledger-inclusion",
  "log-signature",
  "cosignatures",
  "quorum",
  "time-order",
  "timestamps",
  "chain",
  "certificate",
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

/** These codes are this stage's own; parsers and proofs bring theirs. */
export type CheckCode =
  | ParseErrorCode
  | VerificationErrorCode
  | "earlier-check-failed"
  | "record-not-given"
  | "record-unreadable"
  | "leaf-outside-batch"
  | "quorum-not-met"
  | "sealed-before-received"
  | "cosigned-before-sealed"
  | "timestamps-none"
  | "timestamps-of-no-authority"
  | "timestamps-of-unknown-authority"
  | "timestamps-not-checked"
  | "chain-not-given"
  | "certificate-not-given"
  | TimestampCode
  | CertificateCode;

/** These codes say why a token does not verify, or cannot be judged (src/pki). */
export type TimestampCode =
  | "timestamp-malformed"
  | "timestamp-certificate-missing"
  | "timestamp-certificate-mismatch"
  | "timestamp-signature-invalid"
  | "timestamp-certificate-purpose"
  | "timestamp-certificate-time"
  | "timestamp-chain-invalid"
  | "timestamp-imprint-mismatch"
  | "timestamp-unsupported";

/** These keep a well-formed token from being judged at all: nothing is said against it. */
export const UNDECIDED_TIMESTAMPS: ReadonlySet<string> = new Set<TimestampCode>([
  "timestamp-certificate-missing",
  "timestamp-unsupported",
]);

/** These codes say why a certificate's signature does not verify, or cannot be judged (src/pki). */
export type CertificateSignatureCode =
  | "certificate-signature-malformed"
  | "certificate-signature-invalid"
  | "certificate-signature-unsupported"
  | "certificate-signer-mismatch"
  | "certificate-signer-purpose"
  | "certificate-signer-time"
  | "certificate-chain-invalid"
  | "certificate-authority-unknown"
  | "certificate-authorities-none"
  | "certificate-timestamp-invalid"
  | "certificate-timestamp-unknown";

/** These name what the verifier lacks, and no fault of the signature: the check is `not-run`. */
export const UNDECIDED_SIGNATURES: ReadonlySet<string> = new Set<CertificateSignatureCode>([
  "certificate-authorities-none",
  "certificate-timestamp-unknown",
  "certificate-signature-unsupported",
]);

/** These codes say what happened to a certificate's file on its way (docs/evidence-format.md, section 9.4). */
export type TouchedCode =
  | "certificate-bytes-before"
  | "certificate-bytes-behind"
  | "certificate-revision-added"
  | "certificate-rewritten"
  | "certificate-cut-off"
  | "certificate-line-ends"
  | "certificate-encrypted"
  | "certificate-attachment-ambiguous";

/** These codes are what check 11 can say (src/certificate). */
export type CertificateCode =
  | CertificateSignatureCode
  | "certificate-malformed"
  | TouchedCode
  | "certificate-attachment-missing"
  | "certificate-altered"
  | "certificate-signature-missing"
  | "certificate-signature-range"
  | "certificate-template-unknown"
  | "certificate-drawing-unknown"
  | "certificate-consortium-differs";

/** A trust problem is a broken or unreadable trust file, or a file that could not be read: nothing was checked. */
export type TrustProblem = {
  readonly code: ParseErrorCode;
  readonly message: string;
  readonly field?: string;
};

export interface Compared {
  readonly what: string;
  readonly got: string;
  readonly want: string;
}

export interface Check {
  readonly name: CheckName;
  readonly result: "passed" | "failed" | "not-run";
  /** The code is absent where the check passed. */
  readonly code?: CheckCode;
  readonly message: string;
  readonly compared?: readonly Compared[];
}

export type Verdict = "verified" | "refused" | "incomplete";

/** Each kind of time stands under its own name, in RFC 3339 UTC. A time that nothing proves is absent. */
export interface ReportTimes {
  /** The depositor claims this time. */
  readonly createdAt?: string;
  readonly receivedAt: string;
  readonly sealedAt: string;
  /**
   * This is the earliest second by which the cosignatures that count suffice; it is cut off, as cosigners sign it,
   * and so no bound.
   */
  readonly finalAt?: string;
  /** This bound follows from it: a whole second, never before `receivedAt` and `sealedAt`. Print this one. */
  readonly existedNotLaterThan?: string;
  /**
   * This is the earliest time of a token that counts, by its authority's clock; what is finer than milliseconds is
   * rounded up.
   */
  readonly timestampedAt?: string;
  /**
   * This is the earliest bound of a token that counts: the whole second after its time and accuracy. Print this one.
   */
  readonly timestampedNotLaterThan?: string;
}

/** This says who signed a certificate, and at which time that was judged: only where the signature verifies. */
export interface ReportCertificate {
  /** These are common names: of the signer, and of the authority of the trust file that its chain leads to. */
  readonly signer: string;
  readonly authority: string;
  /** This is when it was signed, as the signer claims, in whole seconds. */
  readonly signedAt: string;
  /** This is the token's time, or without a token the claimed one: the X.509 certificates were judged at it. */
  readonly judgedAt: string;
  readonly judgedBy: "token" | "claimed-time";
  /** This names the authority of the token over the signature, by its common name. */
  readonly timestampAuthority?: string;
}

/** The report has each RFC 3161 token of the evidence, in its order; what could not be read of one is absent. */
export interface ReportTimestamp {
  /** This names the trusted authority, by its common name: only where the token verifies. */
  readonly authority?: string;
  /** This is the common name in the certificate that the token says it is signed under. */
  readonly signer?: string;
  readonly genTime?: string;
  /** This is the whole second after genTime and the accuracy that the token claims. */
  readonly notLaterThan?: string;
  /** The serial number is hexadecimal. */
  readonly serialNumber?: string;
  readonly counted: boolean;
  readonly reason: "counted" | "authority-counted-already" | "authority-unknown" | TimestampCode;
}

export interface Notice {
  readonly code:
    | "evidence-only"
    | "record-agrees-in-another-form"
    | "record-agrees-in-no-other-form"
    | "digests-by-depositor"
    | "depositor-not-in-consortium"
    | "vkey-set-aside"
    | "trust-file-broken"
    | "party-not-in-consortium"
    | "quorum-splits"
    | "depositor-counts"
    | "certificate-time-claimed"
    | "certificate-evidence-alone"
    | TimeNoticeCode;
  readonly message: string;
  /** The notice `party-not-in-consortium` has here the party as the verifier named it. */
  readonly party?: string;
  /** The notice `record-agrees-in-another-form` has here what was done to the record that was given. */
  readonly form?: TextForm;
}

export interface Report {
  readonly type: "cunzheng/report@v1";
  readonly verdict: Verdict;
  /** Notices are what whoever reads the verdict must know, foremost whom the trust file does not know. */
  readonly notices: readonly Notice[];
  readonly checks: readonly Check[];
  /** The subject is what the evidence says it is about; absent where it did not parse. */
  readonly subject?: {
    readonly id: string;
    readonly depositor: { readonly id: string; readonly name: string };
    readonly recordType: string;
    readonly name?: string;
    readonly digestsBy: DigestsBy;
    readonly leafHash: string;
    readonly checkpoint: { readonly origin: string; readonly treeSize: number; readonly rootHash: string };
    readonly ledgerIndex: number;
  };
  readonly parties: readonly string[];
  readonly cosigners: readonly Cosigner[];
  /** The tokens are absent where nothing looked at them. */
  readonly timestamps?: readonly ReportTimestamp[];
  readonly quorum?: Omit<QuorumCount, "cosigners" | "metAtSeconds">;
  readonly times?: ReportTimes;
  /** The report on a certificate PDF says here who signed it. */
  readonly certificate?: ReportCertificate;
  readonly trustProblem?: TrustProblem;
}

/** Checks that could not be made although they were asked for: nothing failed, yet it is not `verified`. */
const INCOMPLETE: ReadonlySet<CheckCode> = new Set<CheckCode>([
  "record-unreadable",
  "timestamps-not-checked",
  "timestamps-of-unknown-authority",
  "timestamp-malformed",
  "timestamp-unsupported",
  "timestamp-certificate-missing",
  "certificate-signature-unsupported",
  "certificate-authorities-none",
  "certificate-timestamp-unknown",
  "certificate-template-unknown",
  "certificate-drawing-unknown",
  "certificate-consortium-differs",
]);

export function verdictOf(checks: readonly Check[]): Verdict {
  if (checks.some(({ result }) => result === "failed")) return "refused";
  return checks.some(({ code }) => code !== undefined && INCOMPLETE.has(code)) ? "incomplete" : "verified";
}

/** Gives the report with one check's outcome put in its place: for the checks that live above core. */
export function withCheck(report: Report, check: Check): Report {
  const checks = report.checks.map((other) => (other.name === check.name ? check : other));
  return { ...report, checks, verdict: report.trustProblem === undefined ? verdictOf(checks) : "incomplete" };
}

export const passed = (name: CheckName, message: string, compared?: readonly Compared[]): Check => ({
  name,
  result: "passed",
  message,
  ...(compared && { compared }),
});

export const failed = (
  name: CheckName,
  code: CheckCode,
  message: string,
  compared?: readonly Compared[],
): Check => ({ name, result: "failed", code, message, ...(compared && { compared }) });

export const notRun = (name: CheckName, code: CheckCode, message: string): Check => ({
  name,
  result: "not-run",
  code,
  message,
});
