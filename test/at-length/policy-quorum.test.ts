/**
 * The groups of an exported policy against every policy there is: all ways of putting up to five organisations into
 * nested groups in which each stands at most once. A policy's meaning is a truth table over the sets of cosigners.
 */
import { expect, it } from "@jest/globals";
import { planPolicyQuorum, type PolicyQuorum, type RoleBlock } from "../../src/core/trust/policy-quorum.js";

/** Bit S says whether the set S of organisations, itself a number of bits, is enough. */
type Table = bigint;

const MOST = 5;
const subsetsOf = (size: number) => Array.from({ length: 1 << size }, (_, set) => set);
const tableOf = (size: number, isEnough: (set: number) => boolean): Table =>
  subsetsOf(size).reduce((table, set) => (isEnough(set) ? table | (1n << BigInt(set)) : table), 0n);
const has = (set: number, organisation: number) => ((set >> organisation) & 1) === 1;
const count = (set: number, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => from + i).filter((organisation) => has(set, organisation))
    .length;

function divisions(leaves: readonly number[]): number[][][] {
  const [first, ...rest] = leaves;
  if (first === undefined) return [[]];
  return divisions(rest).flatMap((parts) => [
    ...parts.map((_, at) => parts.map((part, i) => (i === at ? [first, ...part] : part))),
    [[first], ...parts],
  ]);
}

/** What all groups over exactly these leaves can mean. */
function groupsOver(leaves: readonly number[], size: number, known: Map<string, Set<Table>>): Set<Table> {
  const name = leaves.join();
  const before = known.get(name);
  if (before) return before;
  const tables = new Set<Table>();
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) tables.add(tableOf(size, (set) => has(set, only)));
  for (const parts of divisions(leaves).filter(({ length }) => length > 1)) {
    // atLeast[k]: the sets with at least k of the members so far.
    let soFar: Table[][] = [[tableOf(size, () => true)]];
    for (const part of parts) {
      const members = [...groupsOver(part, size, known)];
      soFar = soFar.flatMap((atLeast) =>
        members.map((member) =>
          [...atLeast, 0n].map((table, k) => table | ((atLeast[k - 1] ?? table) & member)),
        ),
      );
    }
    for (const atLeast of soFar) for (const table of atLeast.slice(1)) tables.add(table);
  }
  known.set(name, tables);
  return tables;
}

function everyPolicy(size: number): Set<Table> {
  const known = new Map<string, Set<Table>>();
  const leafSets = subsetsOf(size).slice(1);
  const leavesOf = (set: number) => Array.from({ length: size }, (_, i) => i).filter((i) => has(set, i));
  return new Set(leafSets.flatMap((set) => [...groupsOver(leavesOf(set), size, known)]));
}

interface Case {
  readonly size: number;
  readonly blocks: readonly RoleBlock[];
  readonly total: number;
  readonly quorum: Table;
}

/** Courts first, then banks, then commissions, of whom nothing is asked. */
function everyQuorum(size: number): Case[] {
  const upTo = (most: number) => Array.from({ length: most + 1 }, (_, n) => n);
  const names = upTo(size - 1).map(String);
  return upTo(size).flatMap((courts) =>
    upTo(size - courts).flatMap((banks) =>
      upTo(courts).flatMap((court) =>
        upTo(banks).flatMap((bank) =>
          upTo(size - 1).map((less): Case => {
            const total = less + 1;
            const end = courts + banks;
            return {
              size,
              total,
              blocks: [
                { role: "court", organisations: names.slice(0, courts), atLeast: court },
                { role: "bank", organisations: names.slice(courts, end), atLeast: bank },
                { role: "arbitration", organisations: names.slice(end), atLeast: 0 },
              ],
              quorum: tableOf(
                size,
                (set) =>
                  count(set, 0, size) >= total &&
                  count(set, 0, courts) >= court &&
                  count(set, courts, end) >= bank,
              ),
            };
          }),
        ),
      ),
    ),
  );
}

const tableOfPlan = ({ parts }: PolicyQuorum, size: number): Table =>
  tableOf(size, (set) =>
    parts.every(
      ({ members, threshold }) =>
        members.filter((organisations) => organisations.some((id) => has(set, Number(id)))).length >=
        threshold,
    ),
  );

it("accept nothing that the quorum refuses, and are exact wherever any policy is", () => {
  let [exact, all] = [0, 0];
  for (let size = 1; size <= MOST; size++) {
    const policies = everyPolicy(size);
    for (const { blocks, total, quorum } of everyQuorum(size)) {
      const plan = planPolicyQuorum(blocks, total);
      if (plan === undefined) throw new Error("no plan, though all of them together are enough");
      const table = tableOfPlan(plan, size);
      const what = JSON.stringify({ blocks, total });
      if ((table & ~quorum) !== 0n) throw new Error(`it accepts what the quorum refuses: ${what}`);
      if (plan.isExact !== (table === quorum)) throw new Error(`isExact is ${plan.isExact}: ${what}`);
      if (policies.has(quorum) && !plan.isExact) throw new Error(`another policy is exact: ${what}`);
      exact += plan.isExact ? 1 : 0;
      all += 1;
    }
  }
  expect({ exact, all }).toEqual({ exact: 1039, all: 1050 });
});

it("use no organisation twice", () => {
  for (const { blocks, total } of everyQuorum(MOST)) {
    const used = planPolicyQuorum(blocks, total)?.parts.flatMap(({ members }) => members.flat()) ?? [];
    expect(new Set(used).size).toBe(used.length);
  }
});

it("are none where all together are not enough", () => {
  const courts: RoleBlock = { role: "court", organisations: ["a", "b"], atLeast: 1 };
  expect(planPolicyQuorum([courts], 3)).toBeUndefined();
  expect(planPolicyQuorum([{ ...courts, atLeast: 3 }], 1)).toBeUndefined();
  expect(planPolicyQuorum([courts, { role: "bank", organisations: [], atLeast: 1 }], 1)).toBeUndefined();
});

it("are found for six roles of thirty organisations", () => {
  const roles = ["court", "bank", "arbitration", "notary", "forensic", "regulator"] as const;
  const blocks = roles.map((role) => ({
    role,
    organisations: Array.from({ length: 30 }, (_, i) => `${role}-${i}`),
    atLeast: 2,
  }));
  expect(planPolicyQuorum(blocks, 12)?.parts).toHaveLength(6);
  expect(planPolicyQuorum(blocks, 12)?.isExact).toBe(true);
});
