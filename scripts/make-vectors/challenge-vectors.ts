/**
 * test/vectors/challenge/: challenges under trust files, with answers that lie beside them, and what a verifier must say.
 * The receipt promises to seal by 08:00:11.250; what is cosigned at 08:00:16 is within the tolerance, at 08:00:17 after it.
 */
import { base64, utf8 } from "../../src/core/bytes.js";
import { encodeReceiptText } from "../../src/core/evidence/receipt.js";
import { encodeCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { encodeNote, parseNote } from "../../src/core/ledger/note.js";
import { SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import { hashLeaf } from "../../src/core/merkle/hash.js";
import { hashStatement } from "../../src/core/record/statement.js";
import {
  consortium,
  COSIGNED_AT_SECONDS,
  cosignedLine,
  cosigners,
  json,
  log,
  neighbour,
  ORIGIN,
  receiptKey,
  sampleEvidence,
  type Signer,
  signedLine,
  signer,
  statement,
} from "./sample-world.js";
import { encodeVectorFile, type VectorCase } from "./vector-file.js";

const TYPE = "cunzheng/challenge@v1";
const SEAL_BY = "2026-11-24T08:00:11.250Z";
/** 08:00:17, the first second that lies after the receipt's time and the tolerance. */
const AFTER = COSIGNED_AT_SECONDS + 16;

const receiptText = (members: { origin?: string; sealBy?: string } = {}) =>
  encodeReceiptText({
    origin: ORIGIN,
    id: statement().id,
    leafHash: hashStatement(statement()),
    sealBy: SEAL_BY,
    ...members,
  });
const signed = (text: string, key: Signer = receiptKey) => encodeNote(text, [signedLine(key, text)]);
const receipt = signed(receiptText());

const { courtEast, courtWest, bankA, bankB, bankASubsidiary, arbitration, notary, stranger } = cosigners;
const [FIRST, SECOND] = [courtEast, bankB];
const usualCosigners = [FIRST, SECOND, arbitration];

type Cosigning = Signer | readonly [Signer, number];
const checkpointText = (treeSize = 7, origin = ORIGIN) =>
  encodeCheckpointText({ origin, treeSize, rootHash: hashLeaf(utf8("whatever the ledger holds")) });
const cosigned = (who: readonly Cosigning[], text = checkpointText()) =>
  encodeNote(text, [
    signedLine(log, text),
    ...who.map((one) =>
      "vkey" in one ? cosignedLine(one, text, AFTER) : cosignedLine(one[0], text, one[1]),
    ),
  ]);
const challenge = { type: TYPE, receipt, checkpoint: cosigned(usualCosigners) };

const otherReceiptKey = signer("receipts.example", SIGNATURE_TYPE.ed25519, 33);

const trustFiles = () => {
  const usual = consortium();
  return {
    "consortium.json": usual,
    "consortium-mirrors-only.json": { ...usual, quorum: { ...usual.quorum, mirrorsOnly: true } },
    "consortium-until-7.json": {
      ...usual,
      witnesses: usual.witnesses.map((each) =>
        each.name === FIRST.vkey.name ? { ...each, until: 7 } : each,
      ),
    },
    "consortium-broken.json": { ...usual, quorum: { ...usual.quorum, total: 0 } },
  };
};
type TrustFileName = keyof ReturnType<typeof trustFiles>;

const sealedLate = (sealedAt: string, cosignedAt: number) =>
  sampleEvidence({
    batch: { sealedAt },
    cosigners: usualCosigners.map((key) => [key, cosignedAt] as const),
  }).evidence;
const answers = () => ({
  "answer.json": sampleEvidence().evidence,
  "answer-at-the-last-millisecond.json": sealedLate(SEAL_BY, COSIGNED_AT_SECONDS + 11),
  "answer-a-millisecond-late.json": sealedLate("2026-11-24T08:00:11.251Z", COSIGNED_AT_SECONDS + 11),
  "answer-back-dated.json": sealedLate("2026-11-24T08:00:00.600Z", COSIGNED_AT_SECONDS + 3600),
  "answer-cosigned-a-year-later.json": sealedLate(
    "2026-11-24T08:00:01.000Z",
    COSIGNED_AT_SECONDS + 31_536_000,
  ),
  "answer-of-a-neighbour.json": sampleEvidence({ statement: neighbour(9) }).evidence,
  "answer-without-quorum.json": sampleEvidence({ cosigners: [courtEast] }).evidence,
  "answer-with-a-forged-line.json": sampleEvidence({
    extraLines: [cosignedLine(courtWest, "another text\n")],
  }).evidence,
  "answer-in-a-later-version.json": { ...sampleEvidence().evidence, type: "cunzheng/evidence@v2" },
});
type AnswerName = keyof ReturnType<typeof answers>;

interface Case {
  readonly name: string;
  readonly file?: string | Record<string, unknown>;
  readonly consortium?: TrustFileName;
  readonly answer?: AnswerName;
  readonly parties?: readonly string[];
}

function vector(
  { name, file = challenge, consortium: trust = "consortium.json", answer, parties = [] }: Case,
  verdict: string,
  members: object = {},
): VectorCase {
  return {
    name,
    consortium: trust,
    ...(answer && { answer }),
    parties,
    file: typeof file === "string" ? file : JSON.stringify(file),
    verdict,
    ...members,
  };
}
const refuses = (code: string, one: Case) => vector(one, "refused", { code });
const remains = (answerCode: string, one: Case) => vector(one, "unanswered", { answerCode });

const accepted = (): VectorCase[] => [
  vector({ name: "cosigned after its time" }, "unanswered"),
  vector({ name: "white space is free", file: `${JSON.stringify(challenge, null, 4)}\n` }, "unanswered"),
  vector(
    {
      name: "lines of strangers in receipt and checkpoint",
      file: {
        ...challenge,
        receipt: encodeNote(receiptText(), [
          signedLine(otherReceiptKey, receiptText()),
          signedLine(receiptKey, receiptText()),
        ]),
        checkpoint: cosigned([stranger, ...usualCosigners]),
      },
    },
    "unanswered",
  ),
  vector(
    {
      name: "one is too early, and enough are not",
      file: { ...challenge, checkpoint: cosigned([[courtWest, AFTER - 1], ...usualCosigners]) },
    },
    "unanswered",
  ),
  vector(
    {
      name: "one cosigned before and after",
      file: { ...challenge, checkpoint: cosigned([[FIRST, AFTER - 10], ...usualCosigners]) },
    },
    "unanswered",
  ),
  vector(
    {
      name: "a bank that no one has named counts: a receipt does not say who deposited",
      file: { ...challenge, checkpoint: cosigned([courtEast, bankA, arbitration]) },
    },
    "unanswered",
  ),
  vector({ name: "a party named that has not cosigned", parties: ["bank-a"] }, "unanswered"),
  vector(
    {
      name: "the tree may be as it was before the receipt",
      file: { ...challenge, checkpoint: cosigned(usualCosigners, checkpointText(1)) },
    },
    "unanswered",
  ),
  vector({ name: "answered", answer: "answer.json" }, "rebutted"),
  vector({ name: "answered, a party named", answer: "answer.json", parties: ["court-west"] }, "rebutted"),
  vector(
    { name: "sealed in the last millisecond", answer: "answer-at-the-last-millisecond.json" },
    "rebutted",
  ),
  vector(
    {
      name: "sealed in time by its own word, and not on the ledger by then",
      answer: "answer.json",
      file: { ...challenge, checkpoint: cosigned(usualCosigners, checkpointText(5)) },
    },
    "late",
    { answerCode: "ledger-late" },
  ),
  vector(
    {
      name: "back-dated to before the receipt, and not on the ledger by then",
      answer: "answer-back-dated.json",
      file: { ...challenge, checkpoint: cosigned(usualCosigners, checkpointText(5)) },
    },
    "late",
    { answerCode: "ledger-late" },
  ),
  vector(
    {
      name: "late by both: its own time is told",
      answer: "answer-a-millisecond-late.json",
      file: { ...challenge, checkpoint: cosigned(usualCosigners, checkpointText(5)) },
    },
    "late",
    { answerCode: "sealed-late" },
  ),
  vector(
    {
      name: "the first entry beyond the tree, a party named",
      answer: "answer.json",
      parties: ["court-west"],
      file: { ...challenge, checkpoint: cosigned(usualCosigners, checkpointText(5)) },
    },
    "late",
    { answerCode: "ledger-late" },
  ),
  vector(
    {
      name: "made anew against a later checkpoint than the challenge's",
      answer: "answer-cosigned-a-year-later.json",
      file: { ...challenge, checkpoint: cosigned(usualCosigners, checkpointText(6)) },
    },
    "rebutted",
  ),
  vector(
    {
      name: "the last entry of the tree",
      answer: "answer.json",
      file: { ...challenge, checkpoint: cosigned(usualCosigners, checkpointText(6)) },
    },
    "rebutted",
  ),
  vector({ name: "sealed a millisecond late", answer: "answer-a-millisecond-late.json" }, "late", {
    answerCode: "sealed-late",
  }),
  remains("statement-differs", {
    name: "another statement's evidence",
    answer: "answer-of-a-neighbour.json",
  }),
  remains("evidence-refused", { name: "evidence without a quorum", answer: "answer-without-quorum.json" }),
  remains("evidence-refused", {
    name: "evidence with a forged line",
    answer: "answer-with-a-forged-line.json",
  }),
  remains("evidence-refused", {
    name: "evidence of another version",
    answer: "answer-in-a-later-version.json",
  }),
  remains("evidence-refused", {
    name: "evidence whose quorum does not hold without a party",
    answer: "answer-at-the-last-millisecond.json",
    file: { ...challenge, checkpoint: cosigned([...usualCosigners, courtWest]) },
    parties: ["court-east"],
  }),
];

const refused = (): VectorCase[] => {
  const whole = JSON.stringify(challenge);
  const withReceipt = (note: string) => ({ ...challenge, receipt: note });
  const withCheckpoint = (note: string) => ({ ...challenge, checkpoint: note });
  const text = checkpointText();
  return [
    ...[1, 11, 12, 16].map((second) =>
      refuses("quorum-not-met", {
        name: `cosigned at 08:00:${String(second).padStart(2, "0")}`,
        file: withCheckpoint(
          cosigned(usualCosigners.map((key) => [key, COSIGNED_AT_SECONDS - 1 + second] as const)),
        ),
      }),
    ),
    refuses("quorum-not-met", {
      name: "one of three in time",
      file: withCheckpoint(cosigned([FIRST, [SECOND, AFTER - 1], [arbitration, AFTER - 1]])),
    }),
    refuses("quorum-not-met", { name: "two cosigners", file: withCheckpoint(cosigned([FIRST, SECOND])) }),
    refuses("quorum-not-met", {
      name: "no bank",
      file: withCheckpoint(cosigned([courtEast, courtWest, arbitration])),
    }),
    refuses("quorum-not-met", { name: "no cosigner", file: withCheckpoint(cosigned([])) }),
    refuses("quorum-not-met", {
      name: "one cosigner three times",
      file: withCheckpoint(cosigned([FIRST, [FIRST, AFTER + 1], [FIRST, AFTER + 2], SECOND])),
    }),
    refuses("quorum-not-met", {
      name: "the operator's own node does not count",
      file: withCheckpoint(cosigned([FIRST, SECOND, notary])),
    }),
    refuses("quorum-not-met", { name: "a party does not count", parties: ["bank-b"] }),
    refuses("quorum-not-met", {
      name: "nor whom it controls",
      parties: ["bank-a"],
      file: withCheckpoint(cosigned([courtEast, bankASubsidiary, arbitration])),
    }),
    refuses("quorum-not-met", {
      name: "witnesses, where mirrors are asked",
      consortium: "consortium-mirrors-only.json",
    }),
    refuses("quorum-not-met", { name: "a key that no longer counts", consortium: "consortium-until-7.json" }),
    refuses("signature-missing", {
      name: "a receipt that a stranger signed",
      file: withReceipt(signed(receiptText(), otherReceiptKey)),
    }),
    refuses("signature-missing", {
      name: "a receipt that the log signed",
      file: withReceipt(signed(receiptText(), log)),
    }),
    refuses("signature-invalid", {
      name: "a receipt with another time than was signed",
      file: withReceipt(receipt.replace("08:00:11.250", "08:00:01.250")),
    }),
    refuses("signature-invalid", {
      name: "a receipt of another leaf than was signed",
      file: withReceipt(
        receipt.replace(base64(hashStatement(statement())), base64(hashStatement(neighbour(1)))),
      ),
    }),
    refuses("receipt-malformed", { name: "a checkpoint for a receipt", file: withReceipt(signed(text)) }),
    refuses("receipt-malformed", {
      name: "a receipt of another version",
      file: withReceipt(signed(receiptText().replace("@v1", "@v2"))),
    }),
    refuses("note-malformed", { name: "a receipt without signatures", file: withReceipt(receiptText()) }),
    refuses("origin-mismatch", {
      name: "a receipt for another ledger",
      file: withReceipt(signed(receiptText({ origin: "other.example/log" }))),
    }),
    refuses("origin-mismatch", {
      name: "a checkpoint of another ledger",
      file: withCheckpoint(cosigned(usualCosigners, checkpointText(7, "other.example/log"))),
    }),
    refuses("signature-missing", {
      name: "a checkpoint that the log has not signed",
      file: withCheckpoint(
        encodeNote(
          text,
          usualCosigners.map((key) => cosignedLine(key, text, AFTER)),
        ),
      ),
    }),
    refuses("signature-invalid", {
      name: "a checkpoint with another size than was signed",
      file: withCheckpoint(challenge.checkpoint.replace("\n7\n", "\n8\n")),
    }),
    refuses("signature-invalid", {
      name: "a false line of a known cosigner beside enough true ones",
      file: withCheckpoint(
        encodeNote(text, [
          ...parseNote(challenge.checkpoint).signatures.map(({ line }) => line),
          cosignedLine(courtWest, checkpointText(8), AFTER),
        ]),
      ),
    }),
    refuses("cosignature-time", {
      name: "a cosignature at time 0",
      file: withCheckpoint(cosigned([...usualCosigners, [courtWest, 0]])),
    }),
    refuses("checkpoint-extension", {
      name: "a checkpoint with an extension line",
      file: withCheckpoint(cosigned(usualCosigners, `${text}more\n`)),
    }),
    refuses("checkpoint-malformed", { name: "a receipt for a checkpoint", file: withCheckpoint(receipt) }),
    refuses("note-malformed", { name: "a checkpoint without signatures", file: withCheckpoint(text) }),
    refuses("note-malformed", { name: "an empty receipt", file: withReceipt("") }),
    refuses("type-unknown", {
      name: "another version",
      file: { ...challenge, type: "cunzheng/challenge@v2" },
    }),
    refuses("member-missing", { name: "no receipt", file: { type: TYPE, checkpoint: challenge.checkpoint } }),
    refuses("member-missing", { name: "no checkpoint", file: { type: TYPE, receipt } }),
    refuses("member-unknown", { name: "a member more", file: { ...challenge, statement: statement() } }),
    refuses("value-type", { name: "a receipt of null", file: { ...challenge, receipt: null } }),
    refuses("json-duplicate-key", { name: "a member twice", file: whole.replace("{", `{"type":"${TYPE}",`) }),
    refuses("json-trailing-bytes", { name: "something after it", file: `${whole}x` }),
    refuses("json-byte-order-mark", { name: "a byte order mark", file: `\ufeff${whole}` }),
    refuses("json-syntax", { name: "cut off", file: whole.slice(0, -1) }),
    refuses("quorum-not-met", {
      name: "an answer does not make a challenge of what is none",
      answer: "answer.json",
      file: withCheckpoint(cosigned([])),
    }),
    vector({ name: "a broken trust file", consortium: "consortium-broken.json" }, "incomplete", {
      code: "quorum-invalid",
    }),
    vector({ name: "a party that the trust file lacks", parties: ["示例借款人"] }, "unanswered"),
  ];
};

export function challengeVectors(): ReadonlyMap<string, string> {
  const about =
    "Each case: `file` is a challenge, `consortium` and `answer` files beside this one, `parties` whom the verifier names. `code` is the problem's, `answerCode` what is said of the answer";
  const pretty = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  return new Map([
    ["challenge/cases.json", encodeVectorFile({ about, accepted: accepted(), refused: refused() })],
    ...Object.entries(trustFiles()).map(([name, value]) => [`challenge/${name}`, pretty(value)] as const),
    ...Object.entries(answers()).map(
      ([name, value]) => [`challenge/${name}`, new TextDecoder().decode(json(value))] as const,
    ),
  ]);
}
