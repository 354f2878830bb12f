/**
 * The trust file as a C2SP tlog-policy, for other people's verifiers, logs and monitors: whatever note such a policy
 * accepts, the trust file's quorum holds on. C2SP tlog-policy (2026-06-22).
 *
 * What the format can't say is left out, so that the policy may refuse more and never accepts more: cosigners that
 * do not count for the parties named, that do not count at every tree size (or at the one asked about), witnesses
 * where mirrors are asked for; further log keys, since torchwood 0.9.0 wants all listed logs to have signed; keys of
 * the other algorithm, where one suffices: ML-DSA-44 keys are in a policy only where the trust file demands them, since
 * the readers there are today know Ed25519 alone (and refuse such a policy, rather than pass over a line of it); of a group
 * those nodes that would count in another role than the group's, and its role where that depends on who signs first. A policy
 * can't say that a log must have signed twice, so there is none where both are demanded. Some of it is no policy's to
 * judge: whether the checkpoint was cosigned after the batch was sealed, and the entry itself.
 */
import { abbreviate, hex, utf8 } from "../bytes.js";
import type { SignatureAlgorithm } from "../ledger/verifiers.js";
import { algorithmOf, type VerifierKey } from "../ledger/vkey.js";
import { type Consortium, logKeysAt, quorumAt, type QuorumRule, type Witness } from "./consortium.js";
import { planPolicyQuorum, type PolicyQuorum } from "./policy-quorum.js";
import { type PolicyVoice, policyVoices } from "./policy-voices.js";
import { findIds } from "./identity.js";
import { canMeetApart } from "./electorate.js";
import { cosignersThatCanCount, voicesOf } from "./quorum.js";

export interface PolicyQuestion {
  readonly consortium: Consortium;
  /**
   * The parties are the depositor and whoever else is one, by id, credit code or name: their organisations and those
   * of their groups are left out.
   */
  readonly parties: readonly string[];
  /** The policy is for checkpoints of this tree size; without one, only keys that count at every size are in it. */
  readonly treeSize?: number;
  /** The format `sigsum` has the same lines with raw Ed25519 keys in hexadecimal, as sigsum-go reads them. */
  readonly format: "c2sp" | "sigsum";
}

/** A `PolicyError` says that there is no such policy: nothing could meet it, or its format can't spell it. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
  readonly code: "quorum-unreachable" | "policy-inexpressible";

  constructor(code: PolicyError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Spells the trust file's quorum as a policy. Throws `PolicyError`. */
export function encodePolicy(question: PolicyQuestion): string {
  const { consortium, format } = question;
  const rule = ruleOf(question);
  const algorithm = algorithmFor(rule, question);
  const isInPolicy = (vkey: VerifierKey) => algorithmOf(vkey) === algorithm;
  const all = countingWitnesses(question);
  const counting = all
    .map((witness) => ({ ...witness, vkeys: witness.vkeys.filter(isInPolicy) }))
    .filter(({ vkeys }) => vkeys.length > 0);
  const leftOut = all.flatMap(({ vkeys }) => vkeys.filter((vkey) => !isInPolicy(vkey)));
  const voices = policyVoices({ consortium, rule, counting, possible: possibleWitnesses(question) });
  const voiceOf = new Map(voices.map((voice) => [voice.id, voice]));
  const plan = planOf(consortium, rule, { voices, counting });
  const keyOf = ({ text, publicKey }: VerifierKey) => (format === "sigsum" ? hex(publicKey) : text);
  const { treeSize } = question;
  const logKeys = treeSize === undefined ? consortium.log.vkeys : logKeysAt(consortium, treeSize);
  const [logKey] = logKeys.filter(isInPolicy);
  const furtherLogKeys = logKeys.filter((vkey) => vkey !== logKey);
  if (logKey === undefined) throw inexpressible("a log without a key", consortium.log.origin);

  const lines = [
    ...remarks(question, { plan, rule, voices, counting, leftOut, furtherLogKeys }).map(
      (remark) => `# ${remark}`,
    ),
    `log ${keyOf(logKey)} ${word(consortium.log.url, "the URL of the log")}`,
    "",
  ];
  const define = (kind: string, name: string, ...words: readonly string[]): string => {
    lines.push([kind, name, ...words].join(" "));
    return name;
  };
  const group = (name: string, threshold: number, members: readonly string[]): string => {
    const [only] = members;
    if (only !== undefined && members.length === 1) return only;
    const k = threshold === members.length ? "all" : threshold === 1 ? "any" : String(threshold);
    return define("group", name, k, ...members);
  };
  // An organisation's id is a slug: neither a dot nor a capital letter is in it, so no two names meet, and none is `none`.
  /** A voice's nodes, or those of several voices of which any counts. */
  const member = (ids: readonly string[], name: string): string => {
    const names = ids.map((id) => {
      const keys = (voiceOf.get(id)?.nodes ?? []).map(({ name: node, vkey, witness }) =>
        define("witness", node, keyOf(vkey), word(witness.url, `the URL of ${witness.name}`)),
      );
      return group(`${id}.any`, 1, keys);
    });
    return group(name, 1, names);
  };
  const parts = plan.parts.map(({ threshold, members }, i) => {
    const names = members.map((organisations, j) => member(organisations, `Part-${i + 1}-${j + 1}`));
    return group(`Part-${i + 1}`, threshold, names);
  });
  lines.push(`quorum ${group("Quorum", parts.length, parts)}`);
  return `${checkCharacters(lines).join("\n")}\n`;
}

/** Of the keys in the policy. Any suffices: then Ed25519, which every reader knows. */
function algorithmFor({ signatures }: QuorumRule, { format }: PolicyQuestion): SignatureAlgorithm {
  if (signatures === "both") throw inexpressible("a demand for signatures of two algorithms", signatures);
  if (signatures === "ml-dsa-44" && format === "sigsum")
    throw inexpressible("a demand for signatures that sigsum does not know", signatures);
  return signatures === "any" ? "ed25519" : signatures;
}

/** A rule for one size is no rule for every size. */
function ruleOf({ consortium, treeSize }: PolicyQuestion): QuorumRule {
  if (treeSize !== undefined) return quorumAt(consortium, treeSize);
  if (consortium.quorum.former.length > 0)
    throw new PolicyError(
      "policy-inexpressible",
      "the quorum was another one for smaller trees: a policy is for one tree size here",
    );
  return consortium.quorum;
}

/** Those whose cosignatures may count for some checkpoint that the policy is for, with keys of either algorithm. */
function possibleWitnesses({ consortium, parties, treeSize }: PolicyQuestion): readonly Witness[] {
  const question = { consortium, depositor: undefined, parties };
  return cosignersThatCanCount({ ...question, ...(treeSize !== undefined && { treeSize }) });
}

/** Those whose cosignatures count, whatever the evidence says. */
function countingWitnesses(question: PolicyQuestion): readonly Witness[] {
  const possible = possibleWitnesses(question);
  if (question.treeSize !== undefined) return possible;
  return possible.filter(({ from = 0, until = Infinity }) => from === 0 && until === Infinity);
}

interface Planned {
  readonly voices: readonly PolicyVoice[];
  readonly counting: readonly Witness[];
}

function planOf(consortium: Consortium, quorum: QuorumRule, { voices, counting }: Planned): PolicyQuorum {
  const asked = new Map(quorum.roles.map(({ role, count }) => [role, count]));
  const blocks = [...new Set([...asked.keys(), ...voices.map(({ role }) => role)])].map((role) => ({
    role,
    organisations: voices.filter((voice) => voice.role === role).map(({ id }) => id),
    atLeast: (role !== undefined && asked.get(role)) || 0,
  }));
  const plan = planPolicyQuorum(blocks, quorum.total);
  if (plan !== undefined) {
    const isExact = plan.isExact && voices.every((voice) => voice.isExact);
    return { ...plan, isExact };
  }
  if (canMeetApart([{ voices: voicesOf(consortium, counting), ...quorum }]))
    throw inexpressible("a group whose role depends on who of it signs first", spell(quorum));
  const spelled = blocks.map(({ role, organisations: ids }) => `${role ?? "no role"} ${ids.length}`);
  throw new PolicyError(
    "quorum-unreachable",
    `all organisations that count (${spelled.join(", ")}) do not meet the quorum (${spell(quorum)}) together`,
  );
}

const spell = ({ total, roles }: QuorumRule): string =>
  [`total ${total}`, ...roles.map(({ role, count }) => `${role} ${count}`)].join(", ");

/** An ML-DSA-44 key has 1,800 characters: its name and id name it as well. */
const spellKey = ({ text }: VerifierKey): string =>
  text.length <= LONGEST_SPELLED ? text : `${text.split("+").slice(0, 2).join("+")}+...`;
const LONGEST_SPELLED = 400;

const spellDemand = ({ signatures }: QuorumRule): string =>
  signatures === "any" ? "" : `, ${signatures} signatures only`;

interface Remarked extends Planned {
  readonly plan: PolicyQuorum;
  readonly rule: QuorumRule;
  /** Keys of cosigners, for their algorithm. */
  readonly leftOut: readonly VerifierKey[];
  readonly furtherLogKeys: readonly VerifierKey[];
}

/** SPEC: "comment lines (lines starting with "#", possibly preceded by whitespace) are allowed and ignored." */
function remarks(
  { consortium, parties, treeSize, format }: PolicyQuestion,
  { plan, rule, voices, counting, leftOut, furtherLogKeys }: Remarked,
): string[] {
  const isKnown = (party: string) => findIds(consortium, [party]).size > 0;
  const known = parties.filter(isKnown);
  const unknown = parties.filter((party) => !isKnown(party));
  const first = Math.max(0, ...counting.map(({ from = 0 }) => from));
  const end = Math.min(...counting.map(({ until = Infinity }) => until));
  return [
    `${format === "sigsum" ? "sigsum policy" : "c2sp.org/tlog-policy"}, exported from a trust file (cunzheng/consortium)`,
    `its quorum: ${spell(rule)}${rule.mirrorsOnly ? ", mirrors only" : ""}${spellDemand(rule)}`,
    known.length > 0
      ? `left out as parties, each with its group: ${known.join(", ")}`
      : "no party is left out: whoever checks a deposit must name its depositor",
    ...unknown.map((party) => `not in the trust file, so nobody is left out for it: ${party}`),
    treeSize === undefined
      ? "for every tree size"
      : `for tree sizes from ${first}${end === Infinity ? "" : ` to ${end - 1}`}`,
    rule.signatures === "any" && leftOut.length > 0
      ? "stricter than the quorum: whoever signs with a key that is left out here is not counted"
      : plan.isExact
        ? "these groups accept all cosigners that meet the quorum, and no others"
        : "stricter than the quorum, which such groups can't say: some cosigners that meet it are refused, none that do not are accepted",
    ...voices.flatMap(({ remark }) => remark ?? []),
    ...(leftOut.length === 0
      ? []
      : [
          `keys of cosigners of another algorithm, left out: ${[...new Set(leftOut)].map(spellKey).join(", ")}`,
        ]),
    ...furtherLogKeys.map((vkey) => `another key of the log, left out: ${spellKey(vkey)}`),
  ];
}

/** A URL as one word of a line; without `#`, at which some readers cut a line. */
function word(text: string, what: string): string {
  if (!/^[^\s#]+$/u.test(text)) throw inexpressible(what, text);
  return text;
}

/** SPEC: "the allowed octet values are 0x09 (tab), 0x0A (newline), 0x20-0x7E, and 0x80-0xFF." */
function checkCharacters(lines: readonly string[]): readonly string[] {
  for (const line of lines) {
    const isSpelled = utf8(line).every((octet) => octet >= 0x20 && octet !== 0x7f);
    if (!isSpelled || (line.includes("#") && !line.startsWith("# "))) throw inexpressible("a line", line);
  }
  return lines;
}

function inexpressible(what: string, got: string): PolicyError {
  return new PolicyError(
    "policy-inexpressible",
    `${what} can't be written in a policy: ${JSON.stringify(abbreviate(got))}`,
  );
}
