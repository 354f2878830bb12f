/**
 * A trust file exported as a tlog-policy: the files under test/vectors/policy/, and that whatever an exported policy
 * accepts, the quorum accepts: over every set of cosigners of trust files drawn at random.
 */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { hex, utf8 } from "../../../src/core/bytes.js";
import { ParseError } from "../../../src/core/errors.js";
import { algorithmOf, type VerifierKey } from "../../../src/core/ledger/vkey.js";
import { type Consortium, parseConsortium, type Witness } from "../../../src/core/trust/consortium.js";
import { encodePolicy, PolicyError, type PolicyQuestion } from "../../../src/core/trust/policy.js";
import { countQuorum } from "../../../src/core/trust/quorum.js";
import { runsOfLongProof } from "../../long-proof.js";
import { readCases } from "../vector-files.js";
import { parsePolicy } from "./policy-evaluator.js";

interface ExportCase extends Omit<PolicyQuestion, "consortium"> {
  readonly consortium: unknown;
}

const questionOf = ({ consortium, parties, treeSize, format }: ExportCase): PolicyQuestion => ({
  consortium: parseConsortium(utf8(JSON.stringify(consortium))),
  parties,
  format,
  ...(treeSize !== undefined && { treeSize }),
});

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof PolicyError || error instanceof ParseError) return error.code;
    throw error;
  }
}

/** How the policy and the trust file answer, over every set of the trust file's witness keys. */
function compare(question: PolicyQuestion): { strays: number; missed: number; accepted: number } {
  const { consortium, parties, treeSize, format } = question;
  const policy = parsePolicy(encodePolicy(question));
  const spell = (vkey: VerifierKey) => (format === "sigsum" ? hex(vkey.publicKey) : vkey.text);
  const vkeys = [
    ...new Map(consortium.witnesses.flatMap((each) => each.vkeys).map((vkey) => [vkey.text, vkey])).values(),
  ];
  const isMlDsa = consortium.quorum.signatures === "ml-dsa-44";
  const logKeys = consortium.log.vkeys.filter((vkey) => (algorithmOf(vkey) === "ml-dsa-44") === isMlDsa);
  expect(policy.logKeys).toEqual(logKeys.slice(0, 1).map(spell));
  // Without a size the policy is for all of them: those where something changes stand for all.
  const sizes =
    treeSize === undefined
      ? [...new Set([0, ...consortium.witnesses.flatMap(({ from = 0, until = 0 }) => [from, until])])]
      : [treeSize];
  let [strays, missed, accepted] = [0, 0, 0];
  for (let set = 0; set < 1 << vkeys.length; set++) {
    const signed = vkeys.filter((_, i) => (set >> i) & 1);
    const byPolicy = policy.accepts(new Set(signed.map(spell)));
    // Who of a group has signed first may decide in which role it counts: a policy does not know.
    const inOrders = [() => 1, (i: number) => i + 1, (i: number) => signed.length - i].map((timeOf) => {
      const cosignatures = signed.map((vkey, i) => ({ vkey, timeSeconds: timeOf(i), line: "" }));
      const question = { consortium, cosignatures, depositor: undefined, parties };
      return sizes.every((size) => countQuorum({ ...question, treeSize: size }).holds);
    });
    if (byPolicy) accepted++;
    if (byPolicy && inOrders.includes(false)) strays++;
    if (inOrders.includes(true) && !byPolicy) missed++;
  }
  return { strays, missed, accepted };
}

describe("vectors", () => {
  const { accepted, refused } = readCases<ExportCase & { policy: string }, ExportCase>("policy");

  it.each(accepted)("accepted: $name", (exported) => {
    const question = questionOf(exported);
    expect(encodePolicy(question)).toBe(exported.policy);
    const { strays, missed, accepted: sets } = compare(question);
    expect(strays).toBe(0);
    expect(sets).toBeGreaterThan(0);
    if (exported.policy.includes("\n# these groups accept all cosigners that meet the quorum"))
      expect(missed).toBe(0);
    else expect(exported.policy).toContain("\n# stricter than the quorum");
  });

  it.each(refused)("refused: $name", (exported) => {
    expect(codeOf(() => encodePolicy(questionOf(exported)))).toBe((exported as { code?: string }).code);
  });
});

describe("whatever a policy accepts, the quorum accepts", () => {
  const ORGANISATIONS = ["none", "a", "b", "c", "d", "e"];
  const ROLES = ["court", "bank", "arbitration"] as const;
  const keyOf = (name: string): VerifierKey => ({
    name,
    keyId: 1,
    type: 4,
    publicKey: utf8(name),
    text: `${name}+00000001+AA==`,
  });
  /** Mostly absent: a draw in which everything goes wrong at once reaches no quorum. */
  const seldom = <T>(value: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
  const count = fc.constantFrom(undefined, undefined, undefined, 1, 1, 2);
  const treeSize = seldom(fc.integer({ min: 0, max: 3 }));
  const organisationId = fc.constantFrom(...ORGANISATIONS);
  const role = fc.constantFrom(...ROLES);
  const controlledBy = seldom(organisationId);
  const witness = fc.record({
    organisation: organisationId,
    kind: fc.constantFrom("mirror" as const, "mirror" as const, "witness" as const),
    keys: fc.constantFrom(0, 1, 1, 1, 2),
    from: treeSize,
    until: treeSize,
  });
  const question = fc.record({
    organisations: fc.tuple(...ORGANISATIONS.map(() => fc.record({ role, controlledBy }))),
    witnesses: fc.array(witness, { minLength: 5, maxLength: 8 }),
    total: fc.integer({ min: 1, max: 3 }),
    roles: fc.record({ court: count, bank: count, arbitration: count }),
    mirrorsOnly: fc.boolean(),
    parties: fc.uniqueArray(organisationId, { maxLength: 1 }),
    treeSize: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    format: fc.constantFrom("c2sp" as const, "sigsum" as const),
  });

  const optional = <Name extends string, T>(name: Name, value: T | undefined) =>
    (value === undefined ? {} : { [name]: value }) as { [name in Name]?: T };

  it("over every set of cosigners", () => {
    let [compared, unreachable] = [0, 0];
    const runs = runsOfLongProof("trust files exported as a policy", { part: 100, whole: 500 });
    fc.assert(
      fc.property(question, (drawn) => {
        const consortium: Consortium = {
          revision: 0,
          log: {
            origin: "log",
            organisation: "e",
            vkeys: [keyOf("log")],
            former: [],
            url: "https://log.example",
          },
          receipts: { vkeys: [] },
          organisations: drawn.organisations.map((members, i) => ({
            id: ORGANISATIONS[i] as string,
            role: members.role,
            name: { zh: "示例", en: "Example" },
            creditCode: "EXAMPLE",
            ...optional("controlledBy", members.controlledBy),
          })),
          witnesses: drawn.witnesses.map(({ organisation, kind, keys, from, until }, i): Witness => ({
            name: `w${i}`,
            kind,
            organisation,
            url: "https://w.example",
            vkeys: Array.from({ length: Math.min(keys, i < 3 ? 2 : 1) }, (_, key) => keyOf(`w${i}-${key}`)),
            ...optional("from", from),
            ...optional("until", until),
          })),
          quorum: {
            total: drawn.total,
            roles: ROLES.flatMap((each) =>
              drawn.roles[each] === undefined ? [] : [{ role: each, count: drawn.roles[each] }],
            ),
            excludeParties: true,
            mirrorsOnly: drawn.mirrorsOnly,
            signatures: "any",
            former: [],
          },
          timestampAuthorities: [],
          certificateAuthorities: [],
          setAside: [],
        };
        const { parties, format } = drawn;
        const asked = { consortium, parties, format, ...optional("treeSize", drawn.treeSize) };
        if (codeOf(() => encodePolicy(asked)) === "quorum-unreachable") {
          unreachable++;
          return;
        }
        const { strays, accepted } = compare(asked);
        expect(strays).toBe(0);
        expect(accepted).toBeGreaterThan(0);
        compared++;
      }),
      runs,
    );
    // A draw that hardly ever reaches a quorum would prove nothing.
    expect(compared).toBeGreaterThan(runs.numRuns / 50);
    expect(unreachable).toBeGreaterThan(runs.numRuns / 50);
  });
});
