/**
 * The party-aware quorum: which cosignatures count in a dispute, which do not and why, and whether enough do.
 * A group of organisations counts once, and so does an organisation, whatever the number of its nodes and keys. The
 * log's own organisation never counts, nor does a party, nor whoever stands in one group with them.
 */
import type { SignatureAlgorithm } from "../ledger/verifiers.js";
import { algorithmOf, type VerifierKey } from "../ledger/vkey.js";
import type { Cosignature } from "../witness/cosignature.js";
import { type Consortium, lastingSize, quorumAt, type QuorumRule, type Witness } from "./consortium.js";
import { canMeetApart, type Electorate, type Voice } from "./electorate.js";
import { findIds, type KnownAs } from "./identity.js";
import { findGroup, type Group, roleInGroup } from "./groups.js";
import type { ConsortiumOrganisation, OrganisationRole } from "./trust-file.js";
import { type AlgorithmReason, judgeAlgorithms, meetsDemand } from "./signature-demand.js";

/**
 * A cosignature is counted by its group's first that counts: in the total, and in the role that the group then fills,
 * if any.
 */
type CountedReason =
  | "counted"
  /** It is the first of its group, and of another role than the group's top member. */
  | "counted-in-total"
  /** It is a later one of its group, with which the group fills its role. */
  | "counted-in-role";

/** The reason says why a cosignature that verified does or does not count. */
export type CountingReason =
  | CountedReason
  | "log-organisation"
  | "depositor"
  | "party"
  | "same-group"
  | "witness-only"
  | "outside-tree-sizes"
  | AlgorithmReason
  | "too-early"
  | "organisation-counted-already"
  | "group-counted-already";

export interface Cosigner {
  readonly name: string;
  readonly kind: Witness["kind"];
  readonly organisation: string;
  readonly organisationName: { readonly zh: string; readonly en: string };
  readonly role: OrganisationRole;
  readonly algorithm: SignatureAlgorithm;
  readonly timeSeconds: number;
  readonly counted: boolean;
  readonly reason: CountingReason;
}

export interface QuorumCount {
  readonly holds: boolean;
  /** The total counts distinct organisations, those of one group as one. */
  readonly total: { readonly got: number; readonly want: number };
  readonly roles: readonly { readonly role: OrganisationRole; readonly got: number; readonly want: number }[];
  /** Every cosignature of a known witness stands here, earliest first. */
  readonly cosigners: readonly Cosigner[];
  /**
   * This is the time, in POSIX seconds, of the cosignature with which the quorum was complete; undefined where it
   * does not hold.
   */
  readonly metAtSeconds?: number;
}

export interface QuorumQuestion {
  readonly consortium: Consortium;
  readonly cosignatures: readonly Cosignature[];
  readonly treeSize: number;
  /** This is the statement's depositor; undefined asks for the log as a whole, without any one deposit. */
  readonly depositor: KnownAs | undefined;
  /**
   * These are whom the verifier names as parties, each by an id, a credit code or a name; in the trust file or not.
   */
  readonly parties: readonly string[];
  /** A cosignature earlier than this (POSIX milliseconds) is shown and not counted. */
  readonly notBeforeMs?: number;
}

export type CountQuestion = Pick<QuorumQuestion, "consortium" | "depositor" | "parties"> & {
  readonly treeSize?: number;
};

export function countQuorum(question: QuorumQuestion): QuorumCount {
  const { consortium, treeSize, notBeforeMs } = question;
  const rule = quorumAt(consortium, treeSize);
  const located = inOrder(question, rule);
  const judgeAlgorithm = judgeAlgorithms(
    rule.signatures,
    located.filter(({ exclusion }) => exclusion === undefined),
  );
  const tally = new Tally(consortium);
  const cosigners: Cosigner[] = [];
  let metAtSeconds: number | undefined;
  for (const cosignature of located) {
    const { witness, organisation, algorithm, timeSeconds, exclusion } = cosignature;
    const reason: CountingReason =
      exclusion ??
      judgeAlgorithm(cosignature) ??
      // A cosignature carries whole seconds, so its second's end is what is compared.
      (notBeforeMs !== undefined && timeSeconds * 1000 + 999 < notBeforeMs
        ? "too-early"
        : tally.add(organisation));
    if (metAtSeconds === undefined && tally.meets(rule)) metAtSeconds = timeSeconds;
    cosigners.push({
      name: witness.name,
      kind: witness.kind,
      organisation: organisation.id,
      organisationName: organisation.name,
      role: organisation.role,
      algorithm,
      timeSeconds,
      counted: COUNTED.has(reason),
      reason,
    });
  }

  const { total, roles } = rule;
  return {
    holds: tally.meets(rule),
    total: { got: tally.total, want: total },
    roles: roles.map(({ role, count }) => ({ role, got: tally.inRole(role), want: count })),
    cosigners,
    ...(metAtSeconds !== undefined && { metAtSeconds }),
  };
}

const COUNTED: ReadonlySet<CountingReason> = new Set<CountedReason>([
  "counted",
  "counted-in-total",
  "counted-in-role",
]);

/** A cosignature of a known witness, with its place in the trust file and why it is excluded, if it is. */
interface Located {
  readonly witness: Witness;
  readonly organisation: ConsortiumOrganisation;
  /** This tells whose it is, as algorithms are judged: of one organisation and name. */
  readonly cosigner: string;
  readonly algorithm: SignatureAlgorithm;
  readonly timeSeconds: number;
  readonly exclusion: CountingReason | undefined;
}

/**
 * Orders cosignatures by their times, and those of one second as the trust file lists their witnesses and keys: never
 * by the order of their lines in the note, which is whoever shows it to choose.
 */
function inOrder(
  { consortium, cosignatures, treeSize, depositor, parties }: QuorumQuestion,
  rule: QuorumRule,
): Located[] {
  const excluded = excludedOrganisations(consortium, depositor, parties, rule);
  const organisations = new Map(consortium.organisations.map((each) => [each.id, each]));
  const entriesOf = entriesByKey(consortium);
  return cosignatures
    .flatMap(({ vkey, timeSeconds }) => {
      const entries = entriesOf.get(vkey.text) ?? [];
      const entry = entries.find(({ witness }) => isWithin(witness, treeSize)) ?? entries[0];
      const algorithm = algorithmOf(vkey);
      if (entry === undefined || algorithm === undefined) return [];
      const { witness } = entry;
      const organisation = organisations.get(witness.organisation);
      if (organisation === undefined)
        throw new Error(`internal: witness ${witness.name} belongs to no organisation`);
      const exclusion =
        excludedBecause(witness, rule, excluded) ??
        (isWithin(witness, treeSize) ? undefined : ("outside-tree-sizes" as const));
      const cosigner = cosignerOf(witness);
      return [{ ...entry, organisation, cosigner, algorithm, timeSeconds, exclusion }];
    })
    .sort((a, b) => a.timeSeconds - b.timeSeconds || a.place - b.place);
}

/** Gives the entries that list a key, by its text, each with its place in the trust file. */
function entriesByKey({ witnesses }: Consortium) {
  const entriesOf = new Map<string, { readonly witness: Witness; readonly place: number }[]>();
  let place = 0;
  for (const witness of witnesses)
    for (const { text } of witness.vkeys) {
      const entry = { witness, place: place++ };
      const others = entriesOf.get(text);
      if (others === undefined) entriesOf.set(text, [entry]);
      else others.push(entry);
    }
  return entriesOf;
}

/** The tally holds who has counted so far, group by group: each once in the total, and in at most one role. */
class Tally {
  readonly #consortium: Consortium;
  readonly #organisations = new Set<string>();
  /** Each group stands here with the role that it fills, or none yet. */
  readonly #groups = new Map<string, OrganisationRole | undefined>();

  constructor(consortium: Consortium) {
    this.#consortium = consortium;
  }

  /** Tells what the next cosignature that nothing excludes adds, in the order of `inOrder`. */
  add({ id, role }: ConsortiumOrganisation): CountingReason {
    const group = groupOf(this.#consortium, id);
    const filled = roleInGroup(group, role);
    const isFirst = !this.#groups.has(group.id);
    const addsRole = filled !== undefined && this.#groups.get(group.id) === undefined;
    if (!isFirst && !addsRole)
      return this.#organisations.has(id) ? "organisation-counted-already" : "group-counted-already";
    this.#organisations.add(id);
    this.#groups.set(group.id, filled);
    if (!isFirst) return "counted-in-role";
    return filled === undefined ? "counted-in-total" : "counted";
  }

  get total(): number {
    return this.#groups.size;
  }

  inRole(role: OrganisationRole): number {
    let count = 0;
    for (const filled of this.#groups.values()) if (filled === role) count++;
    return count;
  }

  meets({ total, roles }: QuorumRule): boolean {
    return this.total >= total && roles.every(({ role, count }) => this.inRole(role) >= count);
  }
}

function groupOf(consortium: Consortium, organisationId: string): Group {
  const group = findGroup(consortium, organisationId);
  if (group === undefined) throw new Error(`internal: ${organisationId} is in no group`);
  return group;
}

/**
 * Tells whether any two sets of organisations that meet the quorum have a member in common, at one tree size: where
 * none is given, after all changes of keys that the trust file knows of. Where they have not, two ledgers could each
 * be cosigned, and nobody would have signed both. Parties only take members away; the answer is for no party. Every
 * size is judged in intersection.ts.
 */
export function quorumsIntersect(consortium: Consortium, treeSize = lastingSize(consortium)): boolean {
  const electorate = electorateOf({ consortium, treeSize, depositor: undefined, parties: [] });
  return !canMeetApart([electorate, electorate]);
}

/**
 * Tells whether the quorum holds where everybody who can count has cosigned: if not, it never will. Without a tree
 * size it is judged after all changes of keys that the trust file knows of.
 */
export function isQuorumReachable(question: CountQuestion): boolean {
  const { treeSize = lastingSize(question.consortium) } = question;
  return canMeetApart([electorateOf({ ...question, treeSize })]);
}

/** Tells who can count for trees of this size, each group as one voice, and how many of them must. */
export function electorateOf(question: CountQuestion & { readonly treeSize: number }): Electorate {
  const { consortium, treeSize } = question;
  const { total, roles } = quorumAt(consortium, treeSize);
  return { voices: voicesOf(consortium, cosignersThatCanCount(question)), total, roles };
}

/**
 * Gives the groups of these nodes, in the order of the trust file's organisations, each with the roles that it can
 * fill; or other parts of the groups that `memberOf` makes one voice each, by the organisation's id.
 */
export function voicesOf(
  consortium: Consortium,
  nodes: readonly Witness[],
  memberOf = (organisationId: string) => groupOf(consortium, organisationId).id,
): Voice[] {
  const hosts = new Set(nodes.map(({ organisation }) => organisation));
  const voices = new Map<string, Set<OrganisationRole>>();
  for (const { id, role } of consortium.organisations) {
    if (!hosts.has(id)) continue;
    const member = memberOf(id);
    const roles = voices.get(member) ?? new Set();
    const filled = roleInGroup(groupOf(consortium, id), role);
    if (filled !== undefined) roles.add(filled);
    voices.set(member, roles);
  }
  return [...voices].map(([id, roles]) => ({ id, roles }));
}

/**
 * Gives the nodes whose cosignatures can count for a deposit, in the order of the trust file; at any tree size where
 * none is asked for.
 */
export function cosignersThatCanCount({
  consortium,
  treeSize,
  depositor,
  parties,
}: CountQuestion): Witness[] {
  const rule = quorumAt(consortium, treeSize ?? lastingSize(consortium));
  const excluded = excludedOrganisations(consortium, depositor, parties, rule);
  const isInTerm = (witness: Witness) => treeSize === undefined || isWithin(witness, treeSize);
  const keys = keysOfCosigners(consortium.witnesses.filter(isInTerm));
  return consortium.witnesses.filter(
    (witness) =>
      excludedBecause(witness, rule, excluded) === undefined &&
      isInTerm(witness) &&
      meetsDemand(rule.signatures, keys.get(cosignerOf(witness)) ?? []),
  );
}

/** Names whose a node's keys are: of one name of one organisation. */
const cosignerOf = ({ organisation, name }: Witness): string => `${organisation} ${name}`;

/** Gives all keys of these entries, by their cosigner. */
function keysOfCosigners(witnesses: readonly Witness[]): ReadonlyMap<string, readonly VerifierKey[]> {
  const keys = new Map<string, VerifierKey[]>();
  for (const witness of witnesses) {
    const others = keys.get(cosignerOf(witness));
    if (others === undefined) keys.set(cosignerOf(witness), [...witness.vkeys]);
    else others.push(...witness.vkeys);
  }
  return keys;
}

/** Gives the organisations whose cosignatures never count for this deposit, each with the reason. */
export function excludedOrganisations(
  consortium: Consortium,
  depositor: KnownAs | undefined,
  parties: readonly string[],
  { excludeParties }: Pick<QuorumRule, "excludeParties"> = consortium.quorum,
): ReadonlyMap<string, CountingReason> {
  const excluded = new Map<string, CountingReason>();
  const exclude = (ids: Iterable<string>, reason: CountingReason) => {
    for (const id of ids) if (!excluded.has(id)) excluded.set(id, reason);
  };
  exclude([consortium.log.organisation], "log-organisation");
  exclude(findIds(consortium, parties), "party");
  if (depositor !== undefined && excludeParties) exclude(findIds(consortium, depositor), "depositor");
  for (const id of [...excluded.keys()])
    exclude(findGroup(consortium, id)?.members.map((member) => member.id) ?? [], "same-group");
  return excluded;
}

/** Says why none of its cosignatures can count, whenever and at whatever size it signed. */
function excludedBecause(
  { organisation, kind }: Witness,
  { mirrorsOnly }: QuorumRule,
  excluded: ReadonlyMap<string, CountingReason>,
): CountingReason | undefined {
  return excluded.get(organisation) ?? (mirrorsOnly && kind !== "mirror" ? "witness-only" : undefined);
}

/** Tells whether the term of this entry of the trust file admits a tree of this size. */
export function isWithin({ from, until }: Pick<Witness, "from" | "until">, treeSize: number): boolean {
  return treeSize >= (from ?? 0) && (until === undefined || treeSize < until);
}
