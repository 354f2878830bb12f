/**
 * Changes judged at every tree size: whether two quorums must share a member between any two of the sizes that a trust file
 * names, and from which size what is new counts. The entry is that of index 100.
 */
import { SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import { applyChange } from "../../src/core/membership/apply-change.js";
import type { Change } from "../../src/core/membership/change.js";
import type { TrustFile } from "../../src/core/trust/trust-file.js";
import { type Made, madeChange, QUORUM, textOf, trustFile } from "./membership-world.js";
import { cosigners, signer } from "./sample-world.js";

const { courtEast, courtWest, bankA, bankB, bankASubsidiary, arbitration } = cosigners;
const EVERYBODY = [...QUORUM, bankA, bankASubsidiary, arbitration];
/** The largest tree size that can be written. */
const NEVER = Number.MAX_SAFE_INTEGER;

const after = (before: TrustFile, ...changes: readonly Change[]): TrustFile =>
  changes.reduce(applyChange, before);
const leaves = (id: string, until: number): Change => ({ kind: "retire-organisation", id, until });
const anyOf = (total: number, from: number): Change => ({
  kind: "change-quorum",
  quorum: { total, roles: {}, mirrorsOnly: false },
  from,
});
/** As it is listed, but tied to nobody, and with these members. */
const organisationAs = (id: string, members: object): Change => {
  const present = trustFile().organisations.find((each) => each.id === id);
  if (present === undefined) throw new Error(`no ${id} in the sample`);
  const { controlledBy: _, ...free } = present;
  return { kind: "change-organisation", organisation: { ...free, ...members } };
};
const ruledBy = (quorum: TrustFile["quorum"]): TrustFile => ({
  ...trustFile(),
  type: "cunzheng/consortium@v2",
  quorum,
});
const usual = { total: 3, roles: { court: 1, bank: 1 }, mirrorsOnly: false };

const MIRRORS = ["court-east", "bank-a", "bank-b"];
const threeMirrors = (): TrustFile => ({
  ...ruledBy({ total: 2, roles: {}, mirrorsOnly: true }),
  witnesses: trustFile().witnesses.map((each) => ({
    ...each,
    kind: MIRRORS.includes(each.organisation) ? ("mirror" as const) : ("witness" as const),
  })),
});
/** For trees below 50 two courts suffice; by then there are three. */
const threeCourts = after(
  ruledBy({ ...usual, former: [{ total: 2, roles: { court: 2 }, mirrorsOnly: false, until: 50 }] }),
  organisationAs("arbitration", { role: "court" }),
);

const node = (from: number): Change => ({
  kind: "add-witness",
  witness: {
    name: "court-south.example/witness",
    kind: "witness",
    vkeys: [signer("court-south.example/witness", SIGNATURE_TYPE.cosignature, 21).vkey.text],
    organisation: "court-east",
    url: "https://court-south.example",
    from,
  },
});
const rotation = (until: number, from: number, name = bankB.vkey.name): Change => ({
  kind: "rotate-key",
  name,
  until,
  vkeys: [signer(name, SIGNATURE_TYPE.cosignature, 24).vkey.text],
  from,
});

/** Accepted. */
export const BY_SIZE: Readonly<Record<string, Made>> = {
  "a node counts from the first tree that holds its change": { change: node(101) },
  "a key was compromised from the start, and another counts from the first tree on": {
    change: rotation(0, 101),
    approvers: [courtEast, courtWest, bankA],
  },
  "a quorum holds from the first tree that holds its change": { change: anyOf(4, 101) },
  "the quorum is lowered from the size on at which members have left": {
    before: after(trustFile(), anyOf(3, 50), leaves("court-west", 200), leaves("arbitration", 200)),
    change: anyOf(2, 200),
    approvers: EVERYBODY,
  },
  "two quorums without a common member exist for a while, and a change is possible": {
    before: ruledBy({ ...usual, former: [{ total: 2, roles: {}, mirrorsOnly: false, until: 150 }] }),
    change: leaves("arbitration", 140),
  },
  "a group comes apart, where the quorum leaves room for it": {
    before: ruledBy({ total: 4, roles: {}, mirrorsOnly: false }),
    change: organisationAs("bank-a-leasing", {}),
    approvers: EVERYBODY,
  },
};

export const BACKDATED: Readonly<Record<string, Made>> = {
  "a node from before its change": { change: node(100) },
  "a node from the first tree of all": { change: node(0) },
  "a key from before its change": { change: rotation(40, 100), approvers: [courtEast, courtWest, bankA] },
  "a quorum from before its change": { change: anyOf(4, 100) },
  "backdated, and of what is not there": { change: rotation(40, 100, "court-south.example/witness") },
};

export const SPLITTING: Readonly<Record<string, Made>> = {
  "a quorum as if those who leave later had left": {
    before: after(trustFile(), leaves("court-west", 200), leaves("arbitration", 200)),
    change: anyOf(2, 199),
    approvers: EVERYBODY,
  },
  "a quorum as if those who never leave had left": {
    before: after(trustFile(), leaves("court-west", NEVER), leaves("arbitration", NEVER)),
    change: anyOf(2, 103),
    approvers: EVERYBODY,
  },
  "a group comes apart": { change: organisationAs("bank-a-leasing", {}), approvers: EVERYBODY },
  "a group comes apart, whose one voice the former quorum rests on": {
    before: after(trustFile(), anyOf(4, 50)),
    change: organisationAs("bank-a-leasing", {}),
    approvers: EVERYBODY,
  },
  "a fourth court, where two courts sufficed for small trees": {
    before: threeCourts,
    change: organisationAs("bank-b", { role: "court" }),
    approvers: EVERYBODY,
  },
  "the two courts under the file before, the three others under the one after": {
    before: ruledBy({ total: 2, roles: { court: 2 }, mirrorsOnly: false }),
    change: anyOf(3, 150),
    approvers: EVERYBODY,
  },
  "two of three mirrors before, the third and two witnesses after": {
    before: threeMirrors(),
    change: anyOf(3, 150),
    approvers: EVERYBODY,
  },
};

const [first, second, third] = [leaves("court-west", NEVER), leaves("arbitration", NEVER), anyOf(2, 4)];
/** The entries of a ledger, each approved by everybody: the last is none the less no change. */
export const LEAVING_IN_NAME = [
  { before: trustFile(), change: first },
  { before: after(trustFile(), first), change: second },
  { before: after(trustFile(), first, second), change: third },
].map((made) => textOf(madeChange({ ...made, approvers: EVERYBODY })));
