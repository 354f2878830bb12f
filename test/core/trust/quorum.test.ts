/** That two quorums always share a member, against every pair of sets of organisations that can count. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Witness } from "../../../src/core/trust/consortium.js";
import type { OrganisationRole } from "../../../src/core/trust/trust-file.js";
import { quorumsIntersect } from "../../../src/core/trust/quorum.js";
import { consortiumOf, type Member } from "./members.js";

const mirrors = (count: number): Member[] =>
  Array.from({ length: count }, () => ({ role: "court", kind: "mirror" }));

describe("quorumsIntersect", () => {
  it("asks for more than half", () => {
    expect(quorumsIntersect(consortiumOf(mirrors(5), { total: 3 }))).toBe(true);
    expect(quorumsIntersect(consortiumOf(mirrors(5), { total: 2 }))).toBe(false);
    expect(quorumsIntersect(consortiumOf(mirrors(4), { total: 2 }))).toBe(false);
  });

  it("says what trying every two sets says", () => {
    const role = fc.constantFrom<OrganisationRole>("court", "bank");
    const node = fc.record({
      role,
      kind: fc.constantFrom<Witness["kind"]>("mirror", "witness"),
      isOperators: fc.boolean(),
    });
    const quorum = fc.record({
      total: fc.integer({ min: 1, max: 5 }),
      roles: fc.uniqueArray(fc.record({ role, count: fc.integer({ min: 1, max: 3 }) }), {
        selector: ({ role: name }) => name,
      }),
      mirrorsOnly: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(node, { maxLength: 7 }), quorum, (nodes, { total, roles, mirrorsOnly }) => {
        const usable = nodes.filter(
          ({ kind, isOperators }) => !isOperators && (kind === "mirror" || !mirrorsOnly),
        );
        const isEnough = (set: number): boolean => {
          const members = usable.filter((_, i) => (set >> i) & 1);
          return (
            members.length >= total &&
            roles.every((wanted) => members.filter((m) => m.role === wanted.role).length >= wanted.count)
          );
        };
        const all = (1 << usable.length) - 1;
        let areDisjoint = false;
        for (let set = 0; set <= all; set++) areDisjoint ||= isEnough(set) && isEnough(all & ~set);
        const members = nodes.map(({ isOperators, ...each }) => ({
          ...each,
          controlledBy: isOperators ? "operator" : undefined,
        }));
        expect(quorumsIntersect(consortiumOf(members, { total, roles, mirrorsOnly }))).toBe(!areDisjoint);
      }),
      { numRuns: 500 },
    );
  });

  it("is said of 100,000 terms of one node in a moment: the time does not grow with their square", () => {
    const consortium = consortiumOf(mirrors(3), { total: 2 });
    const [first] = consortium.witnesses;
    if (first === undefined) throw new Error("internal: no node");
    const terms = Array.from({ length: 100_000 }, (_, i) => ({ ...first, vkeys: [], from: i, until: i + 1 }));
    expect(quorumsIntersect({ ...consortium, witnesses: [...consortium.witnesses, ...terms] })).toBe(true);
  });
});
