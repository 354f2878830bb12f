/**
 * What a report comes to, in closed codes of which each stands for one sentence (templates/wording/report.json,
 * `limits`). A record that differs says nothing against the evidence, nor pages that were touched; evidence of which
 * nothing is proved is said first. docs/evidence-format.md, "What a report comes to".
 */
import type { Check, CheckName, Report } from "./report.js";

export type Conclusion =
  | "verified"
  | "evidence-only"
  | "digests-only"
  | EvidenceConclusion
  | RecordConclusion
  | CertificateConclusion;

type EvidenceConclusion =
  | "trust-file-broken"
  | "evidence-unreadable"
  | "of-another-ledger"
  | "ledger-not-signed"
  | "not-in-ledger"
  | "not-in-batch"
  | "cosignature-false"
  | "quorum-not-met"
  | "times-contradict"
  | "timestamp-false"
  | "chain-broken"
  | "timestamps-undecided"
  | "evidence-holds"
  | "digests-hold"
  | "record-holds";
type RecordConclusion = "record-differs" | "record-not-json" | "record-unreadable";
type CertificateConclusion =
  | "certificate-without-evidence"
  | "certificate-touched"
  | "certificate-altered"
  | "certificate-not-signed"
  | "certificate-signer-unproved"
  | "certificate-signer-undecided"
  | "certificate-pages-undecided";

/** What stands on nothing proves nothing, so the signature that bears all the rest comes first. */
const FOUNDATIONS: readonly (readonly [CheckName, EvidenceConclusion])[] = [
  ["evidence-format", "evidence-unreadable"],
  ["log-signature", "ledger-not-signed"],
  ["ledger-inclusion", "not-in-ledger"],
  ["batch-inclusion", "not-in-batch"],
  ["cosignatures", "cosignature-false"],
  ["quorum", "quorum-not-met"],
  ["time-order", "times-contradict"],
  ["timestamps", "timestamp-false"],
  ["chain", "chain-broken"],
];

/** These stand by the code of check 11; of codes that are not here a file was touched, or could not be read. */
const CERTIFICATE: Readonly<Record<string, CertificateConclusion>> = {
  "certificate-altered": "certificate-altered",
  "certificate-malformed": "certificate-altered",
  "certificate-signature-malformed": "certificate-not-signed",
  "certificate-signature-invalid": "certificate-not-signed",
  "certificate-signature-missing": "certificate-not-signed",
  "certificate-signature-range": "certificate-not-signed",
  "certificate-signer-mismatch": "certificate-signer-unproved",
  "certificate-signer-purpose": "certificate-signer-unproved",
  "certificate-signer-time": "certificate-signer-unproved",
  "certificate-chain-invalid": "certificate-signer-unproved",
  "certificate-authority-unknown": "certificate-signer-unproved",
  "certificate-timestamp-invalid": "certificate-signer-unproved",
  "certificate-signature-unsupported": "certificate-signer-undecided",
  "certificate-authorities-none": "certificate-signer-undecided",
  "certificate-timestamp-unknown": "certificate-signer-undecided",
  "certificate-template-unknown": "certificate-pages-undecided",
  "certificate-drawing-unknown": "certificate-pages-undecided",
  "certificate-consortium-differs": "certificate-pages-undecided",
};

/** Checks that were not made, and need not be: nothing was there to be checked. */
const NOTHING_THERE: ReadonlySet<string> = new Set(["timestamps-none", "timestamps-of-no-authority"]);

/**
 * Gives a report's conclusions, at least one, and what is most fundamental first: of the evidence, then of the
 * record, then of the certificate.
 */
export function conclusionsOf(report: Report): readonly Conclusion[] {
  const { checks, verdict, trustProblem, subject } = report;
  const check = (name: CheckName) => checks.find((each) => each.name === name);
  if (trustProblem !== undefined) return ["trust-file-broken"];
  const record = check("record-digest");
  const isService = subject?.digestsBy !== "depositor";
  if (verdict === "verified")
    return record?.result === "passed" ? ["verified"] : [isService ? "evidence-only" : "digests-only"];
  if (check("evidence-format")?.result === "not-run") return ["certificate-without-evidence"];
  const holds = record?.result === "passed" ? "record-holds" : isService ? "evidence-holds" : "digests-hold";
  return [ofEvidence(check) ?? holds, ...ofRecord(record), ...ofCertificate(check("certificate"), report)];
}

function ofEvidence(check: (name: CheckName) => Check | undefined): EvidenceConclusion | undefined {
  for (const [name, conclusion] of FOUNDATIONS) {
    const { result, code } = check(name) ?? {};
    if (result === "failed") return code === "origin-mismatch" ? "of-another-ledger" : conclusion;
  }
  const { result, code } = check("timestamps") ?? {};
  return result === "not-run" && code !== undefined && !NOTHING_THERE.has(code)
    ? "timestamps-undecided"
    : undefined;
}

function ofRecord({ result, code }: Partial<Check> = {}): RecordConclusion[] {
  if (code === "record-unreadable") return ["record-unreadable"];
  if (result !== "failed") return [];
  return [/^record-(?:size|sha-256|sm3)$/.test(code ?? "") ? "record-differs" : "record-not-json"];
}

function ofCertificate({ result, code }: Partial<Check> = {}, { notices }: Report): CertificateConclusion[] {
  if (result === "passed" || code === "certificate-not-given" || code === "earlier-check-failed") return [];
  // Whatever the code: a part of it that was issued, or its evidence alone, was taken out.
  if (notices.some((notice) => notice.code === "certificate-evidence-alone")) return ["certificate-touched"];
  return [CERTIFICATE[code ?? ""] ?? "certificate-touched"];
}
