/**
 * Who stands in a policy, voice by voice: an organisation, or a group of them, with those of its nodes whose cosignature
 * counts in the voice's role whatever else is signed, and whoever of the group signs first.
 */
import type { VerifierKey } from "../ledger/vkey.js";
import type { Consortium, QuorumRule, Witness } from "./consortium.js";
import { findGroup } from "./groups.js";
import { voicesOf } from "./quorum.js";
import type { OrganisationRole } from "./trust-file.js";

export interface PolicyVoice {
  /** This is the group's id. */
  readonly id: string;
  /** The voice counts in this role with any of its nodes here; undefined where it counts in the total alone. */
  readonly role: OrganisationRole | undefined;
  readonly nodes: readonly PolicyNode[];
  /** This is false where some cosigners of this voice would count, or count in a role, and do not here. */
  readonly isExact: boolean;
  /** The remark says what of the group is left out, and why. */
  readonly remark?: string;
}

export interface PolicyNode {
  /** The name is an organisation's id and a number: unlike every other name in the policy. */
  readonly name: string;
  readonly vkey: VerifierKey;
  readonly witness: Witness;
}

export interface PolicyVoicesQuestion {
  readonly consortium: Consortium;
  readonly rule: QuorumRule;
  /** Nodes with the keys that the policy may name. */
  readonly counting: readonly Witness[];
  /** Whoever may count for some checkpoint that the policy is for: they too decide who of a group is the first. */
  readonly possible: readonly Witness[];
}

export function policyVoices({ consortium, rule, counting, possible }: PolicyVoicesQuestion): PolicyVoice[] {
  const rolesOf = new Map(voicesOf(consortium, possible).map(({ id, roles }) => [id, roles]));
  const isAsked = (role: OrganisationRole) => rule.roles.some((asked) => asked.role === role);
  return voicesOf(consortium, counting).map(({ id }): PolicyVoice => {
    const { members = [], top } = findGroup(consortium, id) ?? {};
    const nodes = members.flatMap((member) => nodesOf(member.id, counting));
    const [role, ...others] = rolesOf.get(id) ?? [];
    if (others.length > 0) {
      const isExact = !members.some((member) => isAsked(member.role));
      const ids = members.map((member) => member.id).join(", ");
      const remark = `a group without one listed top member, counted in no role here: ${ids}`;
      return { id, role: undefined, nodes, isExact, ...(!isExact && { remark }) };
    }
    const peers = new Set(members.filter((each) => each.role === (top ?? each).role).map((each) => each.id));
    const own = nodes.filter(({ witness }) => peers.has(witness.organisation));
    if (role === undefined || own.length === 0 || !isAsked(role))
      return { id, role: own.length === 0 ? undefined : role, nodes, isExact: true };
    const isExact = own.length === nodes.length;
    const leftOut = nodes.filter((node) => !own.includes(node)).map(({ witness }) => witness.name);
    const remark = `of a group that counts as ${role}, left out for their other roles: ${leftOut.join(", ")}`;
    return { id, role, nodes: own, isExact, ...(!isExact && { remark }) };
  });
}

/** Gives an organisation's nodes in the trust file's order, each key once. */
function nodesOf(organisationId: string, counting: readonly Witness[]): PolicyNode[] {
  // SPEC: "Duplicate witnesses, i.e., multiple witness lines with the same public key, are not allowed."
  const keys = new Map<string, Omit<PolicyNode, "name">>();
  for (const witness of counting)
    if (witness.organisation === organisationId)
      for (const vkey of witness.vkeys) if (!keys.has(vkey.text)) keys.set(vkey.text, { vkey, witness });
  return [...keys.values()].map((node, i) => ({ name: `${organisationId}.${i + 1}`, ...node }));
}
