/** The cases of test/vectors/evidence/ at the bounds of docs/evidence-format.md, section 1.4, and just over them, where files stay small. */
import { base64, concatBytes, utf8 } from "../../src/core/bytes.js";
import { encodeEvidence } from "../../src/core/evidence/evidence.js";
import { formatSignatureLine } from "../../src/core/ledger/note.js";
import { SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import type { EvidenceCase } from "./evidence-cases.js";
import { consortium, json, sampleEvidence, signer } from "./sample-world.js";

const { evidence } = sampleEvidence();
type Changed = Readonly<Record<string, unknown>>;
const evidenceWith = (changes: Changed): Uint8Array => json({ ...evidence, ...changes });
const refused = (why: string, file: Uint8Array, code: string, check = "evidence-format"): EvidenceCase => ({
  why,
  evidence: file,
  verdict: "refused",
  failed: { [check]: code },
});
const verified = (why: string, file: Uint8Array, trust: unknown = consortium()): EvidenceCase => ({
  why,
  evidence: file,
  consortium: trust,
  verdict: "verified",
});
const broken = (why: string, trust: unknown, code: string): EvidenceCase => ({
  why,
  evidence: encodeEvidence(evidence),
  consortium: trust,
  verdict: "incomplete",
  trustProblem: code,
});

const tokens = (count: number): unknown[] =>
  Array.from({ length: count }, () => ({ token: base64(utf8("not a token")) }));
const hashes = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => base64(new Uint8Array(32).fill(i)));
const inclusion = (count: number): Changed => ({ inclusion: { leafIndex: 0, path: hashes(count) } });

/** A stranger's line of so many bytes, of which the dash takes three. */
const lineOf = (bytes: number): string => {
  const blob = 6000;
  const rest = formatSignatureLine("", 1, new Uint8Array(blob));
  return formatSignatureLine("x".repeat(bytes - utf8(rest).length), 1, new Uint8Array(blob));
};
const withLine = (bytes: number): Uint8Array =>
  encodeEvidence(sampleEvidence({ extraLines: [lineOf(bytes)] }).evidence);

const proofEdited = (edit: (proof: string) => string): Uint8Array =>
  evidenceWith({ ledgerProof: edit(evidence.ledgerProof) });
const proofWithHashes = (count: number): Uint8Array =>
  proofEdited((proof) => proof.replace(/(index \d+\n)[^]*?\n\n/, `$1${hashes(count).join("\n")}\n\n`));
const proofWithExtra = (bytes: number): Uint8Array =>
  proofEdited((proof) => proof.replace("\nindex", `\nextra ${base64(new Uint8Array(bytes))}\nindex`));

const trust = (changes: Changed): unknown => ({ ...consortium(), ...changes });
const { organisations, witnesses, log } = consortium();
const named = (en: string): unknown =>
  trust({
    organisations: organisations.map((each, i) => (i === 0 ? { ...each, name: { zh: "示例", en } } : each)),
  });
const vkeysOf = (name: string, type: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => signer(name, type, 100 + i).vkey.text);
const cosignerWithKeys = (more: number): unknown =>
  trust({
    witnesses: witnesses.map((each, i) =>
      i === 0
        ? { ...each, vkeys: [...each.vkeys, ...vkeysOf(each.name, SIGNATURE_TYPE.cosignature, more)] }
        : each,
    ),
  });
const logWithKeys = (more: number): unknown =>
  trust({
    log: { ...log, vkeys: [...log.vkeys, ...vkeysOf(log.origin, SIGNATURE_TYPE.ed25519, more)] },
  });
const vkeyOf = (bytes: number): string => {
  const [name, key] = ["x".repeat(20), concatBytes(Uint8Array.of(0xff), new Uint8Array(6002))];
  const text = `${name}+00000000+${base64(key)}`;
  return "x".repeat(bytes - text.length) + text;
};
const receiptKeys = (...vkeys: readonly string[]): unknown =>
  trust({ receipts: { vkeys: [...consortium().receipts.vkeys, ...vkeys] } });

export function boundsCases(): Readonly<Record<string, EvidenceCase>> {
  return {
    "bounds-a-hundred-timestamps": {
      ...verified(
        "evidence may hold a hundred tokens, whatever they are",
        evidenceWith({ timestamps: tokens(100) }),
      ),
      timestamps: Array<string>(100).fill("timestamp-malformed"),
    },
    "bounds-a-hundred-and-one-timestamps_fail": refused(
      "a hundred tokens at most",
      evidenceWith({ timestamps: tokens(101) }),
      "list-too-long",
    ),
    "bounds-timestamps-counted-before-they-are-read_fail": refused(
      "the list is judged before its entries, none of which is an object",
      evidenceWith({ timestamps: Array<number>(101).fill(0) }),
      "list-too-long",
    ),
    "bounds-a-member-before-the-long-list_fail": refused(
      "members are judged in the order of their table: the ledger proof comes before the tokens",
      evidenceWith({ ledgerProof: 0, timestamps: tokens(101) }),
      "value-type",
    ),
    "bounds-path-of-64-hashes_fail": refused(
      "a path of 64 hashes is read, and proves nothing",
      evidenceWith(inclusion(64)),
      "inclusion-malformed",
      "batch-inclusion",
    ),
    "bounds-path-of-65-hashes_fail": refused(
      "no tree has a path of 65 hashes",
      evidenceWith(inclusion(65)),
      "list-too-long",
    ),
    "bounds-proof-of-64-hashes_fail": refused(
      "a ledger proof of 64 hashes is read, and proves nothing",
      proofWithHashes(64),
      "inclusion-malformed",
      "ledger-inclusion",
    ),
    "bounds-proof-of-65-hashes_fail": refused(
      "a ledger proof has 64 hashes at most",
      proofWithHashes(65),
      "proof-malformed",
    ),
    "bounds-extra-of-8186-bytes": verified("the line of extra data has 8,190 bytes", proofWithExtra(6138)),
    "bounds-extra-of-8194-bytes_fail": refused(
      "the line of extra data has 8,194 bytes",
      proofWithExtra(6141),
      "proof-malformed",
    ),
    "bounds-signature-line-of-8192-bytes": verified("a line may have 8,192 bytes", withLine(8192)),
    "bounds-signature-line-of-8193-bytes_fail": refused(
      "a line has 8,192 bytes at most, whoever it is of",
      withLine(8193),
      "note-line-too-long",
    ),
    "bounds-lines-measured-before-characters_fail": refused(
      "lines are measured before anything else of a note, such as a control character before the long one",
      proofEdited((proof) => proof.replace("\n\n", `\n\n\t`).replace(/$/, `${lineOf(8193)}\n`)),
      "note-line-too-long",
    ),
    "bounds-name-of-512-characters": verified(
      "a name may have 512 UTF-16 code units",
      encodeEvidence(evidence),
      named("é".repeat(512)),
    ),
    "bounds-name-of-513-characters_incomplete": broken(
      "a name has 512 UTF-16 code units at most",
      named("x".repeat(513)),
      "value-range",
    ),
    "bounds-eight-keys-of-one-cosigner": verified(
      "an entry may have eight keys",
      encodeEvidence(evidence),
      cosignerWithKeys(7),
    ),
    "bounds-nine-keys-of-one-cosigner_incomplete": broken(
      "an entry has eight keys at most",
      cosignerWithKeys(8),
      "list-too-long",
    ),
    "bounds-sixteen-keys-of-the-log": verified(
      "a log may have sixteen keys",
      encodeEvidence(evidence),
      logWithKeys(15),
    ),
    "bounds-seventeen-keys-of-the-log_incomplete": broken(
      "a log has sixteen keys at most",
      logWithKeys(16),
      "list-too-long",
    ),
    "bounds-vkey-of-8192-bytes": verified(
      "a key of an unknown type is set aside, as long as its text has 8,192 bytes",
      encodeEvidence(evidence),
      receiptKeys(vkeyOf(8192)),
    ),
    "bounds-vkey-of-8193-bytes_incomplete": broken(
      "a key's text has 8,192 bytes at most",
      receiptKeys(vkeyOf(8193)),
      "vkey-malformed",
    ),
    "bounds-authorities-counted-before-they-are-read_incomplete": broken(
      "101 authorities, none of which is PEM",
      trust({ timestampAuthorities: Array<string>(101).fill("no PEM") }),
      "list-too-long",
    ),
    "bounds-a-thousand-and-one-members_fail": refused(
      "an object has a thousand members at most, unknown ones too",
      evidenceWith(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`m${i}`, 0]))),
      "json-too-many-members",
    ),
  };
}
