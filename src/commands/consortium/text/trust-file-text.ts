/** A trust file as a person reads it: who is in it, whose keys, between which tree sizes they count, and the quorum. */
import { hex } from "../../../core/bytes.js";
import { sha256 } from "../../../core/digest/sha256.js";
import { fingerprintOf, formatFingerprint } from "../../../core/membership/fingerprint.js";
import {
  type Consortium,
  parseConsortium,
  type QuorumRule,
  type Witness,
} from "../../../core/trust/consortium.js";
import { splitsOf } from "../../../core/trust/intersection.js";
import { type ConsortiumOrganisation, parseTrustFile } from "../../../core/trust/trust-file.js";
import { visible } from "../../text/report-text.js";
import type { Speech } from "./words.js";

export function trustFileText(bytes: Uint8Array, speech: Speech): string {
  const { say, line, heading } = speech;
  const consortium = parseConsortium(bytes);
  const { revision, log, receipts, organisations, quorum } = consortium;
  const lines = [
    line("title", revision === 0 ? say("first") : say("revision", { revision })),
    "",
    heading("fingerprint"),
    ...formatFingerprint(fingerprintOf(parseTrustFile(bytes)))
      .trimEnd()
      .split("\n")
      .map((each) => `  ${each}`),
    "",
    line("ledger", visible(log.origin)),
    `  ${line("operator", organisationName(consortium, log.organisation, speech))}`,
    `  ${visible(log.url)}`,
    ...log.vkeys.map(({ text }) => `  ${line("keys", visible(text))}`),
    ...log.former.map(({ vkey, until }) => `  ${line("formerKey", visible(vkey.text), { until })}`),
    heading("receipts"),
    ...receipts.vkeys.map(({ text }) => `  ${visible(text)}`),
    "",
    heading("organisations"),
    ...organisations.flatMap((organisation) => organisationLines(organisation, consortium, speech)),
    "",
    line("quorum", ruleText(quorum, speech)),
    ...quorum.former.map(
      (rule) => `  ${line("formerQuorum", ruleText(rule, speech), { until: rule.until })}`,
    ),
    ...splitsOf(consortium).map(
      ({ from, until }) =>
        `  ✗ ${until === undefined ? say("splitsForGood", { from }) : say("splits", { from, until })}`,
    ),
    "",
    ...(["timestampAuthorities", "certificateAuthorities"] as const).flatMap((list) => [
      consortium[list].length === 0 ? line(list, say("none")) : heading(list),
      ...consortium[list].map((der) => `  ${line("certificate", hex(sha256(der)))}`),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

/** `Example Court (example-court)`; the id alone where the trust file has no such organisation. */
export function organisationName(
  { organisations }: Pick<Consortium, "organisations">,
  id: string,
  { language }: Speech,
): string {
  const name = organisations.find((each) => each.id === id)?.name[language];
  return name === undefined ? visible(id) : `${visible(name)} (${visible(id)})`;
}

export function ruleText(rule: QuorumRule, speech: Speech): string {
  const { total, roles, mirrorsOnly, excludeParties, signatures } = rule;
  const { say, sayOf, comma } = speech;
  return [
    say("total", { total }),
    ...roles.map(({ role, count }) => say("role", { role: sayOf("roles", role), count })),
    say(mirrorsOnly ? "mirrorsOnly" : "allNodes"),
    say(excludeParties ? "excludeParties" : "depositorCounts"),
    ...(signatures === "any" ? [] : [say(`signatures-${signatures}`)]),
  ].join(comma);
}

function organisationLines(
  { id, role, creditCode, controlledBy }: ConsortiumOrganisation,
  consortium: Consortium,
  speech: Speech,
): string[] {
  const { say, sayOf, line, comma } = speech;
  const nodes = consortium.witnesses.filter(({ organisation }) => organisation === id);
  const named = `${organisationName(consortium, id, speech)}${comma}${sayOf("roles", role)}`;
  return [
    `  ${named}${comma}${line("creditCode", visible(creditCode))}` +
      (controlledBy === undefined
        ? ""
        : `${comma}${line("controlledBy", organisationName(consortium, controlledBy, speech))}`),
    ...(nodes.length === 0 ? [`      ${say("nobody")}`] : nodes.flatMap((node) => nodeLines(node, speech))),
  ];
}

function nodeLines(
  { name, kind, url, vkeys, from, until }: Witness,
  { say, sayOf, comma }: Speech,
): string[] {
  const term = [
    ...(from === undefined ? [] : [say("from", { from })]),
    ...(until === undefined ? [] : [say("until", { until })]),
  ];
  return [
    `      ${visible(name)}${comma}${sayOf("kinds", kind)}${comma}${visible(url)}`,
    ...vkeys.map(({ text }) => `          ${text}`),
    ...(term.length === 0 ? [] : [`          ${term.join(comma)}`]),
  ];
}
