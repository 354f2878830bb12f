/** Evidence whose quorum depends on who is whom, and on who belongs to whom: groups, credit codes and names. */
import { encodeEvidence } from "../../src/core/evidence/evidence.js";
import type { Statement } from "../../src/core/record/statement.js";
import type { EvidenceCase } from "./evidence-cases.js";
import {
  consortium,
  COSIGNED_AT_SECONDS,
  cosigners,
  sampleEvidence,
  statement,
  type WorldOptions,
} from "./sample-world.js";

const { courtEast, courtWest, bankA, bankB, arbitration } = cosigners;
const now = COSIGNED_AT_SECONDS;
type Cosigned = WorldOptions["cosigners"];

/** The sample's trust file with these parents, by child. */
const groups = (parents: Readonly<Record<string, string>>) => {
  const file = consortium();
  for (const organisation of file.organisations) {
    const parent = parents[organisation.id];
    if (parent !== undefined) organisation.controlledBy = parent;
  }
  return file;
};
const lender = statement({ depositor: { id: "lender-x", name: "示例小贷" } });
const notMet = { verdict: "refused", failed: { quorum: "quorum-not-met" } } as const;
const holds = { verdict: "verified" } as const;
const UNKNOWN_DEPOSITOR = ["depositor-not-in-consortium"];

const grouped = (
  why: string,
  parents: Readonly<Record<string, string>>,
  signed: Cosigned,
  expected: Pick<EvidenceCase, "verdict" | "failed"> & { readonly counted: readonly string[] },
  of: Pick<WorldOptions, "statement"> = {},
): EvidenceCase => ({
  why,
  evidence: encodeEvidence(sampleEvidence({ ...of, ...(signed && { cosigners: signed }) }).evidence),
  consortium: groups(parents),
  ...expected,
});

const HOLDING = { "court-east": "holding", "bank-b": "holding" };
const BANK_B_AND_COMPANY = { "court-east": "bank-b", arbitration: "bank-b" };

function groupCases(): Readonly<Record<string, EvidenceCase>> {
  return {
    "one-group-is-no-quorum_fail": grouped(
      "a court and a commission that one bank controls are one voice with it",
      BANK_B_AND_COMPANY,
      [courtEast, bankB, arbitration],
      { ...notMet, counted: ["bank-b", "court-east"] },
    ),
    "a-group-beside-others": grouped(
      "two courts, and one bank with the commission that it controls: three voices",
      { arbitration: "bank-b" },
      [courtEast, courtWest, bankB, arbitration],
      { ...holds, counted: ["bank-b", "court-east", "court-west"] },
    ),
    "a-group-through-one-that-is-not-listed_fail": grouped(
      "children of one parent are of one group, also where the parent is not listed",
      { "court-east": "holding", arbitration: "holding" },
      [courtEast, arbitration, bankB],
      { ...notMet, counted: ["bank-b", "court-east"] },
    ),
    "a-court-of-a-bank-is-no-court_fail": grouped(
      "a group fills the role of its top member, whoever of it cosigns",
      { "court-west": "bank-b" },
      [courtWest, bankA, arbitration],
      { ...notMet, counted: ["arbitration", "bank-a", "court-west"] },
      { statement: lender },
    ),
    "a-bank-by-its-court-is-no-bank-yet_fail": grouped(
      "and fills it only with a cosigner of that role",
      { "court-west": "bank-b" },
      [courtEast, courtWest, arbitration],
      { ...notMet, counted: ["arbitration", "court-east", "court-west"] },
    ),
    "a-group-in-its-role-by-a-later-cosigner": grouped(
      "the bank's own cosignature, five seconds after that of its court, fills the role of bank",
      { "court-west": "bank-b" },
      [courtEast, courtWest, arbitration, [bankB, now + 5]],
      { ...holds, counted: ["arbitration", "bank-b", "court-east", "court-west"] },
    ),
    "a-grandchild-of-the-top_fail": grouped(
      "controlledBy is followed as far as it leads",
      { arbitration: "court-east", "court-east": "bank-b" },
      [courtEast, bankB, arbitration],
      { ...notMet, counted: ["bank-b", "court-east"] },
    ),
    "siblings-in-the-role-of-the-earliest": grouped(
      "without one top member a group fills the role of its earliest cosigner: here of a court",
      HOLDING,
      [[bankB, now + 1], courtEast, bankA, arbitration],
      { ...holds, counted: ["arbitration", "bank-a", "court-east"] },
      { statement: lender },
    ),
    "siblings-in-the-role-of-the-earliest_fail": grouped(
      "and here of a bank, so that there is no court",
      HOLDING,
      [bankB, [courtEast, now + 1], bankA, arbitration],
      { ...notMet, counted: ["arbitration", "bank-a", "bank-b"] },
      { statement: lender },
    ),
    "siblings-of-one-second-in-another-order-of-lines": grouped(
      "within one second the trust file's order decides, and never that of the lines",
      HOLDING,
      [bankB, courtEast, bankA, arbitration],
      { ...holds, counted: ["arbitration", "bank-a", "court-east"] },
      { statement: lender },
    ),
    "siblings-one-of-them-too-early": grouped(
      "one who signed too early does not take the role from one who signed in time",
      HOLDING,
      [[bankB, now - 60], courtEast, bankA, arbitration],
      { ...holds, counted: ["arbitration", "bank-a", "court-east"] },
      { statement: lender },
    ),
    "a-circle-in-the-role-of-the-earliest_fail": grouped(
      "those who control each other have no top member",
      { "court-east": "bank-b", "bank-b": "court-east" },
      [bankB, [courtEast, now + 1], bankA, arbitration],
      { ...notMet, counted: ["arbitration", "bank-a", "bank-b"] },
      { statement: lender },
    ),
    "a-parent-that-is-not-listed-above-the-top_fail": grouped(
      "the top member is the one that no listed organisation controls, whoever else controls it",
      { "bank-b": "holding", "court-west": "bank-b" },
      [courtWest, bankA, arbitration],
      { ...notMet, counted: ["arbitration", "bank-a", "court-west"] },
      { statement: lender },
    ),
    "two-quorums-without-a-common-voice": {
      why: "the evidence verifies, and the report says what such a trust file does not promise",
      evidence: encodeEvidence(sampleEvidence().evidence),
      consortium: { ...consortium(), quorum: { total: 2, roles: {}, mirrorsOnly: false } },
      verdict: "verified",
      counted: ["arbitration", "bank-b", "court-east", "court-west"],
      notices: ["quorum-splits"],
    },
    "two-quorums-while-members-leave": {
      why: "the quorum would do once two members have left, and at the checkpoint's size they have not",
      evidence: encodeEvidence(sampleEvidence().evidence),
      consortium: {
        ...leaving("court-west", "arbitration"),
        quorum: { total: 2, roles: {}, mirrorsOnly: false },
      },
      verdict: "verified",
      counted: ["arbitration", "bank-b", "court-east", "court-west"],
      notices: ["quorum-splits"],
    },
    "two-quorums-in-the-end-alone": {
      why: "at the checkpoint's size the former quorum holds, of which any two share a member",
      evidence: encodeEvidence(sampleEvidence().evidence),
      consortium: {
        ...leaving(),
        quorum: {
          total: 2,
          roles: {},
          mirrorsOnly: false,
          former: [{ total: 3, roles: {}, mirrorsOnly: false, until: 8 }],
        },
      },
      verdict: "verified",
      counted: ["arbitration", "bank-b", "court-east", "court-west"],
    },
  };
}

/** The sample, of version 2, from which these leave at the largest size that can be written. */
const leaving = (...ids: readonly string[]) => ({
  ...consortium(),
  type: "cunzheng/consortium@v2",
  witnesses: consortium().witnesses.map((each) => ({
    ...each,
    ...(ids.includes(each.organisation) && { until: Number.MAX_SAFE_INTEGER }),
  })),
});

const FOUR = [courtEast, courtWest, bankB, arbitration];
const WITHOUT_BANK_B = ["arbitration", "court-east", "court-west"];

/** With bank B excluded there is no bank left. */
const deposited = (why: string, depositor: Statement["depositor"]): EvidenceCase => ({
  why,
  evidence: encodeEvidence(sampleEvidence({ statement: statement({ depositor }), cosigners: FOUR }).evidence),
  ...notMet,
  counted: WITHOUT_BANK_B,
  notices: [],
});
const named = (why: string, party: string, file?: unknown): EvidenceCase => ({
  why,
  evidence: encodeEvidence(sampleEvidence({ cosigners: FOUR }).evidence),
  parties: [party],
  ...(file !== undefined && { consortium: file }),
  ...notMet,
  counted: WITHOUT_BANK_B,
  notices: [],
});
const renamed = (name: string) => {
  const file = consortium();
  for (const organisation of file.organisations)
    if (organisation.id === "bank-b") organisation.name.en = name;
  return file;
};
const sameCode = (creditCode: string) => {
  const file = consortium();
  for (const organisation of file.organisations)
    if (organisation.id === "arbitration") organisation.creditCode = creditCode;
  return file;
};
const broken = (why: string, file: unknown): EvidenceCase => ({
  why,
  evidence: encodeEvidence(sampleEvidence().evidence),
  consortium: file,
  verdict: "incomplete",
  trustProblem: "credit-code-duplicate",
});

function identityCases(): Readonly<Record<string, EvidenceCase>> {
  return {
    "depositor-by-its-credit-code_fail": deposited("another id and name, the credit code of a cosigner", {
      id: "lender-x",
      name: "示例小贷",
      creditCode: " example-BANK-b",
    }),
    "depositor-by-its-chinese-name_fail": deposited("another id, the name of a cosigner", {
      id: "lender-x",
      name: "示例银行 乙",
    }),
    "depositor-by-its-english-name_fail": deposited("in full-width capitals, with an ideographic space", {
      id: "lender-x",
      name: "ＥＸＡＭＰＬＥ　Bank\u00a0ｂ",
    }),
    "depositor-by-two-names_fail": {
      ...deposited("every match is excluded: its id is that of one cosigner, its name that of another", {
        id: "court-west",
        name: "Example Bank B",
      }),
      counted: ["arbitration", "court-east"],
    },
    "depositor-of-almost-that-name": {
      why: "nothing is guessed: a name with a zero-width space in it is another name, and the report says so",
      evidence: encodeEvidence(
        sampleEvidence({
          statement: statement({ depositor: { id: "lender-x", name: "示例银行\u200b乙" } }),
          cosigners: FOUR,
        }).evidence,
      ),
      verdict: "verified",
      counted: ["arbitration", "bank-b", "court-east", "court-west"],
      notices: UNKNOWN_DEPOSITOR,
    },
    "party-by-its-id-in-capitals_fail": named("ids are compared like names", "BANK-B"),
    "party-by-its-credit-code_fail": named("a party is found by its credit code", "EXAMPLE-bank-b"),
    "party-by-its-chinese-name_fail": named("a party is found by its name", "示例银行乙"),
    "party-by-its-english-name_fail": named("in whichever language of the trust file", "example bank b"),
    "party-by-a-name-with-a-sharp-s_fail": named(
      "letters that have no single capital are folded in full",
      "BANKHAUS GROSSE STRASSE",
      renamed("Bankhaus Große Straße"),
    ),
    "party-that-controls-and-is-not-listed_fail": named(
      "whoever is named in controlledBy alone is known by that id",
      "holding",
      groups({ "bank-b": "holding" }),
    ),
    "party-that-nobody-knows": {
      why: "a borrower may be named: nobody is excluded, and the report says so",
      evidence: encodeEvidence(sampleEvidence({ cosigners: FOUR }).evidence),
      parties: ["示例借款人", "court-north"],
      verdict: "verified",
      counted: ["arbitration", "bank-b", "court-east", "court-west"],
      notices: ["party-not-in-consortium", "party-not-in-consortium"],
    },
    "credit-code-twice_incomplete": broken(
      "two organisations of one credit code",
      sameCode("EXAMPLE-bank-b"),
    ),
    "credit-code-twice-in-another-spelling_incomplete": broken(
      "credit codes are compared like names",
      sameCode("ｅｘａｍｐｌｅ-bank-B "),
    ),
  };
}

export const voiceCases = (): Readonly<Record<string, EvidenceCase>> => ({
  ...groupCases(),
  ...identityCases(),
});
