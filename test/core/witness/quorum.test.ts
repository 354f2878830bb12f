/** That two quorums always share a member, against every pair of sets of organisations that can count. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { SIGNATURE_TYPE, type VerifierKey } from "../../../src/core/ledger/vkey.js";
import type { Consortium, Witness } from "../../../src/core/witness/consortium.js";
import type { OrganisationRole } from "../../../src/core/witness/trust-file.js";
import { quorumsIntersect } from "../../../src/core/witness/quorum.js";

interface Node {
  readonly role: OrganisationRole;
  readonly kind: Witness["kind"];
  readonly isOperators: boolean;
}

/** For nobody to verify with. */
const keys = (name: string): VerifierKey[] => [
  { name, keyId: 0, type: SIGNATURE_TYPE.cosignature, publicKey: new Uint8Array(32), text: name },
];

function consortiumOf(nodes: readonly Node[], quorum: Partial<Consortium["quorum"]>): Consortium {
  const named = (id: string, role: OrganisationRole) => ({
    id,
    role,
    name: { zh: id, en: id },
    creditCode: id,
  });
  return {
    revision: 0,
    log: {
      origin: "ledger.example",
      organisation: "operator",
      vkeys: [],
      former: [],
      url: "https://ledger.example",
    },
    receipts: { vkeys: [] },
    organisations: [
      named("operator", "notary"),
      ...nodes.map(({ role, isOperators }, i) => ({
        ...named(`member-${i}`, role),
        ...(isOperators && { controlledBy: "operator" }),
      })),
    ],
    witnesses: nodes.map(({ kind }, i) => ({
      name: `member-${i}.example`,
      kind,
      vkeys: keys(`member-${i}.example`),
      organisation: `member-${i}`,
      url: `https://member-${i}.example`,
    })),
    quorum: {
      total: 1,
      roles: [],
      excludeParties: true,
      mirrorsOnly: true,
      signatures: "any",
      former: [],
      ...quorum,
    },
    timestampAuthorities: [],
    certificateAuthorities: [],
    setAside: [],
  };
}

const mirrors = (count: number): Node[] =>
  Array.from({ length: count }, () => ({ role: "court", kind: "mirror", isOperators: false }));

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
        expect(quorumsIntersect(consortiumOf(nodes, { total, roles, mirrorsOnly }))).toBe(!areDisjoint);
      }),
      { numRuns: 500 },
    );
  });
});
