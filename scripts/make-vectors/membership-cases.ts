/** The cases of test/vectors/consortium-change/: far more that are refused than accepted. */
import { approvalMessage } from "../../src/core/membership/approval.js";
import { applyChange } from "../../src/core/membership/apply-change.js";
import { type Change, type ConsortiumChange, hashTrustFile } from "../../src/core/membership/change.js";
import { SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import type { TrustFile } from "../../src/core/trust/trust-file.js";
import { cosignatureMessage } from "../../src/core/witness/cosignature.js";
import { BACKDATED, BY_SIZE, LEAVING_IN_NAME, SPLITTING } from "./membership-split-cases.js";
import { ACCEPTED as BY_ALGORITHM, REFUSED as REFUSED_FOR_SIGNATURES } from "./membership-signature-cases.js";
import { type Made, madeChange, QUORUM, textOf, trustFile } from "./membership-world.js";
import { cosignedLine, cosigners, json, log, ORIGIN, signer } from "./sample-world.js";

export interface MembershipCase {
  readonly name: string;
  readonly before: TrustFile;
  readonly index: number;
  readonly entry: string;
}
type RefusedCase = MembershipCase & { readonly code: string };

const INDEX = 100;
const { courtEast, courtWest, bankA, bankB, arbitration, notary, bankASubsidiary, stranger } = cosigners;
const cosigner = (name: string, seed: number) =>
  signer(`${name}.example/witness`, SIGNATURE_TYPE.cosignature, seed);
const courtSouth = cosigner("court-south", 31);
const newBankB = cosigner("bank-b", 32);
const newLog = signer(ORIGIN, SIGNATURE_TYPE.ed25519, 33);
const newReceipts = signer("receipts-2.example", SIGNATURE_TYPE.ed25519, 34);
const PEM = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";

const organisation = (id: string, members: object = {}) => ({
  id,
  role: "court" as const,
  name: { zh: "示例南区法院", en: "Example South Court" },
  creditCode: `EXAMPLE-${id}`,
  ...members,
});
const witness = (members: object = {}) => ({
  name: courtSouth.vkey.name,
  kind: "witness" as const,
  vkeys: [courtSouth.vkey.text],
  organisation: "court-east",
  url: "https://court-south.example",
  from: 120,
  ...members,
});
const quorum = { total: 4, roles: { court: 1, bank: 1 }, excludeParties: true, mirrorsOnly: false };
const addCourt: Change = { kind: "add-organisation", organisation: organisation("court-south") };
const changeLog: Change = { kind: "change-log", url: "https://new.example/ledger" };
const rotate: Change = {
  kind: "rotate-key",
  name: bankB.vkey.name,
  until: 120,
  vkeys: [newBankB.vkey.text],
  from: 120,
};

const given = (name: string, made: Made, index = INDEX): MembershipCase => ({
  name,
  before: made.before ?? trustFile(),
  index,
  entry: textOf(madeChange(made)),
});
const after = (...changes: readonly Change[]): TrustFile => changes.reduce(applyChange, trustFile());

const withLogKey = after({ kind: "add-log-key", vkey: newLog.vkey.text });
const withReceiptKey = after({ kind: "add-receipt-key", vkey: newReceipts.vkey.text });
const withAuthority = after({ kind: "add-timestamp-authority", certificate: PEM });
const withCertificates = after({ kind: "add-certificate-authority", certificate: PEM });
const rotated = after(rotate);
const split: TrustFile = { ...trustFile(), quorum: { total: 2, roles: {}, mirrorsOnly: false } };

export const ACCEPTED_CHANGES: readonly MembershipCase[] = [
  given("an organisation is added", { change: addCourt }),
  given("an organisation's name and credit code change", {
    change: {
      kind: "change-organisation",
      organisation: organisation("court-west", { creditCode: "EXAMPLE-2" }),
    },
  }),
  given("an organisation comes under another's control", {
    change: {
      kind: "change-organisation",
      organisation: organisation("court-west", { controlledBy: "somebody-else" }),
    },
  }),
  given("an organisation leaves later, and its own approval counts", {
    change: { kind: "retire-organisation", id: "bank-b", until: 200 },
  }),
  given("an organisation leaves with all its nodes", {
    before: after({ kind: "add-witness", witness: witness({ organisation: "court-west" }) }),
    change: { kind: "retire-organisation", id: "court-west", until: 50 },
    approvers: [courtEast, bankA, bankB],
  }),
  given("a node is added", { change: { kind: "add-witness", witness: witness() } }),
  given("a node comes back with its key", {
    before: after(
      { kind: "retire-witness", name: arbitration.vkey.name, until: 60 },
      { kind: "change-quorum", quorum, from: 80 },
    ),
    approvers: [...QUORUM, bankA],
    change: {
      kind: "add-witness",
      witness: witness({
        name: arbitration.vkey.name,
        vkeys: [arbitration.vkey.text],
        organisation: "arbitration",
      }),
    },
  }),
  given("a node's address changes", {
    change: { kind: "change-witness", name: bankB.vkey.name, url: "https://new.example" },
  }),
  given("a key is rotated, and the old one's own approval counts until then", { change: rotate }),
  given("a key was compromised at an earlier size: others approve", {
    change: { ...rotate, until: 40, from: 101 },
    approvers: [courtEast, courtWest, bankA],
  }),
  given("a compromised key's own approval is there and does not count", {
    change: { ...rotate, until: 40, from: 101 },
    approvers: [courtEast, courtWest, bankA, bankB],
  }),
  given("a node leaves", { change: { kind: "retire-witness", name: arbitration.vkey.name, until: 101 } }),
  given("a node never counted", {
    change: { kind: "retire-witness", name: bankA.vkey.name, until: 0 },
  }),
  given("the log has a second key", { change: { kind: "add-log-key", vkey: newLog.vkey.text } }),
  given("the log's first key ends", {
    before: withLogKey,
    change: { kind: "retire-log-key", vkey: log.vkey.text, until: 130 },
  }),
  given("the log moves", { change: changeLog }),
  given("receipts have a second key", { change: { kind: "add-receipt-key", vkey: newReceipts.vkey.text } }),
  given("receipts' first key goes", {
    before: withReceiptKey,
    change: { kind: "retire-receipt-key", vkey: trustFile().receipts.vkeys[0] as string },
  }),
  given("the quorum becomes stricter", { change: { kind: "change-quorum", quorum, from: 150 } }),
  given("the quorum changes a second time", {
    before: after({ kind: "change-quorum", quorum, from: 50 }),
    change: { kind: "change-quorum", quorum: { ...quorum, total: 5 }, from: 150 },
    approvers: [...QUORUM, arbitration],
  }),
  given("a timestamp authority is added", { change: { kind: "add-timestamp-authority", certificate: PEM } }),
  given("a timestamp authority goes", {
    before: withAuthority,
    change: { kind: "remove-timestamp-authority", certificate: PEM },
  }),
  given("a certificate authority is added", {
    change: { kind: "add-certificate-authority", certificate: PEM },
  }),
  given("a certificate authority goes", {
    before: withCertificates,
    change: { kind: "remove-certificate-authority", certificate: PEM },
  }),
  given(
    "the key that came by a rotation approves",
    {
      before: rotated,
      change: changeLog,
      approvers: [courtEast, courtWest, newBankB],
    },
    130,
  ),
  given("approvals of the log's own organisation and of one group are there and do not help", {
    change: changeLog,
    approvers: [...QUORUM, notary, bankA, bankASubsidiary],
  }),
  given("where two quorums without a common member exist, a change is possible", {
    before: split,
    change: { kind: "change-quorum", quorum, from: 150 },
  }),
  ...Object.entries(BY_ALGORITHM).map(([name, made]) => given(name, made)),
  ...Object.entries(BY_SIZE).map(([name, made]) => given(name, made)),
];

const refuse = (code: string, name: string, made: Made, index?: number): RefusedCase => ({
  ...given(name, made, index),
  code,
});
/** A valid change, spoilt as text or as members after it was approved. */
const spoilt = (
  code: string,
  name: string,
  spoil: (change: ConsortiumChange) => object | string,
): RefusedCase => {
  const result = spoil(madeChange({ change: changeLog }));
  const entry = typeof result === "string" ? result : Buffer.from(json(result)).toString();
  return { name, before: trustFile(), index: INDEX, entry, code };
};
const without = (name: string) => (change: ConsortiumChange) =>
  Object.fromEntries(Object.entries(change).filter(([member]) => member !== name));
/** The inner change as JSON that the types would not let through. */
const inner = (code: string, name: string, change: unknown): RefusedCase =>
  refuse(code, name, { change: change as Change });

const ASIDE = ["id", "origin", "before", "after", "proposedAt", "reason", "change", "approvals"];

const MALFORMED: readonly RefusedCase[] = [
  ...ASIDE.map((name) => spoilt("member-missing", `${name} is missing`, without(name))),
  spoilt("member-unknown", "a member more", (change) => ({ ...change, note: "" })),
  spoilt("id-invalid", "an id in lower case", (change) => ({ ...change, id: change.id.toLowerCase() })),
  spoilt("value-type", "an origin that is no string", (change) => ({ ...change, origin: 7 })),
  spoilt("value-range", "a hash of 31 bytes", (change) => ({
    ...change,
    before: Buffer.alloc(31).toString("base64"),
  })),
  spoilt("base64-invalid", "a hash without padding", (change) => ({
    ...change,
    after: change.after.replace("=", ""),
  })),
  spoilt("time-invalid", "a time without milliseconds", (change) => ({
    ...change,
    proposedAt: "2026-11-24T08:00:00Z",
  })),
  spoilt("value-type", "a reason that is null", (change) => ({ ...change, reason: null })),
  spoilt("value-type", "approvals that are no array", (change) => ({ ...change, approvals: {} })),
  spoilt("value-type", "an approval that is no string", (change) => ({ ...change, approvals: [1] })),
  spoilt("value-type", "a change that is no object", (change) => ({ ...change, change: "change-log" })),
  spoilt("json-syntax", "text that is no JSON", (change) => `x${textOf(change)}`),
  spoilt("json-duplicate-key", "a member twice", (change) =>
    textOf(change).replace('{"after"', '{"reason":"","after"'),
  ),
  spoilt("change-not-canonical", "white space", (change) => textOf(change).replace(',"id"', ', "id"')),
  spoilt("change-not-canonical", "an escape that need not be", (change) =>
    textOf(change).replace("example consortium", "\\u0065xample consortium"),
  ),
  inner("member-unknown", "no kind, so no member of one", { url: "https://new.example" }),
  inner("member-missing", "no kind and nothing else", {}),
  inner("value-range", "a kind that does not exist", { kind: "remove-organisation", id: "bank-b" }),
  inner("value-type", "a kind that is no string", { kind: 1 }),
  inner("member-missing", "a member of the kind is missing", { kind: "change-log" }),
  inner("member-unknown", "a member of another kind", { ...changeLog, vkey: "" }),
  inner("member-missing", "an end without a size", { kind: "retire-witness", name: bankB.vkey.name }),
  inner("value-range", "an end below 0", { kind: "retire-witness", name: bankB.vkey.name, until: -1 }),
  inner("value-type", "a new node whose beginning is null", {
    kind: "add-witness",
    witness: { ...witness(), from: null },
  }),
  inner("member-unknown", "a new node with an end", {
    kind: "add-witness",
    witness: witness({ until: 200 }),
  }),
  inner("value-range", "a new node of an unknown kind", {
    kind: "add-witness",
    witness: witness({ kind: "log" }),
  }),
  inner("value-range", "an organisation of an unknown role", {
    kind: "add-organisation",
    organisation: organisation("court-south", { role: "judge" }),
  }),
  inner("id-invalid", "an organisation with a capital letter", {
    kind: "add-organisation",
    organisation: organisation("Court-South"),
  }),
  inner("quorum-invalid", "a quorum of nobody", {
    kind: "change-quorum",
    quorum: { ...quorum, total: 0 },
    from: 101,
  }),
  inner("member-unknown", "a quorum with its own past", {
    kind: "change-quorum",
    quorum: { ...quorum, former: [] },
    from: 101,
  }),
  {
    name: "an entry of 65,536 bytes",
    before: trustFile(),
    index: INDEX,
    entry: tooLarge(),
    code: "change-too-large",
  },
];

function tooLarge(): string {
  const change = madeChange({ change: changeLog });
  const room = 65_536 - textOf({ ...change, reason: "" }).length;
  return Buffer.from(json({ ...change, reason: "r".repeat(room) })).toString();
}

const UNFIT: readonly RefusedCase[] = [
  refuse("origin-mismatch", "of another ledger", {
    change: changeLog,
    proposal: { origin: "ledger.example/other" },
  }),
  refuse("change-of-other-trust-file", "of another trust file", {
    change: changeLog,
    proposal: { before: hashTrustFile(rotated) },
  }),
  refuse("change-result-differs", "it leads elsewhere than it says", {
    change: changeLog,
    proposal: { after: hashTrustFile(rotated) },
  }),
  refuse("change-result-differs", "it says that nothing changes", {
    change: changeLog,
    proposal: { after: hashTrustFile(trustFile()) },
  }),
  ...(
    [
      ["change-organisation", { organisation: organisation("court-south") }],
      ["retire-organisation", { id: "court-south", until: 120 }],
      ["change-witness", { name: "court-south.example/witness", url: "" }],
      ["rotate-key", { name: "court-south.example/witness", until: 1, vkeys: [], from: 120 }],
      ["retire-witness", { name: "court-south.example/witness", until: 120 }],
      ["retire-log-key", { vkey: newLog.vkey.text, until: 120 }],
      ["retire-receipt-key", { vkey: newReceipts.vkey.text }],
      ["remove-timestamp-authority", { certificate: PEM }],
      ["remove-certificate-authority", { certificate: PEM }],
    ] as const
  ).map(([kind, members]) =>
    inner("change-names-unknown", `${kind} of what is not there`, { kind, ...members }),
  ),
  inner("change-names-existing", "an organisation that is there", {
    kind: "add-organisation",
    organisation: organisation("bank-b"),
  }),
  inner("change-names-existing", "a node that is there", {
    kind: "add-witness",
    witness: witness({ name: bankB.vkey.name, vkeys: [newBankB.vkey.text], organisation: "bank-b" }),
  }),
  inner("change-names-existing", "a key of the log that is there", {
    kind: "add-log-key",
    vkey: log.vkey.text,
  }),
  refuse("change-names-existing", "a key of the log that has ended", {
    before: applyChange(withLogKey, { kind: "retire-log-key", vkey: log.vkey.text, until: 90 }),
    change: { kind: "add-log-key", vkey: log.vkey.text },
  }),
  inner("change-names-existing", "a receipt key that is there", {
    kind: "add-receipt-key",
    vkey: trustFile().receipts.vkeys[0],
  }),
  refuse("change-names-existing", "an authority that is there", {
    before: withAuthority,
    change: { kind: "add-timestamp-authority", certificate: PEM },
  }),
  inner("change-empty", "the log's present address", { kind: "change-log", url: trustFile().log.url }),
  inner("change-empty", "a node's present address", {
    kind: "change-witness",
    name: bankB.vkey.name,
    url: trustFile().witnesses.find(({ name }) => name === bankB.vkey.name)?.url,
  }),
  inner("change-empty", "an organisation as it is", {
    kind: "change-organisation",
    organisation: trustFile().organisations[1],
  }),
  inner("change-empty", "the present quorum", {
    kind: "change-quorum",
    quorum: trustFile().quorum,
    from: 150,
  }),
  refuse("change-empty", "an end after the end", {
    before: after({ kind: "retire-witness", name: arbitration.vkey.name, until: 60 }),
    change: { kind: "retire-witness", name: arbitration.vkey.name, until: 61 },
  }),
  refuse("change-empty", "an organisation without a node leaves", {
    before: after(addCourt),
    change: { kind: "retire-organisation", id: "court-south", until: 120 },
  }),
];
const broken = (name: string, change: unknown, before?: TrustFile): RefusedCase =>
  refuse("change-breaks-trust-file", name, { change: change as Change, ...(before && { before }) });
const weak = `weak.example+00000000+BAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`;

const UNSOUND: readonly RefusedCase[] = [
  broken("a node of nobody", { kind: "add-witness", witness: witness({ organisation: "court-south" }) }),
  broken("a node under another's key", {
    kind: "add-witness",
    witness: witness({ vkeys: [bankB.vkey.text] }),
  }),
  broken("a key that is no key", { ...rotate, vkeys: ["bank-b.example/witness"] }),
  broken("a key of small order", { kind: "add-witness", witness: witness({ vkeys: [weak] }) }),
  broken("a key named by another origin", { kind: "add-log-key", vkey: newReceipts.vkey.text }),
  broken("a cosigner's key for receipts too", {
    kind: "add-receipt-key",
    vkey: signer("receipts-3.example", SIGNATURE_TYPE.ed25519, 14).vkey.text,
  }),
  broken("a rotation to another organisation's key", {
    ...rotate,
    vkeys: [signer(bankB.vkey.name, SIGNATURE_TYPE.cosignature, 11).vkey.text],
  }),
  broken("an authority that is no PEM", { kind: "add-timestamp-authority", certificate: "MAA=" }),
  broken(
    "a quorum from a size before that of the last",
    { kind: "change-quorum", quorum: { ...quorum, total: 5 }, from: 150 },
    after({ kind: "change-quorum", quorum, from: 200 }),
  ),
  inner("change-leaves-no-key", "the log's only key ends", {
    kind: "retire-log-key",
    vkey: log.vkey.text,
    until: 150,
  }),
  inner("change-leaves-no-key", "the only receipt key goes", {
    kind: "retire-receipt-key",
    vkey: trustFile().receipts.vkeys[0],
  }),
  inner("change-quorum-unreachable", "a quorum larger than the consortium", {
    kind: "change-quorum",
    quorum: { ...quorum, total: 7 },
    from: 150,
  }),
  inner("change-quorum-unreachable", "a role that nobody has", {
    kind: "change-quorum",
    quorum: { ...quorum, roles: { regulator: 1 } },
    from: 150,
  }),
  inner("change-quorum-unreachable", "mirrors alone, where there is none", {
    kind: "change-quorum",
    quorum: { ...quorum, mirrorsOnly: true },
    from: 150,
  }),
  refuse("change-quorum-unreachable", "the last court leaves", {
    before: after({ kind: "retire-organisation", id: "court-west", until: 90 }),
    change: { kind: "retire-organisation", id: "court-east", until: 150 },
    approvers: [courtEast, bankA, bankB],
  }),
  inner("change-leaves-no-key", "a rotation to no key", { ...rotate, vkeys: [] }),
  inner("change-leaves-no-key", "a new node without a key", {
    kind: "add-witness",
    witness: witness({ vkeys: [] }),
  }),
  refuse("change-quorum-splits", "less than half of the organisations are to suffice", {
    before: after({ kind: "change-quorum", quorum, from: 50 }),
    change: { kind: "change-quorum", quorum: { total: 2, roles: {}, mirrorsOnly: false }, from: 150 },
  }),
  refuse("change-quorum-splits", "a member more, with which the quorum is half of all", {
    before: after(addCourt),
    change: { kind: "add-witness", witness: witness({ organisation: "court-south" }) },
  }),
];

const unapproved = (code: string, name: string, made: Partial<Made>, index?: number): RefusedCase =>
  refuse(code, name, { change: changeLog, ...made }, index);

const UNAPPROVED: readonly RefusedCase[] = [
  unapproved("approvals-insufficient", "nobody has approved: the log appended it by itself", {
    approvers: [],
  }),
  unapproved("approvals-insufficient", "the log's own organisation alone", { approvers: [notary] }),
  unapproved("approvals-insufficient", "two of three", { approvers: [courtEast, bankB] }),
  unapproved("approvals-insufficient", "three without a bank", {
    approvers: [courtEast, courtWest, arbitration],
  }),
  unapproved("approvals-insufficient", "three without a court", { approvers: [bankA, bankB, arbitration] }),
  unapproved("approvals-insufficient", "two, and the log's own organisation", {
    approvers: [courtEast, bankB, notary],
  }),
  unapproved("approvals-insufficient", "a compromised key is not enough for the third", {
    change: { ...rotate, until: 40, from: 101 },
    approvers: [courtEast, courtWest, bankB],
  }),
  unapproved("approvals-insufficient", "a node that is declared to have left at this very size", {
    change: { kind: "retire-witness", name: bankB.vkey.name, until: 101 },
  }),
  unapproved("approvals-insufficient", "a node that left before", {
    before: after({ kind: "retire-witness", name: bankB.vkey.name, until: 90 }),
  }),
  unapproved(
    "approvals-insufficient",
    "a key that counts from a later size",
    { before: rotated, approvers: [courtEast, courtWest, newBankB] },
    110,
  ),
  unapproved(
    "approvals-insufficient",
    "a key that no longer counts",
    { before: rotated, approvers: [courtEast, courtWest, bankB] },
    130,
  ),
  unapproved("approvals-insufficient", "a witness, where mirrors alone count", {
    before: mirrored(),
    change: addCourt,
  }),
  unapproved("approval-unknown", "somebody whom the trust file does not name", {
    approvers: [...QUORUM, stranger],
  }),
  unapproved("approval-unknown", "the node that the change is to add", {
    change: { kind: "add-witness", witness: witness() },
    approvers: [...QUORUM, courtSouth],
  }),
  unapproved("approval-unknown", "the key that the change is to bring", {
    change: rotate,
    approvers: [...QUORUM, newBankB],
  }),
  unapproved("approval-unknown", "the log's key", { approvers: [...QUORUM, log] }),
  unapproved("approval-repeated", "one key twice", { approvers: [...QUORUM, bankB] }),
  unapproved("signature-invalid", "a cosignature of the same text", {
    message: (change, timeSeconds) =>
      cosignatureMessage(timeSeconds, textAfterTime(approvalMessage(change, timeSeconds))),
  }),
  unapproved("signature-invalid", "an approval of another change", {
    message: (change, timeSeconds) => approvalMessage({ ...change, reason: "another" }, timeSeconds),
  }),
  unapproved("signature-invalid", "an approval given at another time", {
    message: (change, timeSeconds) => approvalMessage(change, timeSeconds + 1),
  }),
  spoilt("signature-invalid", "a reason changed after it was approved", (change) => ({
    ...change,
    reason: "another",
  })),
  spoilt("signature-invalid", "an id changed after it was approved", (change) => ({
    ...change,
    id: "01KATVRA0TEXAMP1E0000000C2",
  })),
  spoilt("signature-invalid", "a cosignature of a checkpoint in an approval's place", (change) => ({
    ...change,
    approvals: [cosignedLine(courtEast, `${ORIGIN}\n7\n${change.before}\n`), ...change.approvals.slice(1)],
  })),
  spoilt("note-signature-malformed", "an approval that is no signature line", (change) => ({
    ...change,
    approvals: [...change.approvals, "yes"],
  })),
  spoilt("note-signature-malformed", "two approvals in one", (change) => ({
    ...change,
    approvals: [change.approvals.join("\n")],
  })),
  spoilt("note-signature-malformed", "an approval with a line's end", (change) => ({
    ...change,
    approvals: change.approvals.map((line) => `${line}\n`),
  })),
  spoilt("cosignature-malformed", "a signature without its time", (change) => ({
    ...change,
    approvals: change.approvals.map((line) => `${line.slice(0, -16)}`),
  })),
  unapproved("cosignature-time", "an approval without a time", { timeSeconds: 0 }),
  spoilt("note-too-many-signatures", "a hundred and one approvals", (change) => ({
    ...change,
    approvals: Array.from({ length: 101 }, () => change.approvals[0]),
  })),
];

function textAfterTime(message: Uint8Array): string {
  return Buffer.from(message).toString("utf8").split("\n").slice(2).join("\n");
}

function mirrored(): TrustFile {
  const file = trustFile();
  const witnesses = file.witnesses.map((each) => ({
    ...each,
    kind: each.organisation === "bank-b" ? ("witness" as const) : ("mirror" as const),
  }));
  return { ...file, witnesses, quorum: { ...file.quorum, mirrorsOnly: true } };
}

export const REFUSED_CHANGES: readonly RefusedCase[] = [
  ...MALFORMED,
  ...UNFIT,
  ...UNSOUND,
  ...UNAPPROVED,
  ...Object.entries(REFUSED_FOR_SIGNATURES).map(([name, [code, made]]) => refuse(code, name, made)),
  ...Object.entries(BACKDATED).map(([name, made]) => refuse("change-backdated", name, made)),
  ...Object.entries(SPLITTING).map(([name, made]) => refuse("change-quorum-splits", name, made)),
];

const BATCH = '{"id":"01KATVR90TEXAMP1E0000000B1","type":"cunzheng/batch@v1"}';
const start = trustFile();
const first = textOf(madeChange({ change: addCourt }));
const second = textOf(madeChange({ before: after(addCourt), change: changeLog }));
const back: Change = { kind: "change-log", url: start.log.url };
const third = textOf(madeChange({ before: after(addCourt, changeLog), change: back }));
const selfMade = textOf(
  madeChange({ change: { kind: "retire-organisation", id: "court-east", until: 0 }, approvers: [] }),
);

export const HISTORIES = [
  { name: "no change", start, entries: [BATCH, BATCH] },
  {
    name: "three changes, the last taking back the second",
    start,
    entries: [first, BATCH, second, BATCH, third],
  },
  { name: "the log's own entry between them", start, entries: [BATCH, selfMade, first, second] },
  { name: "members that leave in name, and a quorum as if they had", start, entries: LEAVING_IN_NAME },
  { name: "a change appended a second time", start, entries: [first, second, third, second] },
  { name: "changes in another order", start, entries: [second, first] },
  { name: "a reader with a later file", start: after(addCourt), entries: [first, BATCH, second] },
  {
    name: "what only looks like a change",
    start,
    entries: [`${first} `, ` ${first}`, '"type":"cunzheng/consortium@v1"}', first],
  },
];
