/**
 * The cases of test/vectors/evidence/ about signature algorithms: log and cosigners with an Ed25519 key, an ML-DSA-44 key
 * or both, under trust files that demand the one, the other, both or neither.
 */
import { base64, bytesFromBase64 } from "../../src/core/bytes.js";
import { encodeEvidence } from "../../src/core/evidence/evidence.js";
import { SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import type { SignatureDemand } from "../../src/core/trust/signature-demand.js";
import type { EvidenceCase } from "./evidence-cases.js";
import {
  consortium,
  COSIGNED_AT_SECONDS,
  cosignedLine,
  cosigners,
  log,
  receiptKey,
  sampleEvidence,
  type Signer,
  signer,
  subtreeLine,
} from "./sample-world.js";

const { mlDsa44 } = SIGNATURE_TYPE;
const second = ({ vkey: { name } }: Signer, seed: number) => signer(name, mlDsa44, seed);
const logSecond = second(log, 30);
const { courtEast, courtWest, bankA, bankB, arbitration } = cosigners;
/** The ML-DSA-44 key of each cosigner, of its name. */
const seconds = {
  courtEast: second(courtEast, 31),
  courtWest: second(courtWest, 32),
  bankA: second(bankA, 33),
  bankB: second(bankB, 34),
  arbitration: second(arbitration, 35),
};
const ALL = { ed25519: [courtEast, courtWest, bankA, bankB, arbitration], mlDsa44: Object.values(seconds) };
const everybody = ["arbitration", "bank-b", "court-east", "court-west"];

type TrustFile = ReturnType<typeof consortium> & { quorum: { signatures?: string } };

/** Both keys of each; `signatures` makes it of version 2. */
function trust(signatures?: SignatureDemand, alter: (file: TrustFile) => void = () => undefined): TrustFile {
  const file: TrustFile = consortium();
  file.log.vkeys.push(logSecond.vkey.text);
  for (const witness of file.witnesses) {
    const key = ALL.mlDsa44.find(({ vkey }) => vkey.name === witness.name);
    if (key) witness.vkeys.push(key.vkey.text);
  }
  if (signatures !== undefined) {
    file.type = "cunzheng/consortium@v2";
    file.quorum.signatures = signatures;
  }
  alter(file);
  return file;
}

type Lines = readonly (Signer | readonly [Signer, number])[];
interface Signed {
  /** The log's first line; its second, where there is one. */
  readonly log?: Signer;
  readonly logSecond?: string;
  readonly cosigners: Lines;
  readonly extraLines?: readonly string[];
}
const { checkpointText } = sampleEvidence();
const LOG_LINE = subtreeLine(logSecond, checkpointText);

const evidenceOf = ({ log: first = log, logSecond: line, cosigners: lines, extraLines = [] }: Signed) =>
  encodeEvidence(
    sampleEvidence({
      log: first,
      cosigners: lines,
      extraLines: [...(line === undefined ? [] : [line]), ...extraLines],
    }).evidence,
  );
const byBoth: Signed = { logSecond: LOG_LINE, cosigners: [...ALL.ed25519, ...ALL.mlDsa44] };

const verified = (
  why: string,
  signed: Signed,
  file: TrustFile,
  counted: readonly string[] = everybody,
): EvidenceCase => ({ why, evidence: evidenceOf(signed), consortium: file, verdict: "verified", counted });
const refused = (
  why: string,
  signed: Signed,
  file: TrustFile,
  failed: Readonly<Record<string, string>>,
): EvidenceCase => ({ why, evidence: evidenceOf(signed), consortium: file, verdict: "refused", failed });
const broken = (why: string, file: unknown, code: string): EvidenceCase => ({
  why,
  evidence: evidenceOf(byBoth),
  consortium: file,
  verdict: "incomplete",
  trustProblem: code,
});
const unsigned = { "log-signature": "signature-missing" };
const tooFew = { quorum: "quorum-not-met" };
const badCosignature = (code: string) => ({ cosignatures: code, ...tooFew });

/** Turns one bit of the signature, or cuts it. */
function spoilt(line: string, length?: number): string {
  const [dash = "", name = "", blob = ""] = line.split(" ");
  const bytes = bytesFromBase64(blob).slice(0, length);
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  return [dash, name, base64(bytes)].join(" ");
}
const courtLine = cosignedLine(seconds.courtEast, checkpointText);
const at = (seconds: number) => COSIGNED_AT_SECONDS + seconds;
/** Too early by a minute. */
const EARLY = at(-60);

export function signatureCases(): Readonly<Record<string, EvidenceCase>> {
  return {
    // Version 1: any key of a list suffices, and each that appears must verify.
    "both-algorithms": verified("log and cosigners sign with both of their keys", byBoth, trust()),
    "ml-dsa-44-alone": verified(
      "a version 1 trust file asks for no algorithm",
      { log: logSecond, cosigners: ALL.mlDsa44 },
      trust(),
    ),
    "each-cosigner-with-another-algorithm": verified(
      "some with the one key, some with the other",
      { cosigners: [courtEast, seconds.courtWest, bankB, seconds.arbitration] },
      trust(),
    ),
    "ml-dsa-44-lines-of-unknown-keys": verified(
      "who lists no ML-DSA-44 key ignores such lines, true and false ones",
      { ...byBoth, extraLines: [spoilt(courtLine), spoilt(LOG_LINE, 80)] },
      consortium(),
    ),
    "ml-dsa-44-receipt-key-set-aside": verified(
      "a receipt is no checkpoint, so no key of type 0x06 can sign one",
      byBoth,
      trust(undefined, (file) => {
        file.receipts.vkeys.push(signer(receiptKey.vkey.name, mlDsa44, 36).vkey.text);
      }),
    ),
    "ml-dsa-44-cosignature-broken_fail": refused(
      "a broken line of a known key refuses the note, also when the quorum holds by Ed25519",
      { ...byBoth, extraLines: [spoilt(courtLine)] },
      trust(),
      badCosignature("signature-invalid"),
    ),
    "ml-dsa-44-cosignature-too-short_fail": refused(
      "of another length",
      { ...byBoth, extraLines: [spoilt(courtLine, -1)] },
      trust(),
      badCosignature("cosignature-malformed"),
    ),
    "ml-dsa-44-cosignature-without-a-time_fail": refused(
      "time 0, well signed",
      { ...byBoth, extraLines: [cosignedLine(seconds.courtEast, checkpointText, 0)] },
      trust(),
      badCosignature("cosignature-time"),
    ),
    "ml-dsa-44-cosignature-after-the-year-9999_fail": refused(
      "no time that can be judged, well signed",
      { ...byBoth, extraLines: [cosignedLine(seconds.courtEast, checkpointText, 253_402_300_800)] },
      trust(),
      badCosignature("cosignature-time"),
    ),
    "ml-dsa-44-cosignature-of-another-checkpoint_fail": refused(
      "another size signed",
      {
        ...byBoth,
        extraLines: [cosignedLine(seconds.courtEast, checkpointText.replace("\n7\n", "\n8\n"))],
      },
      trust(),
      badCosignature("signature-invalid"),
    ),
    "ml-dsa-44-log-signature-broken_fail": refused(
      "the log's Ed25519 line is good, its other one is not",
      { ...byBoth, logSecond: spoilt(LOG_LINE) },
      trust(),
      { "log-signature": "signature-invalid" },
    ),
    "ml-dsa-44-log-signature-too-short_fail": refused(
      "of another length",
      { ...byBoth, logSecond: spoilt(LOG_LINE, -1) },
      trust(),
      { "log-signature": "cosignature-malformed" },
    ),
    "ml-dsa-44-log-signature-without-a-time_fail": refused(
      "time 0, well signed",
      { ...byBoth, logSecond: subtreeLine(logSecond, checkpointText, 0) },
      trust(),
      { "log-signature": "cosignature-time" },
    ),

    // Version 2: what is demanded.
    "signatures-any": verified("as in version 1", { cosigners: ALL.ed25519 }, trust("any")),
    "signatures-any-by-ml-dsa-44": verified(
      "the other way",
      { log: logSecond, cosigners: ALL.mlDsa44 },
      trust("any"),
    ),
    "signatures-ed25519": verified("ML-DSA-44 lines beside are shown", byBoth, trust("ed25519")),
    "signatures-ed25519-log-by-the-other_fail": refused(
      "the log has signed with ML-DSA-44 only",
      { ...byBoth, log: logSecond },
      trust("ed25519"),
      unsigned,
    ),
    "signatures-ed25519-cosigned-by-the-other_fail": refused(
      "no cosigner has used its Ed25519 key",
      { ...byBoth, cosigners: ALL.mlDsa44 },
      trust("ed25519"),
      tooFew,
    ),
    "signatures-ml-dsa-44": verified("Ed25519 lines beside are shown", byBoth, trust("ml-dsa-44")),
    "signatures-ml-dsa-44-alone": verified(
      "no Ed25519 line anywhere",
      { log: logSecond, cosigners: ALL.mlDsa44 },
      trust("ml-dsa-44"),
    ),
    "signatures-ml-dsa-44-of-three": verified(
      "who has used the Ed25519 key only is left out, and enough are left",
      { logSecond: LOG_LINE, cosigners: [courtWest, seconds.courtEast, seconds.bankB, seconds.arbitration] },
      trust("ml-dsa-44"),
      ["arbitration", "bank-b", "court-east"],
    ),
    "signatures-ml-dsa-44-log-by-ed25519_fail": refused(
      "the log has signed with Ed25519 only",
      { cosigners: ALL.mlDsa44 },
      trust("ml-dsa-44"),
      unsigned,
    ),
    "signatures-ml-dsa-44-cosigned-by-ed25519_fail": refused(
      "no cosigner has used its ML-DSA-44 key",
      { logSecond: LOG_LINE, cosigners: ALL.ed25519 },
      trust("ml-dsa-44"),
      tooFew,
    ),
    "signatures-ml-dsa-44-one-too-few_fail": refused(
      "two of the three that are wanted",
      { logSecond: LOG_LINE, cosigners: [...ALL.ed25519, seconds.courtEast, seconds.bankB] },
      trust("ml-dsa-44"),
      tooFew,
    ),
    "signatures-ml-dsa-44-ed25519-line-broken_fail": refused(
      "a line that does not count must verify too",
      { ...byBoth, extraLines: [spoilt(cosignedLine(courtEast, checkpointText))] },
      trust("ml-dsa-44"),
      badCosignature("signature-invalid"),
    ),
    "signatures-both": verified("log and cosigners have signed with both", byBoth, trust("both")),
    "signatures-both-at-two-times": verified(
      "the later of the two is in time",
      {
        logSecond: LOG_LINE,
        cosigners: [
          [courtEast, EARLY],
          seconds.courtEast,
          [seconds.bankB, EARLY],
          bankB,
          arbitration,
          [seconds.arbitration, at(9)],
        ],
      },
      trust("both"),
      ["arbitration", "bank-b", "court-east"],
    ),
    "signatures-both-of-three": verified(
      "who has used one key only is left out, and enough are left",
      {
        logSecond: LOG_LINE,
        cosigners: [
          courtWest,
          ...[courtEast, bankB, arbitration],
          ...ALL.mlDsa44.filter((key) => key !== seconds.courtWest),
        ],
      },
      trust("both"),
      ["arbitration", "bank-b", "court-east"],
    ),
    "signatures-both-log-by-ed25519_fail": refused(
      "the log has signed with Ed25519 only",
      { cosigners: byBoth.cosigners },
      trust("both"),
      unsigned,
    ),
    "signatures-both-log-by-ml-dsa-44_fail": refused(
      "the log has signed with ML-DSA-44 only",
      { ...byBoth, log: logSecond, cosigners: byBoth.cosigners },
      trust("both"),
      unsigned,
    ),
    "signatures-both-log-twice-by-one_fail": refused(
      "two lines of one key",
      {
        log: logSecond,
        logSecond: subtreeLine(logSecond, checkpointText, at(1)),
        cosigners: byBoth.cosigners,
      },
      trust("both"),
      unsigned,
    ),
    "signatures-both-cosigned-by-ed25519_fail": refused(
      "no cosigner has used its ML-DSA-44 key",
      { logSecond: LOG_LINE, cosigners: ALL.ed25519 },
      trust("both"),
      tooFew,
    ),
    "signatures-both-cosigned-by-ml-dsa-44_fail": refused(
      "no cosigner has used its Ed25519 key",
      { logSecond: LOG_LINE, cosigners: ALL.mlDsa44 },
      trust("both"),
      tooFew,
    ),
    "signatures-both-by-two-halves_fail": refused(
      "courts with the one, banks and arbitration with the other",
      { logSecond: LOG_LINE, cosigners: [courtEast, courtWest, seconds.bankB, seconds.arbitration] },
      trust("both"),
      tooFew,
    ),
    "signatures-both-by-two-nodes-of-one-court_fail": refused(
      "one node's Ed25519 and another node's ML-DSA-44 cosignature are no cosigner's two",
      {
        logSecond: LOG_LINE,
        cosigners: [courtEast, seconds.courtWest, bankB, seconds.bankB, arbitration, seconds.arbitration],
      },
      trust("both", (file) => {
        for (const witness of file.witnesses)
          if (witness.name === courtWest.vkey.name) witness.organisation = "court-east";
      }),
      tooFew,
    ),
    "signatures-both-one-key-twice_fail": refused(
      "one key at two times is not two algorithms",
      {
        logSecond: LOG_LINE,
        cosigners: [...ALL.ed25519, ...ALL.ed25519.map((key): [Signer, number] => [key, at(5)])],
      },
      trust("both"),
      tooFew,
    ),
    "signatures-both-too-early_fail": refused(
      "the later of the two is before the sealing",
      {
        logSecond: LOG_LINE,
        cosigners: [...ALL.ed25519, ...ALL.mlDsa44].map((key): [Signer, number] => [key, EARLY]),
      },
      trust("both"),
      { "time-order": "cosigned-before-sealed" },
    ),
    "signatures-both-without-their-keys_fail": refused(
      "the trust file demands what no cosigner in it could give",
      byBoth,
      trust("both", (file) => {
        for (const witness of file.witnesses) witness.vkeys.splice(1);
      }),
      tooFew,
    ),

    // Broken trust files.
    "version-1-with-signatures_incomplete": broken(
      "a member of version 2",
      { ...trust(), quorum: { ...consortium().quorum, signatures: "any" } },
      "member-unknown",
    ),
    "version-2-without-signatures": verified("whichever there is, as in version 1", byBoth, {
      ...trust(),
      type: "cunzheng/consortium@v2",
    }),
    "version-2-of-unknown-signatures_incomplete": broken(
      "a demand that the format doesn't have",
      trust("any", (file) => (file.quorum.signatures = "sm2")),
      "value-range",
    ),
    "version-2-of-a-list-of-signatures_incomplete": broken(
      "one word, not several",
      trust("any", (file) => Object.assign(file.quorum, { signatures: ["ed25519", "ml-dsa-44"] })),
      "value-type",
    ),
    "version-3_incomplete": broken(
      "a version that there is not",
      { ...trust("any"), type: "cunzheng/consortium@v3" },
      "type-unknown",
    ),
    "ml-dsa-44-key-of-another-name_incomplete": broken(
      "a cosigner's key is named as it is",
      trust("any", (file) => file.witnesses[0]?.vkeys.push(signer("other.example", mlDsa44, 37).vkey.text)),
      "vkey-mismatch",
    ),
    "ml-dsa-44-key-under-two-names_incomplete": broken(
      "one key, one holder, whatever it signs",
      trust("any", (file) =>
        file.witnesses[1]?.vkeys.push(signer(courtWest.vkey.name, mlDsa44, 31).vkey.text),
      ),
      "key-reused",
    ),
    "ml-dsa-44-key-of-the-log-and-a-cosigner_incomplete": broken(
      "one key, one purpose",
      trust("any", (file) =>
        file.witnesses[1]?.vkeys.push(signer(courtWest.vkey.name, mlDsa44, 30).vkey.text),
      ),
      "key-reused",
    ),
    "ml-dsa-44-key-too-short_incomplete": broken(
      "1311 bytes",
      trust("any", (file) => {
        const [name = "", id = ""] = logSecond.vkey.text.split("+");
        const key = base64(new Uint8Array([mlDsa44, ...logSecond.vkey.publicKey.subarray(1)]));
        file.log.vkeys[1] = `${name}+${id}+${key}`;
      }),
      "vkey-malformed",
    ),
  };
}
