/**
 * Quorums that share a member, at every tree size: where two need not, two ledgers could each be cosigned, and nobody would
 * have signed both. What a trust file says changes only at the sizes that it names, so between two of them one is judged.
 * docs/evidence-format.md, "Two ledgers never both verify".
 */
import { type Consortium, quorumAt, sizesNamed } from "./consortium.js";
import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from "../ledger/verifiers.js";
import { algorithmOf } from "../ledger/vkey.js";
import { bitsOf, canFill, placesOf } from "./electorate.js";
import { findGroup, roleInGroup } from "./groups.js";
import { excludedOrganisations } from "./quorum.js";
import { demandedAlgorithms } from "./signature-demand.js";
import { ORGANISATION_ROLES } from "./trust-file.js";

/** A span holds the tree sizes from `from` on, below `until` where there is one. */
export interface SizeSpan {
  readonly from: number;
  readonly until?: number;
}

/**
 * Finds the sizes at which two quorums under this trust file need not share a member; none where they always must.
 */
export function splitsOf(consortium: Consortium): SizeSpan[] {
  const splits = createSplits([consortium]);
  const joined: { from: number; until?: number }[] = [];
  for (const span of spansOf(sizesNamed(consortium))) {
    if (!splits.isSplit(0, span.from)) continue;
    const last = joined.at(-1);
    if (last === undefined || last.until !== span.from) joined.push({ ...span });
    else if (span.until === undefined) delete last.until;
    else last.until = span.until;
  }
  return joined;
}

/**
 * The first sizes at which a change from one trust file to the next lets two quorums exist that share no member: two under
 * the next file, or one under each, for verifiers may have either. Sizes at which that is so under the first file
 * already are left out: no change makes them worse, and it may be the cure. Undefined where there are no such sizes.
 */
export function newSplit(before: Consortium, after: Consortium): SizeSpan | undefined {
  const splits = createSplits([before, after]);
  return spansOf([...sizesNamed(before), ...sizesNamed(after)]).find(
    ({ from }) => !splits.isSplit(0, from) && (splits.isSplit(1, from) || splits.isSplitBetween(0, 1, from)),
  );
}

function spansOf(sizes: readonly number[]): SizeSpan[] {
  const starts = [...new Set([0, ...sizes])].sort((a, b) => a - b);
  return starts.map((from, i) => {
    const until = starts[i + 1];
    return until === undefined ? { from } : { from, until };
  });
}

interface Splits {
  /** Tells whether two quorums under one of the files need not share a member. */
  isSplit(file: number, treeSize: number): boolean;
  /**
   * The same of a quorum under one file and one under the other. Organisations are one member where both files put them into
   * one group: where only one of them does, nobody answers for both of them to everybody.
   */
  isSplitBetween(one: number, other: number, treeSize: number): boolean;
}

/** Thousands of sizes are asked about: whatever does not depend on the size is made ready once. */
function createSplits(files: readonly Consortium[]): Splits {
  const own = files.map((file) =>
    createVoices(
      file,
      createMembers((id) => groupIn(file, id)),
    ),
  );
  const shared = createMembers((id) => files.map((file) => groupIn(file, id)).join(" "));
  const between = files.map((file) => createVoices(file, shared));
  const ask = (voices: readonly CountVoices[], which: readonly number[], treeSize: number): boolean => {
    const rules = which.map((file) => quorumAt(files[file] as Consortium, treeSize));
    const places = placesOf(rules);
    const alike = new Float64Array(1 << places.length);
    const taken = new Map<number, number>();
    voices.forEach((voice, of) => {
      const bitsByRoles = Array.from({ length: 1 << ORGANISATION_ROLES.length }, (_, roles) =>
        bitsOf(places, of, (role) => ((roles >> ORGANISATION_ROLES.indexOf(role)) & 1) === 1),
      );
      for (const [member, roles] of voice(treeSize))
        taken.set(member, (taken.get(member) ?? 0) | (bitsByRoles[roles] ?? 0));
    });
    for (const bits of taken.values()) alike[bits] = (alike[bits] ?? 0) + 1;
    return canFill(places, alike);
  };
  const voicesOf = (all: readonly CountVoices[], which: readonly number[]) =>
    which.flatMap((file) => all[file] ?? []);
  return {
    isSplit: (file, treeSize) => ask(voicesOf(own, [file, file]), [file, file], treeSize),
    isSplitBetween: (one, other, treeSize) => ask(voicesOf(between, [one, other]), [one, other], treeSize),
  };
}

const groupIn = (consortium: Consortium, id: string): string => findGroup(consortium, id)?.id ?? "";

type MemberOf = (organisationId: string) => number;

/** A number for each member that `nameOf` tells apart. */
function createMembers(nameOf: (organisationId: string) => string): MemberOf {
  const numbers = new Map<string, number>();
  return (id) => {
    const name = nameOf(id);
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, numbers.size);
    return numbers.size - 1;
  };
}

/** The members that can count at a tree size, each with the roles that it can fill, as a set of bits. */
type CountVoices = (treeSize: number) => ReadonlyMap<number, number>;

/** Counts voices as `voicesOf` has them of `cosignersThatCanCount`, for no depositor and no party. */
function createVoices(consortium: Consortium, memberOf: MemberOf): CountVoices {
  const roleOf = new Map(consortium.organisations.map(({ id, role }) => [id, role]));
  const excluded = excludedOrganisations(consortium, undefined, []);
  const cosigners = createMembers((name) => name);
  const entries = consortium.witnesses.map(
    ({ organisation, name, kind, vkeys, from = 0, until = Infinity }) => {
      const role = roleOf.get(organisation);
      const group = findGroup(consortium, organisation);
      const filled = role === undefined || group === undefined ? undefined : roleInGroup(group, role);
      return {
        cosigner: cosigners(`${organisation} ${name}`),
        algorithms: vkeys.reduce((bits, vkey) => bits | bitOf(algorithmOf(vkey)), 0),
        from,
        until,
        isExcluded: excluded.has(organisation),
        isMirror: kind === "mirror",
        member: memberOf(organisation),
        roles: filled === undefined ? 0 : 1 << ORGANISATION_ROLES.indexOf(filled),
      };
    },
  );
  return (treeSize) => {
    const rule = quorumAt(consortium, treeSize);
    const wanted = demandedAlgorithms(rule.signatures).reduce((bits, each) => bits | bitOf(each), 0);
    const inTerm = entries.filter(({ from, until }) => treeSize >= from && treeSize < until);
    const algorithms = new Map<number, number>();
    for (const { cosigner, algorithms: bits } of inTerm)
      algorithms.set(cosigner, (algorithms.get(cosigner) ?? 0) | bits);
    const voices = new Map<number, number>();
    for (const { cosigner, isExcluded, isMirror, member, roles } of inTerm) {
      const has = algorithms.get(cosigner) ?? 0;
      if (isExcluded || (rule.mirrorsOnly && !isMirror) || has === 0 || (has & wanted) !== wanted) continue;
      voices.set(member, (voices.get(member) ?? 0) | roles);
    }
    return voices;
  };
}

const bitOf = (algorithm: SignatureAlgorithm | undefined): number =>
  algorithm === undefined ? 0 : 1 << SIGNATURE_ALGORITHMS.indexOf(algorithm);
