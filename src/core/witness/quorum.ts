/**
 * The party-aware quorum: which cosignatures count in a dispute, which do not and why, and whether enough do.
 * An organisation counts once, whatever the number of its nodes and keys. The log's own organisation never
 * counts, nor does a party, nor whoever stands in one group with them.
 */
import type { SignatureAlgorithm } from "../ledger/verifiers.js";
import { algorithmOf, type VerifierKey } from "../ledger/vkey.js";
import type { Cosignature } from "./cosignature.js";
import { type Consortium, lastingSize, quorumAt, type QuorumRule, type Witness } from "./consortium.js";
import type { OrganisationRole } from "./trust-file.js";

import { type AlgorithmReason, judgeAlgorithms, meetsDemand } from "./signature-demand.js";

/** Why a cosignature that verified does or does not count; `counted` alone counts. */
export type CountingReason =
  | "counted"
  | "log-organisation"
  | "depositor"
  | "party"
  | "same-group"
  | "witness-only"
  | "outside-tree-sizes"
  | AlgorithmReason
  | "too-early"
  | "organisation-counted-already";

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
  /** Distinct organisations. */
  readonly total: { readonly got: number; readonly want: number };
  readonly roles: readonly { readonly role: OrganisationRole; readonly got: number; readonly want: number }[];
  /** Every cosignature of a known witness, earliest first. */
  readonly cosigners: readonly Cosigner[];
  /** POSIX seconds of the cosignature with which the quorum was complete; undefined where it does not hold. */
  readonly metAtSeconds?: number;
}

export interface QuorumQuestion {
  readonly consortium: Consortium;
  readonly cosignatures: readonly Cosignature[];
  readonly treeSize: number;
  /** The statement's depositor; undefined asks for the log as a whole, without any one deposit. */
  readonly depositorId: string | undefined;
  /** Further organisations that the verifier names as parties. */
  readonly parties: readonly string[];
  /** A cosignature earlier than this (POSIX milliseconds) is shown and not counted. */
  readonly notBeforeMs?: number;
}

export type CountQuestion = Pick<QuorumQuestion, "consortium" | "depositorId" | "parties"> & {
  readonly treeSize?: number;
};

export function countQuorum(question: QuorumQuestion): QuorumCount {
  const { consortium, cosignatures, treeSize, notBeforeMs } = question;
  const rule = quorumAt(consortium, treeSize);
  const excluded = excludedOrganisations(consortium, question.depositorId, question.parties, rule);
  const organisations = new Map(
    consortium.organisations.map((organisation) => [organisation.id, organisation]),
  );
  const counted = new Map<string, OrganisationRole>();
  const cosigners: Cosigner[] = [];
  let metAtSeconds: number | undefined;

  const located = [...cosignatures]
    .sort((a, b) => a.timeSeconds - b.timeSeconds)
    .flatMap(({ vkey, timeSeconds }) => {
      const entries = consortium.witnesses.filter(({ vkeys }) =>
        vkeys.some(({ text }) => text === vkey.text),
      );
      const witness = entries.find((entry) => isWithin(entry, treeSize)) ?? entries[0];
      const algorithm = algorithmOf(vkey);
      if (witness === undefined || algorithm === undefined) return [];
      const exclusion =
        excludedBecause(witness, rule, excluded) ??
        (isWithin(witness, treeSize) ? undefined : ("outside-tree-sizes" as const));
      const cosigner = `${witness.organisation} ${witness.name}`;
      return [{ witness, cosigner, algorithm, timeSeconds, exclusion }];
    });
  const judgeAlgorithm = judgeAlgorithms(
    rule.signatures,
    located.filter(({ exclusion }) => exclusion === undefined),
  );

  for (const cosignature of located) {
    const { witness, algorithm, timeSeconds, exclusion } = cosignature;
    const organisation = witness.organisation;
    const { role, name: organisationName } = organisations.get(organisation) ?? {};
    if (role === undefined || organisationName === undefined)
      throw new Error(`internal: witness ${witness.name} belongs to no organisation`);
    const reason: CountingReason =
      exclusion ??
      judgeAlgorithm(cosignature) ??
      // A cosignature carries whole seconds, so its second's end is what is compared.
      (notBeforeMs !== undefined && timeSeconds * 1000 + 999 < notBeforeMs
        ? "too-early"
        : counted.has(organisation)
          ? "organisation-counted-already"
          : "counted");
    if (reason === "counted") {
      counted.set(organisation, role);
      if (metAtSeconds === undefined && isEnough(rule, counted)) metAtSeconds = timeSeconds;
    }
    cosigners.push({
      name: witness.name,
      kind: witness.kind,
      organisation,
      organisationName,
      role,
      algorithm,
      timeSeconds,
      counted: reason === "counted",
      reason,
    });
  }

  const { total, roles } = rule;
  return {
    holds: isEnough(rule, counted),
    total: { got: counted.size, want: total },
    roles: roles.map(({ role, count }) => ({ role, got: countRole(counted, role), want: count })),
    cosigners,
    ...(metAtSeconds !== undefined && { metAtSeconds }),
  };
}

/**
 * Whether any two sets of organisations that meet the quorum have a member in common. Where not, two ledgers could each
 * be cosigned, and nobody would have signed both. Parties only take members away; the answer is for no party, and for
 * the trees after all changes of keys that the trust file knows of.
 */
export function quorumsIntersect(consortium: Consortium): boolean {
  const { total, roles } = consortium.quorum;
  const question = { consortium, treeSize: lastingSize(consortium), depositorId: undefined, parties: [] };
  const canCount = [...rolesThatCanCount(question).values()];
  const isMoreThanHalf = (count: number, all: readonly unknown[]) => 2 * count > all.length;
  return (
    isMoreThanHalf(total, canCount) ||
    roles.some(({ role, count }) =>
      isMoreThanHalf(
        count,
        canCount.filter((other) => other === role),
      ),
    )
  );
}

/**
 * Whether the quorum holds where everybody who can count has cosigned: if not, it never will. Without a tree size:
 * after all changes of keys that the trust file knows of.
 */
export function isQuorumReachable(question: CountQuestion): boolean {
  const { consortium, treeSize = lastingSize(consortium) } = question;
  return isEnough(quorumAt(consortium, treeSize), rolesThatCanCount({ ...question, treeSize }));
}

/**
 * The nodes whose cosignatures can count for a deposit, in the order of the trust file; at any tree size where none is
 * asked for.
 */
export function cosignersThatCanCount({
  consortium,
  treeSize,
  depositorId,
  parties,
}: CountQuestion): Witness[] {
  const rule = quorumAt(consortium, treeSize ?? lastingSize(consortium));
  const excluded = excludedOrganisations(consortium, depositorId, parties, rule);
  return consortium.witnesses.filter(
    (witness) =>
      excludedBecause(witness, rule, excluded) === undefined &&
      (treeSize === undefined || isWithin(witness, treeSize)) &&
      meetsDemand(rule.signatures, keysOfCosigner(witness, consortium, treeSize)),
  );
}

/** All keys with which this cosigner may sign at that size. */
function keysOfCosigner(
  { name, organisation }: Witness,
  { witnesses }: Consortium,
  treeSize: number | undefined,
): VerifierKey[] {
  return witnesses
    .filter((entry) => entry.name === name && entry.organisation === organisation)
    .filter((entry) => treeSize === undefined || isWithin(entry, treeSize))
    .flatMap(({ vkeys }) => vkeys);
}

function rolesThatCanCount(question: CountQuestion): Map<string, OrganisationRole> {
  const hosts = new Set(cosignersThatCanCount(question).map(({ organisation }) => organisation));
  const { organisations } = question.consortium;
  return new Map(organisations.filter(({ id }) => hosts.has(id)).map(({ id, role }) => [id, role]));
}

/** Organisations whose cosignatures never count for this deposit, each with the reason. */
export function excludedOrganisations(
  consortium: Consortium,
  depositorId: string | undefined,
  parties: readonly string[],
  { excludeParties }: Pick<QuorumRule, "excludeParties"> = consortium.quorum,
): ReadonlyMap<string, CountingReason> {
  const excluded = new Map<string, CountingReason>([[consortium.log.organisation, "log-organisation"]]);
  for (const party of parties) if (!excluded.has(party)) excluded.set(party, "party");
  if (depositorId !== undefined && excludeParties && !excluded.has(depositorId)) {
    excluded.set(depositorId, "depositor");
  }
  for (const id of [...excluded.keys()]) {
    for (const member of groupOf(consortium, id))
      if (!excluded.has(member)) excluded.set(member, "same-group");
  }
  return excluded;
}

/** Whoever is tied to `id` by `controlledBy`, followed both ways and as far as it leads. */
function groupOf(consortium: Consortium, id: string): ReadonlySet<string> {
  const group = new Set([id]);
  for (const member of group) {
    for (const { id: other, controlledBy } of consortium.organisations) {
      if (other === member && controlledBy !== undefined) group.add(controlledBy);
      if (controlledBy === member) group.add(other);
    }
  }
  return group;
}

/** Why none of its cosignatures can count, whenever and at whatever size it signed. */
function excludedBecause(
  { organisation, kind }: Witness,
  { mirrorsOnly }: QuorumRule,
  excluded: ReadonlyMap<string, CountingReason>,
): CountingReason | undefined {
  return excluded.get(organisation) ?? (mirrorsOnly && kind !== "mirror" ? "witness-only" : undefined);
}

/** Whether the term of this entry of the trust file admits a tree of this size. */
export function isWithin({ from, until }: Pick<Witness, "from" | "until">, treeSize: number): boolean {
  return treeSize >= (from ?? 0) && (until === undefined || treeSize < until);
}

function isEnough({ total, roles }: QuorumRule, counted: ReadonlyMap<string, OrganisationRole>): boolean {
  return counted.size >= total && roles.every(({ role, count }) => countRole(counted, role) >= count);
}

function countRole(counted: ReadonlyMap<string, OrganisationRole>, role: OrganisationRole): number {
  let count = 0;
  for (const other of counted.values()) if (other === role) count++;
  return count;
}
