/**
 * A group of organisations is one voice: once in the total, in at most one role, in the same way whatever the order of the
 * lines; and whether a quorum can be met, or two of them without a common voice, is what trying everything says.
 */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { findGroup } from "../../../src/core/trust/groups.js";
import {
  countQuorum,
  isQuorumReachable,
  type QuorumCount,
  quorumsIntersect,
} from "../../../src/core/trust/quorum.js";
import type { Consortium } from "../../../src/core/trust/consortium.js";
import { consortiumOf, cosignatureOf, idOf, type Member } from "./members.js";
import { runsOfLongProof } from "../../long-proof.js";

const count = (consortium: Consortium, cosigned: readonly (readonly [member: number, time: number])[]) =>
  countQuorum({
    consortium,
    cosignatures: cosigned.map(([member, time]) => cosignatureOf(member, time)),
    treeSize: 1,
    depositor: undefined,
    parties: [],
  });

const reasonsOf = ({ cosigners }: QuorumCount) =>
  cosigners.map(({ organisation, reason }) => [organisation, reason]);
const gotOf = ({ total, roles }: QuorumCount) => ({
  total: total.got,
  ...Object.fromEntries(roles.map(({ role, got }) => [role, got])),
});

const COURT_AND_BANK = {
  total: 3,
  roles: [
    { role: "court" as const, count: 1 },
    { role: "bank" as const, count: 1 },
  ],
};

describe("a group with one top member", () => {
  // Bank 0 controls court 1, which controls commission 2.
  const members: Member[] = [
    { role: "bank" },
    { role: "court", controlledBy: idOf(0) },
    { role: "arbitration", controlledBy: idOf(1) },
    { role: "court" },
    { role: "arbitration" },
  ];
  const consortium = consortiumOf(members, COURT_AND_BANK);

  it("is no quorum by itself, though it has a court, a bank and a third", () => {
    const alone = count(consortium, [
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    expect(alone.holds).toBe(false);
    expect(gotOf(alone)).toEqual({ total: 1, court: 0, bank: 1 });
    expect(reasonsOf(alone)).toEqual([
      [idOf(0), "counted"],
      [idOf(1), "group-counted-already"],
      [idOf(2), "group-counted-already"],
    ]);
  });

  it("fills the role of its top member, and only when a cosigner of that role has signed", () => {
    const others = [
      [3, 1],
      [4, 1],
    ] as const;
    const withoutIt = count(consortium, [...others, [1, 2]]);
    expect(withoutIt.holds).toBe(false);
    expect(gotOf(withoutIt)).toEqual({ total: 3, court: 1, bank: 0 });
    expect(reasonsOf(withoutIt).at(-1)).toEqual([idOf(1), "counted-in-total"]);

    const withIt = count(consortium, [...others, [1, 2], [0, 7], [0, 8], [2, 9]]);
    expect(gotOf(withIt)).toEqual({ total: 3, court: 1, bank: 1 });
    expect(reasonsOf(withIt).slice(2)).toEqual([
      [idOf(1), "counted-in-total"],
      [idOf(0), "counted-in-role"],
      [idOf(0), "organisation-counted-already"],
      [idOf(2), "group-counted-already"],
    ]);
    // Complete with the bank's own cosignature, and not with the court's of its group.
    expect(withIt.metAtSeconds).toBe(7);
    expect(withIt.cosigners.map(({ counted }) => counted)).toEqual([true, true, true, true, false, false]);
  });
});

describe("which member is the top", () => {
  const topOf = (members: readonly Member[], id: string) => findGroup(consortiumOf(members, {}), id)?.top?.id;
  const bank = (controlledBy?: string): Member => ({ role: "bank", controlledBy });

  it.each<[string, readonly Member[], string | undefined]>([
    ["the one that nobody controls", [bank(idOf(1)), bank(), bank(idOf(0))], idOf(1)],
    ["the one whose parent is not listed", [bank("holding"), bank(idOf(0))], idOf(0)],
    ["itself, in no group", [bank()], idOf(0)],
    ["the one that controls itself", [bank(idOf(0)), bank(idOf(0))], idOf(0)],
    ["none of two children of a parent that is not listed", [bank("holding"), bank("holding")], undefined],
    ["none of a circle", [bank(idOf(1)), bank(idOf(0))], undefined],
    ["none where a third hangs on a circle", [bank(idOf(1)), bank(idOf(0)), bank(idOf(1))], undefined],
  ])("%s", (_, members, top) => {
    for (let i = 0; i < members.length; i++) expect(topOf(members, idOf(i))).toBe(top);
  });

  it("ties those whose common parent is not listed, and excludes all with one", () => {
    const consortium = consortiumOf([bank("holding"), bank("holding"), bank("other")], { total: 1 });
    expect(findGroup(consortium, "holding")?.members.map(({ id }) => id)).toEqual([idOf(0), idOf(1)]);
    expect(findGroup(consortium, "nobody")).toBeUndefined();
    const { cosigners } = countQuorum({
      consortium,
      cosignatures: [0, 1, 2].map((member) => cosignatureOf(member, 1)),
      treeSize: 1,
      depositor: [idOf(1)],
      parties: [],
    });
    expect(cosigners.map(({ reason }) => reason)).toEqual(["same-group", "depositor", "counted"]);
  });
});

describe("a group without one top member", () => {
  const members: Member[] = [
    { role: "bank", controlledBy: "holding" },
    { role: "court", controlledBy: "holding" },
    { role: "arbitration" },
  ];
  const consortium = consortiumOf(members, { ...COURT_AND_BANK, total: 2 });

  it("fills the role of its earliest cosigner that counts", () => {
    expect(gotOf(count(consortium, [[0, 5], [1, 4], [2, 4]]))).toEqual({ total: 2, court: 1, bank: 0 }); // prettier-ignore
    expect(gotOf(count(consortium, [[0, 4], [1, 5], [2, 4]]))).toEqual({ total: 2, court: 0, bank: 1 }); // prettier-ignore
  });

  it("in one second, of the first that the trust file lists, in whatever order the lines stand", () => {
    const lines = [[1, 4], [0, 4], [2, 4]] as const; // prettier-ignore
    expect(gotOf(count(consortium, lines))).toEqual({ total: 2, court: 0, bank: 1 });
    expect(count(consortium, [...lines].reverse())).toEqual(count(consortium, lines));
  });
});

const role = fc.constantFrom("court" as const, "bank" as const, "arbitration" as const);
const member = fc.record({
  role,
  kind: fc.constantFrom("mirror" as const, "mirror" as const, "witness" as const),
  controlledBy: fc.constantFrom(undefined, undefined, ...[0, 1, 2, 3, 4].map(idOf), "holding", "operator"),
});
const quorum = fc.record({
  total: fc.integer({ min: 1, max: 4 }),
  roles: fc.uniqueArray(fc.record({ role, count: fc.constantFrom(1, 1, 2) }), {
    selector: (each) => each.role,
  }),
  mirrorsOnly: fc.boolean(),
});
const members = fc.array(member, { maxLength: 5 });

function* ordersOf(set: readonly number[]): Generator<readonly number[]> {
  if (set.length === 0) yield [];
  for (const first of set)
    for (const rest of ordersOf(set.filter((other) => other !== first))) yield [first, ...rest];
}

describe("every trust file of up to five members", () => {
  it("can be met, or by two that share no voice, exactly where some orders of cosigning do", () => {
    fc.assert(
      fc.property(members, quorum, (drawn, rule) => {
        const consortium = consortiumOf(drawn, rule);
        const groupOf = (i: number) => findGroup(consortium, idOf(i))?.id;
        const enough: ReadonlySet<string | undefined>[] = [];
        for (let set = 0; set < 1 << drawn.length; set++) {
          const signed = drawn.flatMap((_, i) => ((set >> i) & 1 ? [i] : []));
          for (const order of ordersOf(signed))
            if (
              count(
                consortium,
                order.map((i, time) => [i, time + 1]),
              ).holds
            ) {
              enough.push(new Set(signed.map(groupOf)));
              break;
            }
        }
        const everybody = { consortium, depositor: undefined, parties: [] };
        expect(isQuorumReachable(everybody)).toBe(enough.length > 0);
        const areApart = enough.some((one) => enough.some((other) => [...one].every((id) => !other.has(id))));
        expect(quorumsIntersect(consortium)).toBe(!areApart);
      }),
      runsOfLongProof("trust files of up to five members", { part: 100, whole: 300 }),
    );
  });

  it("counts the same for every order of lines, and never less for a later cosignature more", () => {
    const cosigned = fc.array(fc.tuple(fc.nat({ max: 4 }), fc.integer({ min: 1, max: 3 })), { maxLength: 8 });
    fc.assert(
      fc.property(members, quorum, cosigned, (drawn, rule, all) => {
        const consortium = consortiumOf(drawn, rule);
        const signed = all.filter(([i]) => i < drawn.length);
        const counted = count(consortium, signed);
        expect(count(consortium, [...signed].reverse())).toEqual(counted);
        expect(counted.total.got).toBe(
          new Set(
            counted.cosigners
              .filter((each) => each.counted)
              .map((each) => findGroup(consortium, each.organisation)?.id),
          ).size,
        );
        for (let i = 0; i < drawn.length; i++) {
          const more = count(consortium, [...signed, [i, 9]]);
          expect(more.total.got).toBeGreaterThanOrEqual(counted.total.got);
          more.roles.forEach(({ got }, at) =>
            expect(got).toBeGreaterThanOrEqual(counted.roles[at]?.got ?? 0),
          );
        }
      }),
      runsOfLongProof("trust files of up to five members", { part: 100, whole: 300 }),
    );
  });
});
