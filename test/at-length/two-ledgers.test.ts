/**
 * Whatever changes a consortium approves, one after another: at no tree size can two quorums exist that share no member,
 * whichever of the trust files a verifier has. Looked for by trying all sets of members, in consortia small enough for it.
 */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { json, ORIGIN } from "../../scripts/make-vectors/sample-world.js";
import { VerificationError } from "../../src/core/errors.js";
import { formatVkey, SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import {
  type Change,
  CHANGE_TYPE,
  type ConsortiumChange,
  hashTrustFile,
} from "../../src/core/membership/change.js";
import { applyChange } from "../../src/core/membership/apply-change.js";
import { judgeChange } from "../../src/core/membership/verify-change.js";
import { parseTrustFile, type TrustFile } from "../../src/core/trust/trust-file.js";
import { runsOfLongProof } from "../long-proof.js";
import { newVkey } from "../core/membership/changing-consortium.js";

const IDS = ["a", "b", "c", "d", "e", "f"] as const;
const ROLES = ["court", "bank"] as const;
const LAST_SIZE = 24;
const SIZES = [...Array(LAST_SIZE + 2).keys(), Number.MAX_SAFE_INTEGER];

type Rule = Omit<TrustFile["quorum"], "former">;
type Organisation = TrustFile["organisations"][number];

const organisation = (id: string, members: Partial<Organisation> = {}): Organisation => ({
  id,
  role: "court",
  name: { zh: id, en: id },
  creditCode: id,
  ...members,
});
const postQuantumVkey = (name: string, serial: string): string => {
  const publicKey = new Uint8Array(1312).fill(1 + serial.charCodeAt(0));
  publicKey.set(Buffer.from(name.padEnd(40).slice(0, 40)));
  return formatVkey({ name, type: SIGNATURE_TYPE.mlDsa44, publicKey });
};
const nodeName = (id: string, serial: number): string => `${id}-${serial}.example`;

interface DrawnMember {
  readonly role: (typeof ROLES)[number];
  readonly controlledBy: string | undefined;
  readonly kind: "mirror" | "witness";
  readonly isPostQuantum: boolean;
}

function firstFile(members: readonly DrawnMember[], quorum: Rule): TrustFile {
  return parseTrustFile(
    json({
      type: "cunzheng/consortium@v2",
      log: {
        origin: ORIGIN,
        organisation: "operator",
        vkeys: [newVkey(ORIGIN, "log", SIGNATURE_TYPE.ed25519)],
        url: "x",
      },
      receipts: { vkeys: [newVkey("receipts.example", "0", SIGNATURE_TYPE.ed25519)] },
      organisations: [
        organisation("operator", { role: "notary" }),
        ...members.map(({ role, controlledBy }, i) =>
          organisation(IDS[i] ?? "", { role, ...(controlledBy !== undefined && { controlledBy }) }),
        ),
      ],
      witnesses: members.map(({ kind, isPostQuantum }, i) => {
        const [id, name] = [IDS[i] ?? "", nodeName(IDS[i] ?? "", 0)];
        const vkeys = [newVkey(name, "0"), ...(isPostQuantum ? [postQuantumVkey(name, "0")] : [])];
        return { name, kind, vkeys, organisation: id, url: "x" };
      }),
      quorum,
      timestampAuthorities: [],
      certificateAuthorities: [],
    }),
  );
}

// What is drawn.

const id = fc.constantFrom(...IDS);
const role = fc.constantFrom(...ROLES);
const tied = fc.constantFrom(...IDS, "operator", "nobody-listed");
const controller = fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: tied });
const kind = fc.constantFrom<"mirror" | "witness">("mirror", "mirror", "mirror", "witness");
const member: fc.Arbitrary<DrawnMember> = fc.record({
  role,
  controlledBy: controller,
  kind,
  isPostQuantum: fc.boolean(),
});
const rule: fc.Arbitrary<Rule> = fc.record({
  total: fc.constantFrom(1, 2, 2, 3, 3, 4),
  roles: fc.constantFrom<Rule["roles"]>(
    {},
    {},
    {},
    { court: 1 },
    { court: 2 },
    { court: 1, bank: 1 },
    { bank: 2 },
  ),
  mirrorsOnly: fc.boolean(),
  signatures: fc.constantFrom<NonNullable<Rule["signatures"]>>("any", "any", "any", "ed25519", "both"),
});
const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: LAST_SIZE / 2, max: LAST_SIZE }) },
  { weight: 1, arbitrary: fc.nat({ max: LAST_SIZE }) },
  { weight: 2, arbitrary: fc.constant(Number.MAX_SAFE_INTEGER) },
);
const free = <T extends { readonly controlledBy: string | undefined }>({ controlledBy, ...rest }: T) =>
  ({ ...rest, ...(controlledBy !== undefined && { controlledBy }) }) as Omit<T, "controlledBy"> &
    Partial<Organisation>;
/** With whatever sizes, back-dated ones among them. */
const changeOfQuorum = fc.record({
  kind: fc.constant("change-quorum" as const),
  quorum: rule,
  from: size,
});
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: changeOfQuorum },
  fc.record({ kind: fc.constant("retire-organisation" as const), id, until: size }),
  fc.record({
    kind: fc.constant("retire-witness" as const),
    name: id.map((each) => nodeName(each, 0)),
    until: size,
  }),
  fc.record({ id, role, controlledBy: controller }).map((drawn): Change => ({
    kind: "change-organisation",
    organisation: organisation(drawn.id, free(drawn)),
  })),
  fc.record({ id, role, controlledBy: controller }).map((drawn): Change => ({
    kind: "add-organisation",
    organisation: organisation(drawn.id, free(drawn)),
  })),
  fc
    .record({ of: id, serial: fc.nat({ max: 2 }), kind, from: size })
    .map(({ of, serial, ...rest }): Change => {
      const name = nodeName(of, serial);
      const vkeys = [newVkey(name, `added ${serial}`)];
      return { kind: "add-witness", witness: { ...rest, name, vkeys, organisation: of, url: "x" } };
    }),
  fc
    .record({ of: id, serial: fc.nat({ max: 1 }), until: size, from: size })
    .map(({ of, serial, until, from }): Change => {
      const name = nodeName(of, 0);
      const vkeys = [newVkey(name, `rotated ${serial}`), postQuantumVkey(name, `r${serial}`)];
      return { kind: "rotate-key", name, until, vkeys, from };
    }),
);

// What a verifier of a trust file would accept, found by trying every set of members.

/** `compute`, once for each key. */
function remembered<Key extends object, T>(compute: (key: Key) => T): (key: Key) => T {
  const known = new WeakMap<Key, { readonly value: T }>();
  return (key) => {
    const found = known.get(key) ?? { value: compute(key) };
    known.set(key, found);
    return found.value;
  };
}

const isIn = ({ from = 0, until = Infinity }: { from?: number; until?: number }, at: number) =>
  at >= from && at < until;

/** Of each organisation its group, as the smallest set closed under `controlledBy`. */
const groupsOf = remembered(({ organisations }: TrustFile): ReadonlyMap<string, ReadonlySet<string>> => {
  const groups = organisations.map(({ id: own, controlledBy = own }) => new Set([own, controlledBy]));
  for (let merged = true; merged;) {
    merged = false;
    for (const one of groups)
      for (const other of groups)
        if (one !== other && [...one].some((each) => other.has(each)) && other.size > 0) {
          for (const each of other) one.add(each);
          other.clear();
          merged = true;
        }
  }
  return new Map(groups.flatMap((group) => [...group].map((each) => [each, group] as const)));
});

const ruleAt = ({ quorum: { former = [], ...present } }: TrustFile, at: number): Rule =>
  former.find(({ until }) => at < until) ?? present;

/** Whether it could count for itself: a node of the right kind, with the keys that the rule asks for. */
function canCount(file: TrustFile, own: string, at: number): boolean {
  const { mirrorsOnly = true, signatures = "any" } = ruleAt(file, at);
  if (groupsOf(file).get(own)?.has("operator")) return false;
  const entries = file.witnesses.filter((each) => each.organisation === own && isIn(each, at));
  return entries.some(({ name, kind: of }) => {
    if (mirrorsOnly && of !== "mirror") return false;
    const keys = entries.filter((each) => each.name === name).flatMap(({ vkeys }) => vkeys);
    const lengths = new Set(keys.map((vkey) => (vkey.length > 500 ? "ml-dsa-44" : "ed25519")));
    if (signatures === "both") return lengths.size === 2;
    return signatures === "any" ? keys.length > 0 : lengths.has(signatures);
  });
}

/** The sets of organisations that could cosign a tree of this size so that the quorum holds. */
function quorumsAt(file: TrustFile, at: number): readonly ReadonlySet<string>[] {
  const known = quorumsOf(file);
  const found = known.get(at) ?? smallestOf(findQuorums(file, at));
  known.set(at, found);
  return found;
}
const quorumsOf = remembered((_: TrustFile) => new Map<number, readonly ReadonlySet<string>[]>());
/** A quorum that has another one in it shares members wherever that one does. */
const smallestOf = (quorums: readonly ReadonlySet<string>[]) =>
  quorums.filter(
    (one) => !quorums.some((other) => other.size < one.size && [...other].every((each) => one.has(each))),
  );

function findQuorums(file: TrustFile, at: number): ReadonlySet<string>[] {
  const { total, roles } = ruleAt(file, at);
  const groups = groupsOf(file);
  const roleOf = new Map(file.organisations.map((each) => [each.id, each.role]));
  const able = file.organisations.map((each) => each.id).filter((each) => canCount(file, each, at));
  const listed = new Set(file.organisations.map((each) => each.id));
  const topsOf = (group: ReadonlySet<string>) =>
    file.organisations.filter(
      (each) =>
        group.has(each.id) &&
        (each.controlledBy === undefined || each.controlledBy === each.id || !listed.has(each.controlledBy)),
    );
  const quorums: ReadonlySet<string>[] = [];
  for (let set = 1; set < 1 << able.length; set++) {
    const signed = able.filter((_, i) => (set >> i) & 1);
    const voices = [...new Set(signed.map((each) => groups.get(each)))];
    if (voices.length < total) continue;
    // Each voice may fill one of these roles, whoever of it signs first.
    const choices = voices.map((group = new Set()) => {
      const tops = topsOf(group);
      const own = signed.filter((each) => group.has(each)).map((each) => roleOf.get(each));
      return [...new Set(tops.length === 1 ? own.filter((each) => each === tops[0]?.role) : own)];
    });
    const wanted = Object.entries(roles) as [string, number][];
    const isFilled = (at_: number, filled: readonly (string | undefined)[]): boolean =>
      at_ === choices.length
        ? wanted.every(([name, count]) => filled.filter((each) => each === name).length >= count)
        : [...(choices[at_] ?? []), undefined].some((each) => isFilled(at_ + 1, [...filled, each]));
    if (isFilled(0, [])) quorums.push(new Set(signed));
  }
  return quorums;
}

/** Two quorums, one under each file, of which no member of one is a member of the other, or in one group with it in both. */
function areApart(one: TrustFile, other: TrustFile, at: number): boolean {
  const [groups, others] = [groupsOf(one), groupsOf(other)];
  const isShared = (a: string, b: string) =>
    a === b || (groups.get(a)?.has(b) === true && others.get(a)?.has(b) === true);
  const quorums = quorumsAt(other, at);
  return quorumsAt(one, at).some((mine) =>
    quorums.some((theirs) => ![...mine].some((a) => [...theirs].some((b) => isShared(a, b)))),
  );
}

const isSplitAt = (file: TrustFile, at: number): boolean => areApart(file, file, at);

/** As it stands on the ledger, approved by nobody: who has approved is not what is asked here. */
function judge(before: TrustFile, drawn: Change, treeSize: number): TrustFile | string {
  let after: TrustFile = before;
  try {
    after = applyChange(before, drawn);
  } catch {
    // Its own code is told below.
  }
  const proposal: ConsortiumChange = {
    type: CHANGE_TYPE,
    id: "01KATVRA0TEXAMP1E0000000C1",
    origin: ORIGIN,
    before: hashTrustFile(before),
    after: hashTrustFile(after),
    proposedAt: "2026-11-25T08:00:00.000Z",
    reason: "示例",
    change: drawn,
    approvals: [],
  };
  try {
    return judgeChange({ before, change: proposal, treeSize }).after;
  } catch (error) {
    if (error instanceof VerificationError) return error.code;
    throw error;
  }
}

interface Step {
  readonly file: TrustFile;
  /** Of its entry; of the first file -1. */
  readonly index: number;
  readonly change?: Change;
}

const codes = new Map<string, number>();
const count = (code: string) => codes.set(code, (codes.get(code) ?? 0) + 1);

function historyOf(start: TrustFile, drawn: readonly Change[]): Step[] {
  const steps: Step[] = [{ file: start, index: -1 }];
  drawn.forEach((each, i) => {
    const [{ file: before }] = steps.slice(-1) as [Step];
    const index = 3 * i;
    const judged = judge(before, each, index + 1);
    count(typeof judged === "string" ? judged : `valid ${each.kind}`);
    if (typeof judged !== "string") steps.push({ file: judged, index, change: each });
    if (judged !== "change-quorum-splits") return;
    // It is refused for a reason: some size at which the file before did not allow it, and the one after would.
    const after = applyChange(before, each);
    const isGroups = each.kind === "add-organisation" || each.kind === "change-organisation";
    const isFound = SIZES.some(
      (at) => !isSplitAt(before, at) && (isSplitAt(after, at) || areApart(before, after, at)),
    );
    expect(isFound || isGroups).toBe(true);
  });
  return steps;
}

const consortium = fc
  .tuple(fc.array(member, { minLength: 4, maxLength: 5 }), rule)
  .map(([members, quorum]) => firstFile(members, quorum));
const changes = fc.array(change, { minLength: 5, maxLength: 8 });

describe("a history of approved changes", () => {
  const runs = runsOfLongProof("histories in which no two quorums come apart", { part: 30, whole: 150 });

  it("never lets two quorums exist that share no member, at any tree size, under any file that is in use", () => {
    fc.assert(
      fc.property(consortium, changes, (start, drawn) => {
        fc.pre(!isSplitAt(start, 0) && quorumsAt(start, 0).length > 0);
        const steps = historyOf(start, drawn);
        steps.forEach(({ file }, j) => {
          for (const at of SIZES) {
            if (isSplitAt(file, at)) throw new Error(`file ${j} splits at ${at}`);
            const next = steps[j + 1]?.file;
            if (next && areApart(file, next, at)) throw new Error(`files ${j} and ${j + 1} split at ${at}`);
          }
          // Whoever has the file in force for a tree's size, or any later one: while nobody's role or group changes.
          const changed = steps.findIndex(
            (step, k) => k > j && /-organisation$/.test(step.change?.kind ?? "") && isRecast(step),
          );
          const later = steps.slice(j + 1, changed < 0 ? undefined : changed);
          for (const at of SIZES.filter((each) => each <= (steps[j + 1]?.index ?? Infinity)))
            for (const step of later)
              if (areApart(file, step.file, at)) throw new Error(`file ${j} and a later one split at ${at}`);
        });
      }),
      runs,
    );
    // Histories in which nothing is approved, or nothing refused for its quorums, would prove nothing.
    const valid = [...codes].filter(([code]) => code.startsWith("valid "));
    expect(valid.length).toBeGreaterThan(4);
    expect(codes.get("change-quorum-splits")).toBeGreaterThan(runs.numRuns / 50);
    expect(codes.get("change-backdated")).toBeGreaterThan(runs.numRuns / 50);
  }, 300_000);

  it("lets none exist where there were none, where the first file has its faults already", () => {
    fc.assert(
      fc.property(consortium, changes, (start, drawn) => {
        fc.pre(isSplitAt(start, 0));
        historyOf(start, drawn).forEach(({ file }, j, steps) => {
          const before = steps[j - 1]?.file;
          if (before === undefined) return;
          for (const at of SIZES)
            if (!isSplitAt(before, at) && (isSplitAt(file, at) || areApart(before, file, at)))
              throw new Error(`file ${j} splits at ${at}`);
        });
      }),
      runsOfLongProof("histories that begin with two quorums apart", { part: 10, whole: 60 }),
    );
  }, 300_000);
});

const isRecast = ({ change: of }: Step): boolean =>
  of?.kind === "change-organisation" || of?.kind === "add-organisation";
