/**
 * What must hold of every spoilt file: the two verifiers say the same, neither throws but for wrong usage, neither takes
 * longer than its size allows, and what still verifies means nothing that the genuine files did not mean.
 */
import { createHash } from "node:crypto";
import { PdfReader } from "../../src/certificate/pdf/pdf-reader.js";
import { readSignature, withoutSignature } from "../../src/certificate/pdf/signature-object.js";
import type { FileReport } from "../../src/certificate/verify/verify-file.js";
import { ParseError, VerificationError } from "../../src/core/errors.js";
import { parseChallenge } from "../../src/core/evidence/challenge.js";
import { encodeEvidence, parseEvidence } from "../../src/core/evidence/evidence.js";
import { parseMisconduct } from "../../src/core/evidence/misconduct.js";
import { openCheckpoint } from "../../src/core/ledger/checkpoint.js";
import { parseNote } from "../../src/core/ledger/note.js";
import { parseTlogProof } from "../../src/core/ledger/tlog-proof.js";
import { canonicalJson } from "../../src/core/record/canonical.js";
import { parseJson } from "../../src/core/record/json.js";
import type { Check, CheckName } from "../../src/core/verify/report.js";
import { cosignerVkeys, parseConsortium } from "../../src/core/trust/consortium.js";
import type { Cosigner } from "../../src/core/trust/quorum.js";
import { openCosignatures } from "../../src/core/witness/cosignature.js";
import { VERIFIERS } from "../../src/platform/keys/verifiers.js";
import type { Given, Kind, Original } from "./originals.js";
import type { Verify } from "./verifiers.js";

export interface Finding {
  readonly what: "disagreement" | "thrown" | "another-meaning" | "slow";
  readonly detail: string;
}

export interface Judged {
  /** `verified`, `unanswered` and the like, or `wrong-usage`. */
  readonly verdict: string;
  readonly finding?: Finding;
}

/** A file of a few hundred kilobytes that takes longer than this holds up whoever verifies it. */
const SLOW_MS = 5000;
const WRONG_USAGE: ReadonlySet<string> = new Set(["input-unused"]);

export interface Judge {
  judge(kind: Kind, given: Given, original: Original): Promise<Judged>;
}

/**
 * Checks that fail by what is handed in beside the content, or by a signature beside others: what the file asserts may be
 * genuine for all that, and is what remains once a change takes the fault away.
 */
const BESIDE_THE_CONTENT: ReadonlySet<CheckName> = new Set<CheckName>([
  "record-digest",
  "cosignatures",
  "quorum",
  "timestamps",
]);

/** Learns first what the genuine files mean, as `learnFrom` verifies them. */
export async function openJudge(
  originals: readonly Original[],
  verifiers: { readonly node: Verify; readonly noble: Verify },
  learnFrom: Verify = verifiers.node,
): Promise<Judge> {
  const meanings = new Set<string>();
  for (const { given } of originals) {
    const report = await answerOf(learnFrom, given);
    for (const meaning of genuineMeaningsOf(given, report)) meanings.add(meaning);
  }
  return {
    async judge(kind, given, original) {
      const start = performance.now();
      const [node, noble] = [await answerOf(verifiers.node, given), await answerOf(verifiers.noble, given)];
      const elapsedMs = performance.now() - start;
      const verdict = "verdict" in node ? node.verdict : node.thrown;
      const finding =
        thrownOf(node) ??
        thrownOf(noble) ??
        disagreementOf(node, noble) ??
        (isClaim(node) ? otherMeaning(kind, given, node, { original, meanings }) : undefined) ??
        (elapsedMs > SLOW_MS ? { what: "slow" as const, detail: `${Math.round(elapsedMs)} ms` } : undefined);
      return { verdict, ...(finding && { finding }) };
    },
  };
}

/**
 * What the makers of a file have signed: all that a claim asserts; of two checkpoints whatever each is signed by; and of evidence whose content holds, accepted or not, that
 * content and each cosignature that verifies. One that does not count under this trust file may count under another.
 */
function genuineMeaningsOf(given: Given, answer: Answer): readonly string[] {
  if ("thrown" in answer) return [];
  if (answer.type === "cunzheng/misconduct-report@v1") return vouchingsOf(given);
  if (answer.type !== "cunzheng/report@v1" || answer.certificate !== undefined)
    return isClaim(answer) ? meaningsOf(given, answer) : [];
  const { subject, checks, cosigners } = answer;
  const holds = subject !== undefined && checks.every(isBesideTheContent);
  return holds ? meaningsOfEvidence(given.file, cosigners) : [];
}

const isBesideTheContent = ({ name, result }: Check): boolean =>
  result !== "failed" || BESIDE_THE_CONTENT.has(name);

type Answer = FileReport | { readonly thrown: string; readonly detail: string };

async function answerOf(verify: Verify, given: Given): Promise<Answer> {
  try {
    return await verify(given);
  } catch (error) {
    if (error instanceof ParseError && WRONG_USAGE.has(error.code))
      return { thrown: "wrong-usage", detail: error.message };
    return {
      thrown: "error",
      detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

const thrownOf = (answer: Answer): Finding | undefined =>
  "thrown" in answer && answer.thrown === "error" ? { what: "thrown", detail: answer.detail } : undefined;

function disagreementOf(node: Answer, noble: Answer): Finding | undefined {
  const [one, other] = [JSON.stringify(node), JSON.stringify(noble)];
  return one === other ? undefined : { what: "disagreement", detail: `node ${one}\nnoble ${other}` };
}

/** Whether something is proved by this answer: a deposit, a misconduct, a receipt. */
const isClaim = (answer: Answer): answer is FileReport =>
  "verdict" in answer && answer.verdict !== "refused" && answer.verdict !== "incomplete";

function otherMeaning(
  kind: Kind,
  given: Given,
  report: FileReport,
  known: { readonly original: Original; readonly meanings: ReadonlySet<string> },
): Finding | undefined {
  const other = (detail: string): Finding => ({ what: "another-meaning", detail });
  if (kind === "certificate" && !isSamePdf(given.file, known.original.given.file))
    return other("a certificate verifies that is not the one that was signed");
  if (report.type === "cunzheng/report@v1" && !meetsQuorum(given, report))
    return other("fewer organisations count than the trust file asks for");
  if (report.type === "cunzheng/report@v1" && report.certificate === undefined && !isRecordOf(given))
    return other("a record verifies that has other digests");
  // Under another trust file other keys may sign: what they then mean is the trust file's word.
  if (kind === "trust-file") return undefined;
  try {
    const unknown = meaningsOf(given, report).filter((meaning) => !known.meanings.has(meaning));
    return unknown.length === 0 ? undefined : other(unknown.join("\n"));
  } catch (error) {
    if (error instanceof ParseError) return other(`accepted, though it does not parse: ${error.message}`);
    throw error;
  }
}

/** What an accepted file asserts, each assertion by itself, so that a file which asserts less asserts nothing new. */
function meaningsOf(given: Given, report: FileReport): readonly string[] {
  switch (report.type) {
    case "cunzheng/misconduct-report@v1":
      return parseMisconduct(given.file).checkpoints.flatMap((note) =>
        report.convicted.map(({ name }) => vouching(name, parseNote(note).text)),
      );
    case "cunzheng/challenge-report@v1": {
      const { receipt, checkpoint } = parseChallenge(given.file);
      return [`receipt: ${parseNote(receipt).text}`, `checkpoint: ${parseNote(checkpoint).text}`];
    }
    default:
      return report.certificate === undefined
        ? meaningsOfEvidence(
            given.file,
            report.cosigners.filter(({ counted }) => counted),
          )
        : [];
  }
}

const vouching = (name: string, text: string): string => `${name} has vouched for ${text}`;

/** Who has signed each checkpoint of a misconduct file, whether or not the two convict anybody. */
function vouchingsOf({ file, consortium }: Given): readonly string[] {
  return unlessBroken(() => {
    const trust = parseConsortium(consortium);
    const logVkeys = [...trust.log.vkeys, ...trust.log.former.map(({ vkey }) => vkey)];
    return parseMisconduct(file).checkpoints.flatMap((text) => {
      const note = parseNote(text);
      const signers = [
        ...unlessBroken(() => openCheckpoint(text, logVkeys, VERIFIERS).signedBy),
        ...unlessBroken(() => openCosignatures(note, cosignerVkeys(trust), VERIFIERS)).map(
          ({ vkey }) => vkey,
        ),
      ];
      return signers.map(({ name }) => vouching(name, note.text));
    });
  });
}

/** Nothing, where what is read or a signature in it is broken. */
function unlessBroken<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof ParseError || error instanceof VerificationError) return [];
    throw error;
  }
}

function meaningsOfEvidence(
  file: Uint8Array,
  cosigners: readonly Pick<Cosigner, "name" | "timeSeconds">[],
): readonly string[] {
  const { ledgerProof, timestamps: _, ...evidence } = parseEvidence(file);
  const { checkpoint, index, path } = parseTlogProof(ledgerProof);
  const { text } = parseNote(checkpoint);
  const proof = { index, path: path.map((hash) => Buffer.from(hash).toString("base64")), text };
  const all = encodeEvidence({ ...evidence, ledgerProof: JSON.stringify(proof), timestamps: [] });
  return [
    `evidence: ${new TextDecoder().decode(all)}`,
    ...cosigners.map(({ name, timeSeconds }) => `cosignature: ${name} at ${timeSeconds} over ${text}`),
  ];
}

/** What the PDF says outside the place of its signature, whose unsigned attributes are nobody's word. */
function isSamePdf(one: Uint8Array, other: Uint8Array): boolean {
  const withoutCms = (pdf: Uint8Array) => {
    const { hole } = readSignature(new PdfReader(pdf));
    return Buffer.from(withoutSignature(pdf, hole));
  };
  return Buffer.from(one).equals(Buffer.from(other)) || withoutCms(one).equals(withoutCms(other));
}

/** The record by another reckoning: its bytes, or its canonical ones, have the digests of the statement by OpenSSL. */
function isRecordOf({ file, record }: Given): boolean {
  if (!(record instanceof Uint8Array)) return true;
  const { canonicalization, digests } = parseEvidence(file).statement;
  const bytes =
    canonicalization === undefined ? record : canonicalJson(parseJson(record, { numbers: "exact" }));
  return Object.entries(digests).every(([algorithm, digest]) => {
    const hash = createHash(algorithm.replace("sha-", "sha"));
    return hash.update(bytes).digest("base64") === digest;
  });
}

/** The quorum by another reckoning: distinct organisations of the trust file among those who are said to count. */
function meetsQuorum(
  { consortium }: Given,
  { cosigners, subject }: Extract<FileReport, { type: "cunzheng/report@v1" }>,
): boolean {
  const trust = parseConsortium(consortium);
  const { total, roles } = quorumOf(trust, subject?.checkpoint.treeSize ?? 0);
  const counted = new Set(cosigners.filter((each) => each.counted).map(({ organisation }) => organisation));
  if (counted.has(trust.log.organisation) || counted.size < total) return false;
  return roles.every(({ role, count }) => {
    const ofRole = trust.organisations.filter(({ id, role: own }) => counted.has(id) && own === role);
    return ofRole.length >= count;
  });
}

function quorumOf({ quorum }: ReturnType<typeof parseConsortium>, treeSize: number) {
  return quorum.former.find(({ until }) => treeSize < until) ?? quorum;
}
