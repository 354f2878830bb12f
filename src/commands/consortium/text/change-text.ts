/** A change in plain words: what it does, why, and who has approved it. */
import { hex } from "../../../core/bytes.js";
import { sha256 } from "../../../core/digest/sha256.js";
import { applyChange } from "../../../core/membership/apply-change.js";
import { type Change, type ConsortiumChange, encodeTrustFile } from "../../../core/membership/change.js";
import { parseConsortium } from "../../../core/trust/consortium.js";
import type { TrustFile } from "../../../core/trust/trust-file.js";
import { parseCertificatePem } from "../../../core/trust/pem.js";
import type { QuorumCount } from "../../../core/trust/quorum.js";
import { visible } from "../../text/report-text.js";
import { organisationName, ruleText } from "./trust-file-text.js";
import type { Speech } from "./words.js";

export function changeLines(
  { change, reason, proposedAt }: Pick<ConsortiumChange, "change" | "reason" | "proposedAt">,
  before: TrustFile,
  speech: Speech,
): string[] {
  const { line } = speech;
  return [
    line("change", describeChange(change, before, speech)),
    ...detailsOf(change, before, speech).map((detail) => `    ${detail}`),
    line("reason", visible(reason)),
    line("proposedAt", proposedAt),
  ];
}

function describeChange(change: Change, before: TrustFile, speech: Speech): string {
  const { sayOf, language } = speech;
  const named = (id: string) => organisationName(before, id, speech);
  switch (change.kind) {
    case "add-organisation":
    case "change-organisation": {
      const { id, name, role } = change.organisation;
      const organisation = `${name[language]} (${id})`;
      return sayOf("changes", change.kind, { organisation, role: sayOf("roles", role) });
    }
    case "retire-organisation":
      return sayOf("changes", change.kind, { organisation: named(change.id), until: change.until });
    case "add-witness": {
      const { name, kind, organisation, url, from } = change.witness;
      const values = { name, kind: sayOf("kinds", kind), url, from };
      return sayOf("changes", change.kind, { ...values, organisation: named(organisation) });
    }
    default: {
      const { kind, ...members } = change as { readonly kind: string } & Readonly<Record<string, unknown>>;
      const values = Object.entries(members).filter(
        (entry): entry is [string, string | number] =>
          typeof entry[1] === "string" || typeof entry[1] === "number",
      );
      return sayOf("changes", kind, Object.fromEntries(values));
    }
  }
}

/** What does not fit into a sentence: keys, registered members, certificates, a quorum. */
function detailsOf(change: Change, before: TrustFile, speech: Speech): string[] {
  const { line } = speech;
  const key = (vkey: string) => line("keys", visible(vkey));
  switch (change.kind) {
    case "add-organisation":
    case "change-organisation": {
      const { name, creditCode, controlledBy } = change.organisation;
      return [
        `${visible(name.zh)} / ${visible(name.en)}`,
        line("creditCode", visible(creditCode)),
        ...(controlledBy === undefined
          ? []
          : [line("controlledBy", organisationName(before, controlledBy, speech))]),
      ];
    }
    case "add-witness":
      return change.witness.vkeys.map(key);
    case "rotate-key":
      return change.vkeys.map(key);
    case "add-log-key":
    case "retire-log-key":
    case "add-receipt-key":
    case "retire-receipt-key":
      return [key(change.vkey)];
    case "change-quorum":
      return [ruleText(parseConsortium(encodeTrustFile(applyChange(before, change))).quorum, speech)];
    case "add-timestamp-authority":
    case "remove-timestamp-authority":
    case "add-certificate-authority":
    case "remove-certificate-authority":
      return [line("certificate", hex(sha256(parseCertificatePem(change.certificate))))];
    default:
      return [];
  }
}

/** Who has approved, whether each counts, and whether they suffice. */
export function approvalLines({ cosigners, total, roles, holds }: QuorumCount, speech: Speech): string[] {
  const { say, sayOf, line, heading, colon } = speech;
  return [
    heading("approvals"),
    ...cosigners.map(
      ({ name, organisationName: names, role, counted, reason }) =>
        `  ${counted ? "✓" : "–"} ${visible(names[speech.language])} (${sayOf("roles", role)})${colon}` +
        `${sayOf("reasons", reason)}, ${visible(name)}`,
    ),
    `  ${line("organisations", say("of", total))}`,
    ...roles.map(({ role, ...count }) => `  ${sayOf("roles", role)}${colon}${say("of", count)}`),
    `  ${holds ? "✓" : "✗"} ${say(holds ? "enough" : "notEnough")}`,
  ];
}
