/** Trust files and the policies that they are exported as; trust files for which there is no policy. */
import type { PolicyQuestion } from "../../src/core/trust/policy.js";
import { encodePolicy } from "../../src/core/trust/policy.js";
import { parseConsortium } from "../../src/core/trust/consortium.js";
import { consortium, cosigners, json, signer } from "./sample-world.js";
import { encodeVectorFile, type VectorCase } from "./vector-file.js";
import type { SignatureDemand } from "../../src/core/trust/signature-demand.js";
import { SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";

type TrustFile = ReturnType<typeof consortium>;

interface PolicyCase {
  readonly name: string;
  readonly change?: (trustFile: TrustFile) => unknown;
  readonly parties?: readonly string[];
  readonly treeSize?: number;
  readonly format?: PolicyQuestion["format"];
}

const withQuorum =
  (quorum: object) =>
  (file: TrustFile): unknown => ({ ...file, quorum: { ...file.quorum, ...quorum } });
const withWitness =
  (name: string, members: object) =>
  (file: TrustFile): unknown => ({
    ...file,
    witnesses: file.witnesses.map((each) => (each.organisation === name ? { ...each, ...members } : each)),
  });
const second = signer("court-east.example/second", SIGNATURE_TYPE.cosignature, 21);
const unspeakable = signer("court\u007fwest", SIGNATURE_TYPE.cosignature, 22);
const hashed = signer("court#west", SIGNATURE_TYPE.cosignature, 23);
const secondLog = signer("ledger.example/loans", SIGNATURE_TYPE.ed25519, 24);

const { mlDsa44 } = SIGNATURE_TYPE;
const logMlDsa = signer("ledger.example/loans", mlDsa44, 25);
/** The log and three organisations with an ML-DSA-44 key beside; a demand for signatures makes it of version 2. */
const withMlDsa =
  (signatures?: SignatureDemand) =>
  (file: TrustFile): unknown => ({
    ...file,
    type: signatures === undefined ? file.type : "cunzheng/consortium@v2",
    log: { ...file.log, vkeys: [...file.log.vkeys, logMlDsa.vkey.text] },
    witnesses: file.witnesses.map((each, i) =>
      ["court-east", "bank-b", "arbitration"].includes(each.organisation)
        ? { ...each, vkeys: [...each.vkeys, signer(each.name, mlDsa44, 40 + i).vkey.text] }
        : each,
    ),
    quorum: { ...file.quorum, ...(signatures !== undefined && { signatures }) },
  });

/** From size 50 on another quorum, and from 80 on the log's key alone that came second. */
const changed = (file: TrustFile): unknown => ({
  ...file,
  type: "cunzheng/consortium@v2",
  revision: 3,
  log: { ...file.log, vkeys: [secondLog.vkey.text], former: [{ vkey: file.log.vkeys[0], until: 80 }] },
  quorum: { ...file.quorum, total: 4, former: [{ ...file.quorum, until: 50 }] },
});

const withParents =
  (parents: Readonly<Record<string, string>>) =>
  (file: TrustFile): unknown => ({
    ...file,
    organisations: file.organisations.map((each) =>
      parents[each.id] === undefined ? each : { ...each, controlledBy: parents[each.id] },
    ),
  });

const accepted: readonly PolicyCase[] = [
  {
    name: "a party that is not in the trust file: nobody is left out for it",
    parties: ["示例借款人", "bank-a"],
  },
  { name: "a party by its name", parties: ["Example Bank A"] },
  {
    name: "a group with one top member: its nodes of other roles are left out",
    change: withParents({ "court-west": "bank-b" }),
  },
  {
    name: "a group whose role is not asked for: any of its nodes",
    change: withParents({ "court-west": "arbitration" }),
    parties: ["bank-a"],
  },
  {
    name: "a group without one top member counts in no role",
    change: withParents({ "court-west": "holding", "bank-b": "holding" }),
  },
  { name: "without a party: stricter than the quorum" },
  { name: "the depositor named: exact, and its subsidiary is left out with it", parties: ["bank-a"] },
  { name: "a subsidiary named: its parent is left out with it", parties: ["bank-a-leasing"] },
  { name: "as sigsum reads it", parties: ["bank-a"], format: "sigsum" },
  { name: "no roles", change: withQuorum({ total: 2, roles: {} }) },
  { name: "one organisation suffices", change: withQuorum({ total: 1, roles: {} }) },
  { name: "one role alone", change: withQuorum({ total: 1, roles: { arbitration: 1 } }) },
  {
    name: "more asked of the roles than in total",
    change: withQuorum({ total: 1, roles: { court: 2, bank: 1 } }),
  },
  { name: "one of a role and anybody else", change: withQuorum({ total: 2, roles: { court: 1 } }) },
  {
    name: "an organisation with two nodes counts once",
    parties: ["bank-a"],
    change: (file) => ({
      ...file,
      witnesses: [
        ...file.witnesses,
        {
          name: second.vkey.name,
          kind: "witness",
          vkeys: [second.vkey.text],
          organisation: "court-east",
          url: "https://second.example",
        },
      ],
    }),
  },
  {
    name: "a node with two keys",
    parties: ["bank-a"],
    change: withWitness("court-west", {
      vkeys: [
        cosigners.courtWest.vkey.text,
        signer(cosigners.courtWest.vkey.name, SIGNATURE_TYPE.cosignature, 25).vkey.text,
      ],
    }),
  },
  {
    name: "mirrors only: witnesses are left out",
    change: (file) => ({
      ...file,
      witnesses: file.witnesses.map((each) => ({
        ...each,
        kind: each.organisation === "arbitration" ? "witness" : "mirror",
      })),
      quorum: { ...file.quorum, mirrorsOnly: true },
    }),
    parties: ["notary"],
  },
  {
    name: "a key with a beginning is left out where no tree size is asked about",
    change: withWitness("arbitration", { from: 100 }),
  },
  {
    name: "a key with a beginning at a size at which it counts",
    change: withWitness("arbitration", { from: 100, until: 200 }),
    treeSize: 100,
  },
  {
    name: "a key with an end at a size at which it no longer counts",
    change: withWitness("arbitration", { until: 100 }),
    treeSize: 100,
  },
  {
    name: "a witness that left and came back with its key",
    treeSize: 150,
    change: (file) => ({
      ...file,
      witnesses: file.witnesses.flatMap((each) =>
        each.organisation === "arbitration"
          ? [
              { ...each, until: 50 },
              { ...each, from: 100 },
            ]
          : [each],
      ),
    }),
  },
  { name: "a quorum that was another one, before", change: changed, treeSize: 49 },
  { name: "a quorum that was another one, from then on", change: changed, treeSize: 50 },
  { name: "a log's key that has ended", change: changed, treeSize: 80 },
  {
    name: "a log with two keys: the second is named in a comment",
    parties: ["bank-a"],
    change: (file) => ({ ...file, log: { ...file.log, vkeys: [...file.log.vkeys, secondLog.vkey.text] } }),
  },
  {
    name: "where any algorithm suffices, ML-DSA-44 keys are left out",
    parties: ["bank-a"],
    change: withMlDsa(),
  },
  { name: "the same in version 2", parties: ["bank-a"], change: withMlDsa("any") },
  { name: "the same as sigsum reads it", parties: ["bank-a"], change: withMlDsa("any"), format: "sigsum" },
  {
    name: "Ed25519 demanded",
    parties: ["bank-a"],
    change: withMlDsa("ed25519"),
  },
  {
    name: "ML-DSA-44 demanded: its keys, and no others",
    parties: ["bank-a"],
    change: withMlDsa("ml-dsa-44"),
  },
];

const refused: readonly (PolicyCase & { readonly code: string })[] = [
  { name: "both banks are parties", parties: ["bank-a", "bank-b"], code: "quorum-unreachable" },
  { name: "more than there are", change: withQuorum({ total: 7 }), code: "quorum-unreachable" },
  {
    name: "more of a role than there are",
    change: withQuorum({ roles: { court: 3 } }),
    code: "quorum-unreachable",
  },
  {
    name: "a role of which there is nobody",
    change: withQuorum({ roles: { regulator: 1 } }),
    code: "quorum-unreachable",
  },
  {
    name: "only witnesses where mirrors are asked for",
    change: withQuorum({ mirrorsOnly: true }),
    code: "quorum-unreachable",
  },
  {
    name: "the only arbitrator counts from a later size on",
    change: (file) =>
      withWitness("arbitration", { from: 100 })(withQuorum({ roles: { arbitration: 1 } })(file) as TrustFile),
    code: "quorum-unreachable",
    treeSize: 99,
  },
  {
    name: "the log's own organisation does not help",
    change: withQuorum({ roles: { notary: 1 } }),
    code: "quorum-unreachable",
  },
  {
    name: "the only court is of a group without one top member",
    change: (file) => {
      const grouped = withParents({ "court-east": "holding", "bank-b": "holding" })(file) as TrustFile;
      return { ...grouped, quorum: { ...file.quorum, roles: { court: 2 } } };
    },
    code: "policy-inexpressible",
  },
  {
    name: "a URL with white space",
    change: withWitness("court-east", { url: "https://court east.example" }),
    code: "policy-inexpressible",
  },
  {
    name: "a URL that would begin a new line",
    change: withWitness("court-east", { url: "https://court.example\nquorum none" }),
    code: "policy-inexpressible",
  },
  { name: "an empty URL", change: withWitness("court-east", { url: "" }), code: "policy-inexpressible" },
  {
    name: "a URL with a fragment, at which some readers cut",
    change: withWitness("court-east", { url: "https://court.example/#a" }),
    code: "policy-inexpressible",
  },
  {
    name: "a log's URL with white space",
    change: (file) => ({ ...file, log: { ...file.log, url: "https://a b" } }),
    code: "policy-inexpressible",
  },
  {
    name: "a key's name with a control character",
    change: withWitness("court-west", { name: unspeakable.vkey.name, vkeys: [unspeakable.vkey.text] }),
    code: "policy-inexpressible",
  },
  {
    name: "a key's name with #, at which some readers cut",
    change: withWitness("court-west", { name: hashed.vkey.name, vkeys: [hashed.vkey.text] }),
    code: "policy-inexpressible",
  },
  {
    name: "signatures of both algorithms demanded, which no policy can of a log",
    change: withMlDsa("both"),
    code: "policy-inexpressible",
  },
  {
    name: "ML-DSA-44 demanded, and sigsum knows none",
    change: withMlDsa("ml-dsa-44"),
    format: "sigsum",
    code: "policy-inexpressible",
  },
  {
    name: "ML-DSA-44 demanded of a log without such a key",
    change: (file) => ({ ...(withMlDsa("ml-dsa-44")(file) as TrustFile), log: file.log }),
    code: "policy-inexpressible",
  },
  {
    name: "ML-DSA-44 demanded of more than have such keys",
    change: (file) => withQuorum({ total: 4 })(withMlDsa("ml-dsa-44")(file) as TrustFile),
    code: "quorum-unreachable",
  },
  {
    name: "an Ed25519 key of the log is wanted where any suffices",
    change: (file) => ({ ...file, log: { ...file.log, vkeys: [logMlDsa.vkey.text] } }),
    code: "policy-inexpressible",
  },
  {
    name: "a quorum that was another one, where no tree size is asked about",
    change: changed,
    code: "policy-inexpressible",
  },
  {
    name: "a log without a key of its type",
    change: (file) => ({ ...file, log: { ...file.log, vkeys: [] } }),
    code: "policy-inexpressible",
  },
];

function questionOf({ change = (file) => file, parties = [], treeSize, format = "c2sp" }: PolicyCase) {
  return { consortium: change(consortium()), parties, format, ...(treeSize !== undefined && { treeSize }) };
}

export function policyVectors(): ReadonlyMap<string, string> {
  const accept = (each: PolicyCase): VectorCase => {
    const question = questionOf(each);
    const policy = encodePolicy({ ...question, consortium: parseConsortium(json(question.consortium)) });
    return { name: each.name, ...question, policy };
  };
  const file = {
    about:
      "A trust file, the parties named, the tree size asked about (absent: every size), and the policy that comes of it, or why there is none.",
    accepted: accepted.map(accept),
    refused: refused.map((each) => ({ name: each.name, ...questionOf(each), code: each.code })),
  };
  return new Map([["policy/exports.json", encodeVectorFile(file)]]);
}
