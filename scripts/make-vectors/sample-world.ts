/**
 * A whole notary in memory, from fixed seeds: statements, a batch, a ledger, cosigners, and the trust file. The
 * vectors under test/vectors/evidence/ and the worked example of docs/evidence-format.md are made from it, so the
 * same bytes come out every time.
 */
import { base64, utf8 } from "../../src/core/bytes.js";
import { type Batch, encodeBatch } from "../../src/core/batch/batch.js";
import { digestContent, encodeDigests } from "../../src/core/digest/digests.js";
import type { Evidence } from "../../src/core/evidence/evidence.js";
import { encodeCheckpointText, parseCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { publicKeyFromSeed, signEd25519 } from "../../src/core/ledger/ed25519.js";
import { mlDsa44KeyFromSeed, signMlDsa44 } from "../../src/core/ledger/ml-dsa-44.js";
import { encodeNote, formatSignatureLine } from "../../src/core/ledger/note.js";
import { encodeTlogProof } from "../../src/core/ledger/tlog-proof.js";
import { encodeTimestampedSignature, subtreeMessage } from "../../src/core/ledger/timestamped-signature.js";
import { formatVkey, parseVkey, SIGNATURE_TYPE, type VerifierKey } from "../../src/core/ledger/vkey.js";
import { hashLeaf } from "../../src/core/merkle/hash.js";
import { proveInclusion, rootOfLeaves } from "../../src/core/merkle/tree.js";
import { canonicalJson } from "../../src/core/record/canonical.js";
import type { JsonValue } from "../../src/core/record/json.js";
import { hashStatement, type Statement } from "../../src/core/record/statement.js";
import { cosignatureMessage } from "../../src/core/witness/cosignature.js";

export const ORIGIN = "ledger.example/loans";

export interface Signer {
  readonly vkey: VerifierKey;
  sign(message: Uint8Array): Uint8Array;
}

/** Each key's seed is its number, 32 times. */
export function signer(name: string, type: number, seedByte: number): Signer {
  const seed = new Uint8Array(32).fill(seedByte);
  if (type === SIGNATURE_TYPE.mlDsa44) return mlDsa44Signer(name, seed);
  const vkey = parseVkey(formatVkey({ name, type, publicKey: publicKeyFromSeed(seed) }));
  return { vkey, sign: (message) => signEd25519(seed, message) };
}

/** Deterministic, so that the same bytes come out every time. */
function mlDsa44Signer(name: string, seed: Uint8Array): Signer {
  const key = mlDsa44KeyFromSeed(seed);
  const vkey = parseVkey(formatVkey({ name, type: SIGNATURE_TYPE.mlDsa44, publicKey: key.publicKey }));
  return { vkey, sign: (message) => signMlDsa44(key, message) };
}

export const log = signer(ORIGIN, SIGNATURE_TYPE.ed25519, 1);
export const receiptKey = signer("receipts.example", SIGNATURE_TYPE.ed25519, 2);
const cosigner = (name: string, seed: number) =>
  signer(`${name}.example/witness`, SIGNATURE_TYPE.cosignature, seed);
export const cosigners = {
  courtEast: cosigner("court-east", 11),
  courtWest: cosigner("court-west", 12),
  bankA: cosigner("bank-a", 13),
  bankB: cosigner("bank-b", 14),
  arbitration: cosigner("arbitration", 15),
  notary: cosigner("notary", 16),
  bankASubsidiary: cosigner("bank-a-leasing", 17),
  stranger: cosigner("stranger", 18),
};

const organisation = (id: string, role: string, zh: string, en: string, controlledBy?: string) => ({
  id,
  role,
  name: { zh, en },
  creditCode: `EXAMPLE-${id}`,
  ...(controlledBy !== undefined && { controlledBy }),
});

const witness = (key: Signer, organisationId: string, kind = "witness") => ({
  name: key.vkey.name,
  kind,
  vkeys: [key.vkey.text],
  organisation: organisationId,
  url: `https://${key.vkey.name}`,
});

/** The trust file as a plain object, for a case to alter. */
export const consortium = () => ({
  type: "cunzheng/consortium@v1",
  log: {
    origin: ORIGIN,
    organisation: "notary",
    vkeys: [log.vkey.text],
    url: "https://ledger.example/loans",
  },
  receipts: { vkeys: [receiptKey.vkey.text] },
  organisations: [
    organisation("notary", "notary", "示例存证中心", "Example Notary"),
    organisation("court-east", "court", "示例东区法院", "Example East Court"),
    organisation("court-west", "court", "示例西区法院", "Example West Court"),
    organisation("bank-a", "bank", "示例银行甲", "Example Bank A"),
    organisation("bank-a-leasing", "bank", "示例租赁", "Example Leasing", "bank-a"),
    organisation("bank-b", "bank", "示例银行乙", "Example Bank B"),
    organisation("arbitration", "arbitration", "示例仲裁委员会", "Example Arbitration"),
  ],
  witnesses: [
    witness(cosigners.courtEast, "court-east"),
    witness(cosigners.courtWest, "court-west"),
    witness(cosigners.bankA, "bank-a"),
    witness(cosigners.bankB, "bank-b"),
    witness(cosigners.arbitration, "arbitration"),
    witness(cosigners.notary, "notary"),
    witness(cosigners.bankASubsidiary, "bank-a-leasing"),
  ],
  quorum: { total: 3, roles: { court: 1, bank: 1 }, excludeParties: true, mirrorsOnly: false },
  timestampAuthorities: [],
  certificateAuthorities: [],
});

export const json = (value: unknown): Uint8Array => canonicalJson(value as JsonValue);

export const RECEIVED_AT = "2026-11-24T08:00:00.250Z";
export const SEALED_AT = "2026-11-24T08:00:01.250Z";
/** 2026-11-24T08:00:01Z */
export const COSIGNED_AT_SECONDS = 1_795_507_201;

/** The record: JSON, digested over its RFC 8785 bytes. */
export const record = { amount: 120000.5, borrower: "示例借款人", currency: "CNY", loan: "L-0001" };
export const fileRecord = utf8("Example receipt, page 1.\n");

export function statement(overrides: Partial<Statement> = {}): Statement {
  const { digests, size } = digestContent(json(record));
  return {
    type: "cunzheng/statement@v1",
    id: "01KATVR80TEXAMP1E000000001",
    depositor: { id: "bank-a", name: "示例银行甲", creditCode: "EXAMPLE-bank-a" },
    recordType: "loan.disbursement",
    digests: encodeDigests(digests),
    digestsBy: "service",
    size,
    mediaType: "application/json",
    receivedAt: RECEIVED_AT,
    nonce: base64(new Uint8Array(16).fill(0x41)),
    canonicalization: "rfc8785",
    name: "放款凭证",
    ...overrides,
  };
}

export function neighbour(n: number): Statement {
  const { digests, size } = digestContent(utf8(`neighbour ${n}`));
  return {
    type: "cunzheng/statement@v1",
    id: `01KATVR80TEXAMP1E0000001${String(n).padStart(2, "0")}`,
    depositor: { id: "bank-b", name: "示例银行乙" },
    recordType: "loan.repayment",
    digests: encodeDigests(digests),
    digestsBy: "service",
    size,
    mediaType: "text/plain",
    receivedAt: RECEIVED_AT,
    nonce: base64(new Uint8Array(16).fill(n)),
  };
}

export interface WorldOptions {
  readonly statement?: Statement;
  /** Who cosigns, each with the seconds of its cosignature where not the usual ones. */
  readonly cosigners?: readonly (Signer | readonly [Signer, number])[];
  readonly batch?: Partial<Batch>;
  readonly origin?: string;
  readonly log?: Signer;
  /** Raw lines to add to the checkpoint. */
  readonly extraLines?: readonly string[];
}

export interface SampleEvidence {
  readonly evidence: Evidence;
  readonly checkpointText: string;
}

/** The first of three statements of a batch that is entry 5 of a ledger of 7. */
export function sampleEvidence(options: WorldOptions = {}): SampleEvidence {
  const subject = options.statement ?? statement();
  const leaves = [subject, neighbour(1), neighbour(2)].map(hashStatement);
  const batch: Batch = {
    type: "cunzheng/batch@v1",
    id: "01KATVR90TEXAMP1E0000000B1",
    size: leaves.length,
    root: base64(rootOfLeaves(leaves)),
    sealedAt: SEALED_AT,
    state: {
      software: "cunzheng/0.1.0 0123456789ab",
      config: base64(new Uint8Array(32).fill(0x43)),
      clockOffsetMs: null,
    },
    ...options.batch,
  };
  const entries = [0, 1, 2, 3, 4].map((n) => utf8(`earlier entry ${n}`));
  const ledger = [...entries, encodeBatch(batch), utf8("later entry 6")].map(hashLeaf);
  const checkpointText = encodeCheckpointText({
    origin: options.origin ?? ORIGIN,
    treeSize: ledger.length,
    rootHash: rootOfLeaves(ledger),
  });
  const { courtEast, courtWest, bankA, bankB, arbitration } = cosigners;
  const lines = [
    signedLine(options.log ?? log, checkpointText),
    ...(options.cosigners ?? [courtEast, courtWest, bankA, bankB, arbitration]).map((entry) =>
      "vkey" in entry
        ? cosignedLine(entry, checkpointText)
        : cosignedLine(entry[0], checkpointText, entry[1]),
    ),
    ...(options.extraLines ?? []),
  ];
  const { path } = proveInclusion(leaves, 0);
  return {
    checkpointText,
    evidence: {
      type: "cunzheng/evidence@v1",
      statement: subject,
      inclusion: { leafIndex: 0, path: path.map(base64) },
      batch,
      ledgerProof: encodeTlogProof({
        index: 5,
        path: proveInclusion(ledger, 5).path,
        checkpoint: encodeNote(checkpointText, lines),
      }),
      timestamps: [],
    },
  };
}

export function signedLine(key: Signer, text: string): string {
  const { vkey, sign } = key;
  if (vkey.type === SIGNATURE_TYPE.mlDsa44) return subtreeLine(key, text);
  return formatSignatureLine(vkey.name, vkey.keyId, sign(utf8(text)));
}

/** By a log's or a cosigner's ML-DSA-44 key. */
export function subtreeLine({ vkey, sign }: Signer, text: string, timeSeconds = COSIGNED_AT_SECONDS): string {
  const checkpoint = parseCheckpointText(text);
  const message = subtreeMessage({ name: vkey.name, timeSeconds, checkpoint });
  if (message === undefined) throw new Error(`${vkey.name} is too long`);
  const signature = sign(message);
  return formatSignatureLine(vkey.name, vkey.keyId, encodeTimestampedSignature({ timeSeconds, signature }));
}

export function cosignedLine(key: Signer, text: string, timeSeconds = COSIGNED_AT_SECONDS): string {
  const { vkey, sign } = key;
  if (vkey.type === SIGNATURE_TYPE.mlDsa44) return subtreeLine(key, text, timeSeconds);
  const signature = sign(cosignatureMessage(timeSeconds, text));
  return formatSignatureLine(vkey.name, vkey.keyId, encodeTimestampedSignature({ timeSeconds, signature }));
}
