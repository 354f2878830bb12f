/** What a report comes to: a failure says what it concerns and no more, and what bears the rest comes first. */
import { describe, expect, it } from "@jest/globals";
import { type Conclusion, conclusionsOf } from "../../../src/core/verify/conclusions.js";
import {
  type Check,
  type CheckCode,
  type CheckName,
  type Report,
  verdictOf,
} from "../../../src/core/verify/report.js";
import { verifyEvidence } from "../../../src/core/verify/verify-evidence.js";
import { timestampAuthorities } from "../../../src/pki/timestamps/check-timestamps.js";
import { createDigester, verifyEd25519 } from "../../../src/platform/keys/ed25519.js";
import { verifyX509Signature } from "../../../src/platform/keys/x509-signature.js";
import { readEvidenceCase } from "./evidence-cases.js";

function reportOf(name: string): Report {
  const { expected, ...input } = readEvidenceCase(name);
  return verifyEvidence({
    ...input,
    parties: expected.parties,
    verifyEd25519,
    createDigester,
    openTimestampAuthorities: timestampAuthorities(verifyX509Signature),
  });
}

describe("conclusionsOf, on files that really fail", () => {
  it.each<[string, readonly Conclusion[]]>([
    ["happy-path", ["evidence-only"]],
    ["happy-path-with-record", ["verified"]],
    ["digests-by-the-depositor", ["digests-only"]],
    ["record-with-other-line-ends_fail", ["evidence-holds", "record-differs"]],
    ["record-of-another-sm3_fail", ["evidence-holds", "record-differs"]],
    ["record-with-duplicate-key_fail", ["evidence-holds", "record-not-json"]],
    ["unknown-member_fail", ["evidence-unreadable"]],
    ["checkpoint-of-another-ledger_fail", ["of-another-ledger"]],
    ["log-signature-broken_fail", ["ledger-not-signed"]],
    ["ledger-index-swapped_fail", ["not-in-ledger"]],
    ["altered-statement_fail", ["not-in-batch"]],
    ["cosignature-broken_fail", ["cosignature-false"]],
    ["quorum-only-with-a-party_fail", ["quorum-not-met"]],
    ["sealed-before-received_fail", ["times-contradict"]],
    ["quorum-only-with-an-early-cosignature_fail", ["times-contradict"]],
    ["timestamp-signature-broken_fail", ["timestamp-false"]],
    ["timestamp-too-long_incomplete", ["timestamps-undecided"]],
    ["trust-file-not-json_incomplete", ["trust-file-broken"]],
  ])("%s", (name, conclusions) => {
    expect(conclusionsOf(reportOf(name))).toEqual(conclusions);
  });
});

/** The happy path with other outcomes: combinations that no one file of the vectors has. */
function withOutcomes(outcomes: Partial<Record<CheckName, Check["result"] | [Check["result"], CheckCode]>>) {
  const report = reportOf("happy-path-with-record");
  const checks = report.checks.map((check): Check => {
    const outcome = outcomes[check.name];
    if (outcome === undefined) return check;
    const [result, code] = typeof outcome === "string" ? [outcome] : outcome;
    return { name: check.name, message: "", result, ...(code && { code }) };
  });
  return { ...report, checks, verdict: verdictOf(checks) };
}

describe("conclusionsOf, on combinations", () => {
  it("says first what bears the rest, then the record, then the certificate", () => {
    const all = withOutcomes({
      ...{ "record-digest": ["failed", "record-size"], "batch-inclusion": "failed" },
      ...{
        "ledger-inclusion": "failed",
        "log-signature": "failed",
        cosignatures: "failed",
        quorum: "failed",
      },
      ...{ "time-order": "failed", timestamps: "failed", chain: "failed" },
      certificate: ["failed", "certificate-altered"],
    });
    const order: Conclusion[] = [];
    for (let report = all; ;) {
      const [first, ...more] = conclusionsOf(report);
      expect(more).toEqual(["record-differs", "certificate-altered"]);
      if (first === undefined || first === "evidence-holds") break;
      order.push(first);
      const fixed = MENDS[first];
      report = {
        ...report,
        checks: report.checks.map((check) =>
          check.name === fixed ? ({ ...check, result: "passed" } as const) : check,
        ),
      };
    }
    expect(order).toEqual(Object.keys(MENDS));
  });

  const MENDS: Readonly<Record<string, CheckName>> = {
    "ledger-not-signed": "log-signature",
    "not-in-ledger": "ledger-inclusion",
    "not-in-batch": "batch-inclusion",
    "cosignature-false": "cosignatures",
    "quorum-not-met": "quorum",
    "times-contradict": "time-order",
    "timestamp-false": "timestamps",
    "chain-broken": "chain",
  };

  it.each<[CheckCode, Check["result"], Conclusion]>([
    ["certificate-altered", "failed", "certificate-altered"],
    ["certificate-signature-invalid", "failed", "certificate-not-signed"],
    ["certificate-authority-unknown", "failed", "certificate-signer-unproved"],
    ["certificate-authorities-none", "not-run", "certificate-signer-undecided"],
    ["certificate-template-unknown", "not-run", "certificate-pages-undecided"],
    ["certificate-bytes-behind", "failed", "certificate-touched"],
  ])("of a certificate whose evidence holds (%s)", (code, result, conclusion) => {
    expect(conclusionsOf(withOutcomes({ certificate: [result, code] }))).toEqual([
      "record-holds",
      conclusion,
    ]);
  });

  it("of what could not be done", () => {
    expect(
      conclusionsOf(
        withOutcomes({
          "record-digest": ["not-run", "record-unreadable"],
          certificate: ["not-run", "certificate-drawing-unknown"],
        }),
      ),
    ).toEqual(["evidence-holds", "record-unreadable", "certificate-pages-undecided"]);
    expect(
      conclusionsOf(
        withOutcomes({
          "evidence-format": ["not-run", "earlier-check-failed"],
          certificate: ["failed", "certificate-encrypted"],
        }),
      ),
    ).toEqual(["certificate-without-evidence"]);
  });
});
