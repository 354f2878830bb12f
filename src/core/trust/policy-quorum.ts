/**
 * A quorum as a tlog-policy can say it: groups of k out of n, in which every name stands once. A voice is an organisation,
 * or all of one group of the trust file. C2SP tlog-policy,
 * "Defining a witness group": "Each defined name can be listed as a group member at most once."
 *
 * "3 organisations, 1 court and 1 bank among them" lets a court count twice, for its role and for the total, so in
 * general no such policy says it. What is looked for instead: the roles are divided into parts; of each part so many
 * must sign that its roles can't be missed, and of all parts together so many that the total can't. Of all divisions
 * the one is taken that accepts most sets of cosigners, and it is exact when it accepts all that the quorum does:
 * of two courts, one bank and a commission, "the bank, and 2 of courts and commission" is.
 */
import type { OrganisationRole } from "./trust-file.js";

/** A block has every voice that counts in one role, or in the total alone. */
export interface RoleBlock {
  readonly role: OrganisationRole | undefined;
  readonly organisations: readonly string[];
  /** The quorum asks for at least this many of them. */
  readonly atLeast: number;
}

export interface QuorumPart {
  /** At least this many of `members` must sign; it is 1 or more. */
  readonly threshold: number;
  /** Each member is one organisation, or several of which any signs for all and counts once. */
  readonly members: readonly (readonly string[])[];
}

export interface PolicyQuorum {
  /** All parts must be met; no organisation stands in two. */
  readonly parts: readonly QuorumPart[];
  /**
   * This is false where some cosigners would meet the quorum and not these parts: it never is the other way round.
   */
  readonly isExact: boolean;
}

/**
 * Plans the parts of a policy for a quorum; undefined where even all organisations together do not meet the quorum.
 */
export function planPolicyQuorum(blocks: readonly RoleBlock[], total: number): PolicyQuorum | undefined {
  const free = blocks.filter(({ atLeast }) => atLeast === 0).flatMap(({ organisations }) => organisations);
  const asked = blocks.filter(({ atLeast }) => atLeast > 0);
  const merged: Block[] = [...asked, ...(free.length > 0 ? [{ organisations: free, atLeast: 0 }] : [])];
  let best: Plan | undefined;
  for (const division of divisionsOf(merged)) {
    const plan = bestThresholds(division, total);
    if (plan !== undefined && (best === undefined || plan.accepted > best.accepted)) best = plan;
  }
  if (best === undefined) return undefined;
  const { parts, accepted } = best;
  return {
    parts: parts.filter(({ threshold }) => threshold > 0),
    isExact: accepted === countAccepted(merged, total),
  };
}

type Block = Pick<RoleBlock, "organisations" | "atLeast">;

interface Plan {
  readonly parts: readonly QuorumPart[];
  /** So many sets of cosigners meet all parts. */
  readonly accepted: bigint;
}

/** Every way of dividing the blocks into parts: 203 for six. */
function divisionsOf(blocks: readonly Block[]): Block[][][] {
  return blocks.reduce<Block[][][]>(
    (divisions, block) =>
      divisions.flatMap((parts) => [
        ...parts.map((_, at) => parts.map((part, i) => (i === at ? [...part, block] : part))),
        [...parts, [block]],
      ]),
    [[]],
  );
}

/** The thresholds of this division that accept most sets, for each sum so far; sums above the total are one. */
function bestThresholds(division: readonly (readonly Block[])[], total: number): Plan | undefined {
  let bySum = new Map<number, Plan>([[0, { parts: [], accepted: 1n }]]);
  for (const blocks of division) {
    const size = blocks.reduce((sum, { organisations }) => sum + organisations.length, 0);
    const next = new Map<number, Plan>();
    for (let threshold = 0; threshold <= size; threshold++) {
      const members = membersFor(blocks, threshold);
      if (members === undefined) continue;
      const ways = countOfAtLeast(threshold, members, size);
      for (const [sum, { parts, accepted }] of bySum) {
        const at = Math.min(total, sum + threshold);
        if ((next.get(at)?.accepted ?? 0n) >= accepted * ways) continue;
        next.set(at, { parts: [...parts, { threshold, members }], accepted: accepted * ways });
      }
      if (threshold >= total) break; // More of this part would help no sum.
    }
    bySum = next;
  }
  return bySum.get(total);
}

/**
 * Whoever `threshold` of these are, each block has its `atLeast` among them; undefined where that can't be had.
 * At worst all others sign first: so there may be no more of them than the threshold leaves. Where they are too many
 * and nothing is asked of them, they are put together into as many members as may be.
 */
function membersFor(blocks: readonly Block[], threshold: number): QuorumPart["members"] | undefined {
  const alone = blocks.flatMap(({ organisations }) => organisations.map((id) => [id]));
  const isSafe = blocks.every(
    ({ organisations, atLeast }) =>
      atLeast === 0 || alone.length - organisations.length <= threshold - atLeast,
  );
  if (isSafe) return threshold <= alone.length ? alone : undefined;
  const [asked, others, ...more] = blocks;
  if (asked === undefined || others === undefined || more.length > 0 || others.atLeast > 0) return undefined;
  const room = threshold - asked.atLeast;
  if (room < 1 || threshold > asked.organisations.length + room) return undefined;
  return [...asked.organisations.map((id) => [id]), ...inGroups(others.organisations, room)];
}

/** Divides items into as many groups, as equal as can be. */
function inGroups<T>(items: readonly T[], groups: number): T[][] {
  const start = (group: number) => Math.floor((group * items.length) / groups);
  return Array.from({ length: groups }, (_, group) => items.slice(start(group), start(group + 1)));
}

/** Tells how many sets of cosigners have at least `threshold` members among them. */
function countOfAtLeast(threshold: number, members: QuorumPart["members"], size: number): bigint {
  // By the number of members that sign; whoever of the part stands in no member may sign or not.
  let sets = [1n];
  for (const { length } of members) {
    const ways = 2n ** BigInt(length) - 1n;
    sets = Array.from({ length: sets.length + 1 }, (_, n) => (sets[n] ?? 0n) + (sets[n - 1] ?? 0n) * ways);
  }
  const idle = size - members.reduce((sum, { length }) => sum + length, 0);
  return sets.slice(threshold).reduce((sum, n) => sum + n, 0n) * 2n ** BigInt(idle);
}

/** Tells how many sets of cosigners meet the quorum itself. */
function countAccepted(blocks: readonly Block[], total: number): bigint {
  let bySum = new Map<number, bigint>([[0, 1n]]);
  for (const { organisations, atLeast } of blocks) {
    const next = new Map<number, bigint>();
    for (let signed = atLeast; signed <= organisations.length; signed++) {
      for (const [sum, sets] of bySum) {
        const at = Math.min(total, sum + signed);
        next.set(at, (next.get(at) ?? 0n) + sets * choose(organisations.length, signed));
      }
    }
    bySum = next;
  }
  return bySum.get(total) ?? 0n;
}

function choose(n: number, k: number): bigint {
  let ways = 1n;
  for (let i = 1; i <= k; i++) ways = (ways * BigInt(n - k + i)) / BigInt(i);
  return ways;
}
