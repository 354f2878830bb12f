/**
 * The cases of test/vectors/evidence/: each one thing changed in a whole and valid world. `_fail` must be refused,
 * `_incomplete` must be neither verified nor refused. The expected checks and codes are written down by hand here
 * and reviewed as data; nothing is copied from what the program answered.
 */
import { base64, bytesFromBase64, concatBytes, textFromUtf8, utf8 } from "../../src/core/bytes.js";
import { type Evidence, encodeEvidence } from "../../src/core/evidence/evidence.js";
import { formatSignatureLine } from "../../src/core/ledger/note.js";
import { SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import {
  consortium,
  COSIGNED_AT_SECONDS,
  cosignedLine,
  cosigners,
  fileRecord,
  json,
  log,
  ORIGIN,
  receiptKey,
  record,
  sampleEvidence,
  signedLine,
  signer,
  statement,
} from "./sample-world.js";
import type { DerivedTimes, RecordNotice } from "./evidence-vectors.js";
import { signatureCases } from "./signature-cases.js";
import { membershipEvidenceCases } from "./membership-evidence-cases.js";
import { voiceCases } from "./group-cases.js";
import { boundsCases } from "./bounds-cases.js";
import { recordFormCases } from "./record-form-cases.js";
import { timeCases } from "./time-cases.js";
import { timestampCases } from "./timestamp-cases.js";
import { digestContent, encodeDigests } from "../../src/core/digest/digests.js";

export interface EvidenceCase {
  readonly why: string;
  readonly evidence: Uint8Array;
  readonly consortium?: unknown;
  readonly consortiumBytes?: Uint8Array;
  readonly record?: Uint8Array;
  readonly parties?: readonly string[];
  readonly verdict: "verified" | "refused" | "incomplete";
  /** Failed checks with their codes, in order. */
  readonly failed?: Readonly<Record<string, string>>;
  /** The trust file's code where it is broken. */
  readonly trustProblem?: string;
  /** Names of organisations that count. */
  readonly counted?: readonly string[];
  /** Codes of what the report says of the depositor, the parties and the quorum, in order. */
  readonly notices?: readonly string[];
  /** What became of each token: the reason for which it counts or does not. */
  readonly timestamps?: readonly string[];
  /** Codes of what the report says of times that lie far apart, in order. */
  readonly timeNotices?: readonly string[];
  readonly times?: DerivedTimes;
  readonly recordNotices?: readonly RecordNotice[];
}

type Altered = Record<string, unknown> & {
  statement: Record<string, unknown>;
  batch: Record<string, unknown>;
};
/** The happy evidence as plain JSON, changed by `alter`, written canonically. */
function altered(
  alter: (evidence: Altered) => void,
  evidence: Evidence = sampleEvidence().evidence,
): Uint8Array {
  const copy = structuredClone(evidence) as unknown as Altered;
  alter(copy);
  return json(copy);
}
const happy = () => encodeEvidence(sampleEvidence().evidence);
const text = (edit: (text: string) => string): Uint8Array => utf8(edit(textFromUtf8(happy())));
const proofEdited = (edit: (proof: string) => string): Uint8Array =>
  altered((evidence) => {
    evidence.ledgerProof = edit(evidence.ledgerProof as string);
  });
const trust = (alter: (file: ReturnType<typeof consortium> & Record<string, unknown>) => void): unknown => {
  const file = consortium() as ReturnType<typeof consortium> & Record<string, unknown>;
  alter(file);
  return file;
};
const formatFailure = (why: string, evidence: Uint8Array, code: string): EvidenceCase => ({
  why,
  evidence,
  verdict: "refused",
  failed: { "evidence-format": code },
});
/** Lines of keys that no trust file here knows. */
const linesOfStrangers = (count: number): string[] =>
  Array.from({ length: count }, (_, i) =>
    formatSignatureLine(`stranger-${i + 1}.example`, i + 1, new Uint8Array(72)),
  );
const brokenTrust = (why: string, file: unknown, code: string): EvidenceCase => ({
  why,
  evidence: happy(),
  consortium: file,
  verdict: "incomplete",
  trustProblem: code,
});
const flipFirstByte = (b64: string): string => {
  const bytes = bytesFromBase64(b64);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return base64(bytes);
};
/** Turns one bit of the last byte of a named signer's signature. */
const brokenLine = (line: string): string => {
  const [, name, blob] = /^— (\S+) (\S+)$/.exec(line.trimEnd()) ?? [];
  const bytes = bytesFromBase64(blob ?? "");
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  return `— ${name} ${base64(bytes)}`;
};

const { courtEast, courtWest, bankA, bankB, arbitration, notary, bankASubsidiary, stranger } = cosigners;
const everybody = ["arbitration", "bank-b", "court-east", "court-west"];
const early = COSIGNED_AT_SECONDS - 60;
const quorumNotMet = { verdict: "refused", failed: { quorum: "quorum-not-met" } } as const;
const fileStatement = () => {
  const { digests, size } = digestContent(fileRecord);
  const { canonicalization: _, ...rest } = statement({
    digests: encodeDigests(digests),
    size,
    mediaType: "text/plain",
  });
  return rest;
};
const checkpointOf = (options: Parameters<typeof sampleEvidence>[0] = {}) =>
  sampleEvidence(options).checkpointText;
const evidenceOf = (options: Parameters<typeof sampleEvidence>[0]) =>
  encodeEvidence(sampleEvidence(options).evidence);

export function evidenceCases(): Readonly<Record<string, EvidenceCase>> {
  return {
    "happy-path": { why: "all is well", evidence: happy(), verdict: "verified", counted: everybody },
    "happy-path-with-record": {
      why: "the record is given as its RFC 8785 bytes",
      evidence: happy(),
      record: json(record),
      verdict: "verified",
      counted: everybody,
    },
    "record-in-another-spelling": {
      why: "white space, escapes and the order of members of a canonicalized record are free",
      evidence: happy(),
      record: utf8(
        `{ "loan": "L-0001", "amount": 1.200005e5, "currency": "CNY", "borrower": "\\u793a例借款人" }\n`,
      ),
      verdict: "verified",
    },
    "record-of-exact-bytes": {
      why: "without canonicalization the exact bytes are compared",
      evidence: evidenceOf({ statement: fileStatement() }),
      record: fileRecord,
      verdict: "verified",
    },
    "digests-by-the-depositor": {
      why: "digests that the service was sent, and of whose content it has seen nothing, are evidence all the same",
      evidence: evidenceOf({ statement: statement({ digestsBy: "depositor" }) }),
      verdict: "verified",
      counted: everybody,
    },
    "digests-by-nobody_fail": formatFailure(
      "a statement that does not say who computed its digests",
      altered((evidence) => delete evidence.statement.digestsBy),
      "member-missing",
    ),
    "digests-by-somebody-else_fail": formatFailure(
      "digests by neither the service nor the depositor",
      altered((evidence) => (evidence.statement.digestsBy = "bank-a")),
      "value-range",
    ),
    "pretty-printed": {
      why: "white space in the evidence file is free",
      evidence: utf8(JSON.stringify(sampleEvidence().evidence, null, 2) + "\n"),
      verdict: "verified",
    },
    "unknown-signature-lines": {
      why: "lines of unknown keys are ignored",
      evidence: evidenceOf({ extraLines: [cosignedLine(stranger, checkpointOf())] }),
      verdict: "verified",
      counted: everybody,
    },
    "cosigned-twice-by-one-witness": {
      why: "one cosigner twice with different times counts once, both are shown",
      evidence: evidenceOf({
        cosigners: [courtEast, [courtEast, COSIGNED_AT_SECONDS + 5], bankB, arbitration],
      }),
      verdict: "verified",
      counted: ["arbitration", "bank-b", "court-east"],
    },
    "depositor-not-in-consortium": {
      why: "a depositor that is no organisation of the trust file: nobody to exclude",
      evidence: evidenceOf({
        statement: statement({ depositor: { id: "lender-x", name: "示例小贷" } }),
        cosigners: [courtEast, bankA, arbitration],
      }),
      verdict: "verified",
      counted: ["arbitration", "bank-a", "court-east"],
    },
    "depositor-counts-where-the-trust-file-says-so": {
      why: "excludeParties false lets the depositor's own node count",
      evidence: evidenceOf({ cosigners: [courtEast, bankA, arbitration] }),
      consortium: trust((file) => (file.quorum.excludeParties = false)),
      verdict: "verified",
      counted: ["arbitration", "bank-a", "court-east"],
    },
    "another-party-named": {
      why: "with court-west a party, the quorum still holds",
      evidence: happy(),
      parties: ["court-west"],
      verdict: "verified",
      counted: ["arbitration", "bank-b", "court-east"],
    },
    "five-seconds-tolerance": {
      why: "the second's end plus 5 s is exactly the sealing time: inclusive",
      evidence: evidenceOf({
        batch: { sealedAt: "2026-11-24T08:00:06.999Z" },
      }),
      verdict: "verified",
      counted: everybody,
    },
    "received-five-seconds-after-sealing": {
      why: "clocks may differ by five seconds: inclusive",
      evidence: evidenceOf({ statement: statement({ receivedAt: "2026-11-24T08:00:06.250Z" }) }),
      verdict: "verified",
      counted: everybody,
    },
    "a-hundred-signature-lines": {
      why: "a note may have a hundred lines, whoever most of them are of",
      evidence: evidenceOf({ extraLines: linesOfStrangers(94) }),
      verdict: "verified",
      counted: everybody,
    },
    "parties-excluded-unless-said-otherwise": {
      why: "excludeParties counts as true when absent",
      evidence: happy(),
      consortium: trust((file) => delete (file.quorum as Record<string, unknown>).excludeParties),
      verdict: "verified",
      counted: everybody,
    },
    "left-and-came-back": {
      why: "a node that is listed twice counts where either entry admits the tree size",
      evidence: evidenceOf({ cosigners: [courtEast, bankB, arbitration] }),
      consortium: trust((file) => {
        const node = file.witnesses[0];
        if (!node) return;
        file.witnesses[0] = Object.assign({}, node, { until: 3 });
        file.witnesses.push(Object.assign({}, node, { from: 5 }));
      }),
      verdict: "verified",
      counted: ["arbitration", "bank-b", "court-east"],
    },
    "mirrors-only": {
      why: "mirrors count, the witness beside them is shown",
      evidence: happy(),
      consortium: trust((file) => {
        file.quorum.mirrorsOnly = true;
        for (const node of file.witnesses) if (node.organisation !== "court-west") node.kind = "mirror";
      }),
      verdict: "verified",
      counted: ["arbitration", "bank-b", "court-east"],
    },
    "within-tree-sizes": {
      why: "from is the first size that counts, until the first that no longer does",
      evidence: happy(),
      consortium: trust((file) => {
        Object.assign(file.witnesses[0] ?? {}, { from: 7, until: 8 });
      }),
      verdict: "verified",
      counted: everybody,
    },
    "unknown-key-type-set-aside": {
      why: "a vkey of a type the program does not know is set aside",
      evidence: happy(),
      consortium: trust((file) => {
        file.witnesses[0]?.vkeys.push("court-east.example/witness+00000001+/wAAAA==");
      }),
      verdict: "verified",
      counted: everybody,
    },

    // Check 1: the format.
    "duplicate-member_fail": formatFailure(
      "a member twice",
      text((t) => t.replace('{"batch":', '{"timestamps":[],"batch":')),
      "json-duplicate-key",
    ),
    "byte-order-mark_fail": formatFailure(
      "a byte order mark",
      concatBytes(utf8("\ufeff"), happy()),
      "json-byte-order-mark",
    ),
    "trailing-bytes_fail": formatFailure(
      "something after the value",
      text((t) => `${t}x`),
      "json-trailing-bytes",
    ),
    "not-utf8_fail": formatFailure(
      "a byte that is no UTF-8",
      concatBytes(happy(), Uint8Array.of(0xff)),
      "utf8-invalid",
    ),
    "empty-file_fail": formatFailure("nothing", new Uint8Array(0), "json-syntax"),
    "unknown-member_fail": formatFailure(
      "a member the format doesn't have",
      altered((evidence) => (evidence.note = "hello")),
      "member-unknown",
    ),
    "unknown-type_fail": formatFailure(
      "a later version",
      altered((evidence) => (evidence.type = "cunzheng/evidence@v2")),
      "type-unknown",
    ),
    "timestamps-missing_fail": formatFailure(
      "timestamps are required and may be empty",
      altered((evidence) => delete evidence.timestamps),
      "member-missing",
    ),
    "null-member_fail": formatFailure(
      "optional members are absent, never null",
      altered((evidence) => (evidence.statement.name = null)),
      "value-type",
    ),
    "number-not-canonical_fail": formatFailure(
      "a number as RFC 8785 does not write it",
      text((t) => t.replace('"leafIndex":0', '"leafIndex":0.0')),
      "json-number-not-canonical",
    ),
    "base64-unpadded_fail": formatFailure(
      "base64 without its padding",
      altered((evidence) => (evidence.batch.root = (evidence.batch.root as string).replace(/=+$/, ""))),
      "base64-invalid",
    ),
    "nonce-too-short_fail": formatFailure(
      "a nonce of 15 bytes",
      altered((evidence) => (evidence.statement.nonce = base64(new Uint8Array(15)))),
      "value-range",
    ),
    "lone-surrogate_fail": formatFailure(
      "an escaped lone surrogate",
      text((t) => t.replace('"recordType":"loan', '"recordType":"\\ud800loan')),
      "json-lone-surrogate",
    ),
    "extension-line_fail": formatFailure(
      "a checkpoint with an extension line",
      proofEdited((proof) => proof.replace("\n\n— ", "\nextension\n\n— ")),
      "checkpoint-extension",
    ),
    "malformed-signature-line_fail": formatFailure(
      "a signature line that is none refuses the note",
      proofEdited((proof) => `${proof}— stranger.example not*base64\n`),
      "note-signature-malformed",
    ),
    "tree-size-with-leading-zero_fail": formatFailure(
      "a size has one spelling",
      proofEdited((proof) => proof.replace("\n7\n", "\n07\n")),
      "checkpoint-malformed",
    ),
    "empty-extra_fail": formatFailure(
      "an empty extra is refused",
      proofEdited((proof) => proof.replace("@v1\n", "@v1\nextra \n")),
      "proof-malformed",
    ),

    // Check 2: the record.
    "altered-record_fail": {
      why: "one digit of the amount",
      evidence: happy(),
      record: json({ ...record, amount: 120000.6 }),
      verdict: "refused",
      failed: { "record-digest": "record-sha-256" },
    },
    "record-of-another-size_fail": {
      why: "one digit more",
      evidence: happy(),
      record: json({ ...record, amount: 1120000.5 }),
      verdict: "refused",
      failed: { "record-digest": "record-size" },
    },
    "record-of-another-sm3_fail": {
      why: "every digest of the statement must fit, not the first alone",
      evidence: evidenceOf({
        statement: statement({ digests: { ...statement().digests, sm3: base64(new Uint8Array(32)) } }),
      }),
      record: json(record),
      verdict: "refused",
      failed: { "record-digest": "record-sm3" },
    },
    "record-with-duplicate-key_fail": {
      why: "a canonicalized record is parsed strictly",
      evidence: happy(),
      record: utf8('{"amount":1,"amount":120000.5}'),
      verdict: "refused",
      failed: { "record-digest": "json-duplicate-key" },
    },
    "record-without-canonicalization-reformatted_fail": {
      why: "exact bytes are compared where the statement has no canonicalization",
      evidence: evidenceOf({ statement: fileStatement() }),
      record: utf8("Example receipt, page 1."),
      verdict: "refused",
      failed: { "record-digest": "record-size" },
    },

    // Checks 3 and 4: inclusion.
    "altered-statement_fail": {
      why: "another record type in the statement: another leaf",
      evidence: altered((evidence) => (evidence.statement.recordType = "loan.contract")),
      verdict: "refused",
      failed: { "batch-inclusion": "inclusion-mismatch" },
    },
    "swapped-proof_fail": {
      why: "the path of a neighbour",
      evidence: altered((evidence) => ((evidence.inclusion as { leafIndex: number }).leafIndex = 1)),
      verdict: "refused",
      failed: { "batch-inclusion": "inclusion-mismatch" },
    },
    "leaf-outside-batch_fail": {
      why: "a leaf index that the batch does not have",
      evidence: altered((evidence) => ((evidence.inclusion as { leafIndex: number }).leafIndex = 3)),
      verdict: "refused",
      failed: { "batch-inclusion": "leaf-outside-batch" },
    },
    "path-too-long_fail": {
      why: "a hash more than the tree is high",
      evidence: altered((evidence) =>
        (evidence.inclusion as { path: string[] }).path.push(base64(new Uint8Array(32))),
      ),
      verdict: "refused",
      failed: { "batch-inclusion": "inclusion-malformed" },
    },
    "path-too-short_fail": {
      why: "a hash less",
      evidence: altered((evidence) => (evidence.inclusion as { path: string[] }).path.pop()),
      verdict: "refused",
      failed: { "batch-inclusion": "inclusion-malformed" },
    },
    "altered-batch_fail": {
      why: "another sealing time: another ledger entry",
      evidence: altered((evidence) => (evidence.batch.sealedAt = "2026-11-24T08:00:01.251Z")),
      verdict: "refused",
      failed: { "ledger-inclusion": "inclusion-mismatch" },
    },
    "altered-batch-root_fail": {
      why: "another root: neither the leaf leads to it nor it to the ledger",
      evidence: altered((evidence) => (evidence.batch.root = flipFirstByte(evidence.batch.root as string))),
      verdict: "refused",
      failed: { "batch-inclusion": "inclusion-mismatch", "ledger-inclusion": "inclusion-mismatch" },
    },
    "ledger-index-swapped_fail": {
      why: "another index in the ledger",
      evidence: proofEdited((proof) => proof.replace("index 5", "index 4")),
      verdict: "refused",
      failed: { "ledger-inclusion": "inclusion-mismatch" },
    },

    // Check 5: the log.
    "checkpoint-of-another-ledger_fail": {
      why: "the origin is not the trust file's",
      evidence: evidenceOf({
        origin: "other.example/loans",
        log: signer("other.example/loans", SIGNATURE_TYPE.ed25519, 1),
      }),
      verdict: "refused",
      failed: { "log-signature": "origin-mismatch" },
    },
    "log-unsigned_fail": {
      why: "no signature of the log's key",
      evidence: evidenceOf({ log: signer(ORIGIN, SIGNATURE_TYPE.ed25519, 99) }),
      verdict: "refused",
      failed: { "log-signature": "signature-missing" },
    },
    "log-signature-broken_fail": {
      why: "one bit of the log's signature",
      evidence: proofEdited((proof) =>
        proof.replace(signedLine(log, checkpointOf()), brokenLine(signedLine(log, checkpointOf()))),
      ),
      verdict: "refused",
      failed: { "log-signature": "signature-invalid" },
    },

    // Checks 6 and 7: cosignatures and quorum.
    "cosignature-broken_fail": {
      why: "a broken line of a known key refuses the note, also when the quorum would hold without it",
      evidence: evidenceOf({
        cosigners: [courtEast, courtWest, bankB, arbitration],
        extraLines: [brokenLine(cosignedLine(bankA, checkpointOf()))],
      }),
      verdict: "refused",
      failed: { cosignatures: "signature-invalid", quorum: "quorum-not-met" },
    },
    "cosignature-replayed-under-another-name_fail": {
      why: "court-east's signature on a line with court-west's name and key id",
      evidence: evidenceOf({
        cosigners: [courtEast, bankB],
        extraLines: [
          formatSignatureLine(
            courtWest.vkey.name,
            courtWest.vkey.keyId,
            bytesFromBase64(cosignedLine(courtEast, checkpointOf()).trimEnd().split(" ")[2] ?? "").subarray(
              4,
            ),
          ),
        ],
      }),
      verdict: "refused",
      failed: { cosignatures: "signature-invalid", quorum: "quorum-not-met" },
    },
    "cosignature-of-another-checkpoint_fail": {
      why: "a genuine cosignature on another tree",
      evidence: evidenceOf({
        cosigners: [courtEast, bankB],
        extraLines: [cosignedLine(arbitration, checkpointOf({ batch: { size: 4 } }))],
      }),
      verdict: "refused",
      failed: { cosignatures: "signature-invalid", quorum: "quorum-not-met" },
    },
    "cosignature-after-the-year-9999_fail": {
      why: "times after the year 9999 are refused",
      evidence: evidenceOf({ cosigners: [courtEast, bankB, [arbitration, 253_402_300_800]] }),
      verdict: "refused",
      failed: { cosignatures: "cosignature-time", quorum: "quorum-not-met" },
    },
    "cosignature-without-a-time_fail": {
      why: "a cosigner must name its time",
      evidence: evidenceOf({ cosigners: [courtEast, bankB, [arbitration, 0]] }),
      verdict: "refused",
      failed: { cosignatures: "cosignature-time", quorum: "quorum-not-met" },
    },
    "a-hundred-and-one-signature-lines_fail": formatFailure(
      "a note has a hundred lines at most",
      evidenceOf({ extraLines: linesOfStrangers(95) }),
      "note-too-many-signatures",
    ),
    "no-cosignatures_fail": {
      why: "the log's word alone",
      evidence: evidenceOf({ cosigners: [] }),
      ...quorumNotMet,
    },
    "quorum-only-with-own-node_fail": {
      why: "the third organisation is the depositor itself",
      evidence: evidenceOf({ cosigners: [courtEast, bankB, bankA] }),
      ...quorumNotMet,
      counted: ["bank-b", "court-east"],
    },
    "quorum-only-with-subsidiary_fail": {
      why: "the third is controlled by the depositor",
      evidence: evidenceOf({ cosigners: [courtEast, bankB, bankASubsidiary] }),
      ...quorumNotMet,
      counted: ["bank-b", "court-east"],
    },
    "quorum-only-with-parent_fail": {
      why: "the third controls the depositor",
      evidence: evidenceOf({
        statement: statement({ depositor: { id: "bank-a-leasing", name: "示例租赁" } }),
        cosigners: [courtEast, bankB, bankA],
      }),
      ...quorumNotMet,
    },
    "quorum-only-with-the-log_fail": {
      why: "the log's own organisation never counts",
      evidence: evidenceOf({ cosigners: [courtEast, bankB, notary] }),
      ...quorumNotMet,
    },
    "quorum-only-with-a-party_fail": {
      why: "the arbitration commission is named as a party",
      evidence: evidenceOf({ cosigners: [courtEast, bankB, arbitration] }),
      parties: ["arbitration"],
      ...quorumNotMet,
    },
    "party-named-although-parties-count_fail": {
      why: "a named party never counts, whatever excludeParties says",
      evidence: evidenceOf({ cosigners: [courtEast, bankB, arbitration] }),
      consortium: trust((file) => (file.quorum.excludeParties = false)),
      parties: ["arbitration"],
      ...quorumNotMet,
    },
    "quorum-without-a-court_fail": {
      why: "enough organisations, but no court among them",
      evidence: evidenceOf({ cosigners: [bankB, arbitration, bankA] }),
      consortium: trust((file) => (file.quorum.excludeParties = false)),
      ...quorumNotMet,
    },
    "one-organisation-three-times_fail": {
      why: "one cosigner three times counts once",
      evidence: evidenceOf({
        cosigners: [
          courtEast,
          [courtEast, COSIGNED_AT_SECONDS + 1],
          [courtEast, COSIGNED_AT_SECONDS + 2],
          bankB,
        ],
      }),
      ...quorumNotMet,
    },
    "witnesses-where-mirrors-are-asked_fail": {
      why: "mirrorsOnly is true when absent",
      evidence: happy(),
      consortium: trust((file) => delete (file.quorum as Partial<typeof file.quorum>).mirrorsOnly),
      ...quorumNotMet,
      counted: [],
    },
    "key-retired_fail": {
      why: "the checkpoint's size is the first at which court-east no longer counts",
      evidence: evidenceOf({ cosigners: [courtEast, bankB, arbitration] }),
      consortium: trust((file) => Object.assign(file.witnesses[0] ?? {}, { until: 7 })),
      ...quorumNotMet,
    },
    "key-not-yet-valid_fail": {
      why: "court-east counts from size 8 on",
      evidence: evidenceOf({ cosigners: [courtEast, bankB, arbitration] }),
      consortium: trust((file) => Object.assign(file.witnesses[0] ?? {}, { from: 8 })),
      ...quorumNotMet,
    },

    // Check 8: the order of times.
    "sealed-before-received_fail": {
      why: "received more than five seconds after the batch was sealed",
      evidence: evidenceOf({ statement: statement({ receivedAt: "2026-11-24T08:00:06.251Z" }) }),
      verdict: "refused",
      failed: { "time-order": "sealed-before-received" },
    },
    "quorum-only-with-an-early-cosignature_fail": {
      why: "the quorum rests on a cosignature older than the batch",
      evidence: evidenceOf({ cosigners: [courtEast, bankB, [arbitration, early]] }),
      verdict: "refused",
      failed: { "time-order": "cosigned-before-sealed" },
      counted: ["bank-b", "court-east"],
    },
    "early-cosignature-not-needed": {
      why: "one that is too early is shown and not counted; the others suffice",
      evidence: evidenceOf({ cosigners: [courtEast, bankB, arbitration, [courtWest, early]] }),
      verdict: "verified",
      counted: ["arbitration", "bank-b", "court-east"],
    },

    // The trust file.
    "trust-file-not-json_incomplete": {
      why: "a broken trust file verifies nothing and refuses nothing",
      evidence: happy(),
      consortiumBytes: utf8("{"),
      verdict: "incomplete",
      trustProblem: "json-syntax",
    },
    "trust-file-broken-and-evidence-false_incomplete": {
      why: "not even false evidence is judged under it",
      evidence: utf8("{}"),
      consortium: trust((file) => (file.quorum.total = 0)),
      verdict: "incomplete",
      trustProblem: "quorum-invalid",
    },
    "quorum-of-nobody_incomplete": brokenTrust(
      "a quorum of 0",
      trust((file) => (file.quorum.total = 0)),
      "quorum-invalid",
    ),
    "organisation-twice_incomplete": brokenTrust(
      "two organisations of one id",
      trust((file) => file.organisations.push(file.organisations[0] as (typeof file.organisations)[number])),
      "organisation-duplicate",
    ),
    "witness-of-no-organisation_incomplete": brokenTrust(
      "a witness of an organisation that is not listed",
      trust((file) => Object.assign(file.witnesses[0] ?? {}, { organisation: "court-north" })),
      "organisation-unknown",
    ),
    "key-id-does-not-fit_incomplete": brokenTrust(
      "a vkey with another key id",
      trust((file) => {
        const node = file.witnesses[0];
        if (node) node.vkeys = [node.vkeys[0]?.replace(/\+[0-9a-f]{8}\+/, "+00000000+") ?? ""];
      }),
      "vkey-mismatch",
    ),
    "log-key-of-another-name_incomplete": brokenTrust(
      "a log's key is named by its origin",
      trust((file) => (file.log.vkeys = [signer("other.example/log", SIGNATURE_TYPE.ed25519, 1).vkey.text])),
      "vkey-mismatch",
    ),
    "one-key-two-names_incomplete": brokenTrust(
      "court-east's key as court-west's too",
      trust((file) => {
        const node = file.witnesses[1];
        if (node)
          node.vkeys = [signer("court-west.example/witness", SIGNATURE_TYPE.cosignature, 11).vkey.text];
      }),
      "key-reused",
    ),
    "one-key-two-names-of-one-court_incomplete": brokenTrust(
      "an Ed25519 cosignature does not sign its cosigner's name: also within one organisation one key has one name",
      trust((file) => {
        const node = file.witnesses[0];
        if (!node) return;
        const name = "court-east.example/second";
        const { vkey } = signer(name, SIGNATURE_TYPE.cosignature, 11);
        file.witnesses.push({ ...node, name, vkeys: [vkey.text] });
      }),
      "key-reused",
    ),
    "log-key-as-receipt-key_incomplete": brokenTrust(
      "one key, one purpose",
      trust((file) => (file.receipts.vkeys = [log.vkey.text])),
      "key-reused",
    ),
    "unknown-member-in-trust-file_incomplete": brokenTrust(
      "a member the format doesn't have",
      trust((file) => (file.comment = "trust me")),
      "member-unknown",
    ),
    "unknown-role_incomplete": brokenTrust(
      "a role that the format doesn't have",
      trust((file) => Object.assign(file.organisations[0] ?? {}, { role: "oracle" })),
      "value-range",
    ),
    ...timestampCases(),
    ...recordFormCases(),
    ...boundsCases(),
    ...timeCases(),
    ...signatureCases(),
    ...membershipEvidenceCases(),
    ...voiceCases(),
    "evidence-as-trust-file_incomplete": {
      why: "a file of another type",
      evidence: happy(),
      consortiumBytes: happy(),
      verdict: "incomplete",
      trustProblem: "type-unknown",
    },
  };
}

export { receiptKey };
