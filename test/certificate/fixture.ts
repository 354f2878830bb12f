/**
 * Evidence made as the notary makes it, from fixed keys: a batch, a ledger, a checkpoint and its cosignatures, all
 * of them real. Organisations are visibly fictional.
 */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { readTemplateSources } from "../../src/adapters/certificate-worker/template-files.js";
import { buildTemplate } from "../../src/certificate/build/build-template.js";
import { readLayout } from "../../src/certificate/drawings/1/template/layout.js";
import { base64, utf8 } from "../../src/core/bytes.js";
import { type Batch, encodeBatch } from "../../src/core/batch/batch.js";
import { encodeEvidence } from "../../src/core/evidence/evidence.js";
import { encodeCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { publicKeyFromSeed, signEd25519 } from "../../src/core/ledger/ed25519.js";
import { encodeNote, formatSignatureLine } from "../../src/core/ledger/note.js";
import { encodeTlogProof } from "../../src/core/ledger/tlog-proof.js";
import { encodeTimestampedSignature } from "../../src/core/ledger/timestamped-signature.js";
import { formatVkey, keyIdOf, SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import { hashLeaf } from "../../src/core/merkle/hash.js";
import { proveInclusion, rootOfLeaves } from "../../src/core/merkle/tree.js";
import { canonicalJson } from "../../src/core/record/canonical.js";
import { parseJson } from "../../src/core/record/json.js";
import { type Statement, hashStatement } from "../../src/core/record/statement.js";
import { parseTime } from "../../src/core/record/time.js";
import { cosignatureMessage } from "../../src/core/witness/cosignature.js";
import { signCertificate } from "../../src/certificate/make-certificate.js";
import { type CertificateInput, drawPdf } from "../../src/certificate/template/draw-certificate.js";
import { type FindTemplate, openTemplate, type Template } from "../../src/certificate/template/template.js";
import type { Language } from "../../src/certificate/drawings/1/template/words.js";
import { verifyEd25519 } from "../../src/platform/keys/ed25519.js";
import { verifyX509Signature } from "../../src/platform/keys/x509-signature.js";
import { ecSigner, pemOf, ROOT, type TestSigner } from "./signer.js";

export const ORIGIN = "ledger.example/cunzheng";
export const VERIFY_URL = "https://verify.example/d/01JDEXAMP1E000000000000001";
export const ISSUED_AT = "2026-11-24T08:00:09.120Z";

const seedOf = (name: string) => createHash("sha256").update(`test key ${name}`).digest();
const digestOf = (text: string) => createHash("sha256").update(text).digest();

function keyOf(name: string, type: number) {
  const seed = seedOf(name);
  const publicKey = publicKeyFromSeed(seed);
  return { seed, keyId: keyIdOf({ name, type, publicKey }), vkey: formatVkey({ name, type, publicKey }) };
}

export interface Cosigner {
  readonly id: string;
  readonly role: "court" | "bank" | "arbitration";
  readonly zh: string;
  readonly en: string;
}

export const COSIGNERS: readonly Cosigner[] = [
  { id: "example-court-1", role: "court", zh: "示例互联网法院", en: "Example Internet Court" },
  { id: "example-court-2", role: "court", zh: "示例中级法院", en: "Example Intermediate Court" },
  { id: "example-bank-a", role: "bank", zh: "示例银行甲", en: "Example Bank A" },
  { id: "example-bank-b", role: "bank", zh: "示例银行乙", en: "Example Bank B" },
  {
    id: "example-arbitration",
    role: "arbitration",
    zh: "示例仲裁委员会",
    en: "Example Arbitration Commission",
  },
];

export const STATEMENT: Statement = {
  type: "cunzheng/statement@v1",
  id: "01JDEXAMP1E000000000000001",
  depositor: { id: "example-bank-a", name: "示例银行甲", creditCode: "91000000EXAMPLE01X" },
  recordType: "loan.contract",
  digests: { "sha-256": base64(digestOf("contract")), sm3: base64(digestOf("contract, sm3")) },
  digestsBy: "service",
  size: 103_239,
  mediaType: "application/pdf",
  receivedAt: "2026-11-24T08:00:00.412Z",
  nonce: base64(digestOf("nonce").subarray(0, 16)),
  name: "个人消费借款合同（示例）.pdf",
  createdAt: "2025-03-10T01:44:58.000Z",
  source: {
    system: "示例信贷系统",
    operator: "示例电子签名服务",
    method: "签署完成后归档",
    tool: "示例签署平台 3.2",
  },
  clientRef: "SAMPLE-LOAN-2025-000001/contract",
  chain: {
    id: "01JDEXAMP1E0000000000CHA1N",
    sequence: 4,
    previous: base64(digestOf("previous")),
  },
};

export interface FixtureOptions {
  readonly statement?: Statement;
  readonly cosigners?: readonly Cosigner[];
  readonly clockOffsetMs?: number | null;
  readonly excludeParties?: boolean;
  /** Of an organisation's node, where not the usual ones: seconds between sealing and its cosignature. */
  readonly cosignedAfter?: Readonly<Record<string, number>>;
  /** PEM. */
  readonly certificateAuthorities?: readonly string[];
}

export interface Fixture {
  readonly evidence: Uint8Array;
  readonly consortium: Uint8Array;
}

export function makeFixture(options: FixtureOptions = {}): Fixture {
  const { statement = STATEMENT, cosigners = COSIGNERS, clockOffsetMs = -1.8 } = options;
  const leaves = [hashLeaf(utf8("a neighbour")), hashStatement(statement), hashLeaf(utf8("another"))];
  const { leafIndex, path } = proveInclusion(leaves, 1);
  const sealedAt = "2026-11-24T08:00:01.000Z";
  const batch: Batch = {
    type: "cunzheng/batch@v1",
    id: "01JDEXAMP1E00000000000BATC",
    size: leaves.length,
    root: base64(rootOfLeaves(leaves)),
    sealedAt,
    state: {
      software: "cunzheng/0.1.0 0123456789abcdef",
      config: base64(digestOf("configuration")),
      clockOffsetMs,
    },
  };
  const entries = [hashLeaf(utf8("entry 0")), hashLeaf(encodeBatch(batch)), hashLeaf(utf8("entry 2"))];
  const text = encodeCheckpointText({
    origin: ORIGIN,
    treeSize: entries.length,
    rootHash: rootOfLeaves(entries),
  });
  const log = keyOf(ORIGIN, SIGNATURE_TYPE.ed25519);
  const lines = cosigners.map(({ id }, i) => {
    const name = `${id}.example/mirror`;
    const { seed, keyId } = keyOf(name, SIGNATURE_TYPE.cosignature);
    const timeSeconds = Math.floor(parseTime(sealedAt) / 1000) + (options.cosignedAfter?.[id] ?? 1 + (i % 3));
    const signature = signEd25519(seed, cosignatureMessage(timeSeconds, text));
    return formatSignatureLine(name, keyId, encodeTimestampedSignature({ timeSeconds, signature }));
  });
  const note = encodeNote(text, [
    formatSignatureLine(ORIGIN, log.keyId, signEd25519(log.seed, utf8(text))),
    ...lines,
  ]);
  const inclusion = proveInclusion(entries, 1);
  return {
    evidence: encodeEvidence({
      type: "cunzheng/evidence@v1",
      statement,
      inclusion: { leafIndex, path: path.map((hash) => base64(hash)) },
      batch,
      ledgerProof: encodeTlogProof({ index: 1, path: inclusion.path, checkpoint: note }),
      timestamps: [],
    }),
    consortium: makeConsortium(cosigners, log.vkey, options),
  };
}

function makeConsortium(
  cosigners: readonly Cosigner[],
  logVkey: string,
  { excludeParties, certificateAuthorities = [pemOf(ROOT)] }: FixtureOptions,
): Uint8Array {
  const notary = {
    id: "example-notary",
    role: "notary",
    zh: "示例存证中心",
    en: "Example Evidence Deposit Centre",
  };
  return canonicalJson({
    type: "cunzheng/consortium@v1",
    log: {
      origin: ORIGIN,
      organisation: "example-notary",
      vkeys: [logVkey],
      url: "https://ledger.example/ledger",
    },
    receipts: { vkeys: [] },
    organisations: [notary, ...cosigners].map(({ id, role, zh, en }, i) => ({
      id,
      role,
      name: { zh, en },
      creditCode: `91000000EXAMPLE${100 + i}`,
    })),
    witnesses: cosigners.map(({ id }) => ({
      name: `${id}.example/mirror`,
      kind: "mirror",
      vkeys: [keyOf(`${id}.example/mirror`, SIGNATURE_TYPE.cosignature).vkey],
      organisation: id,
      url: `https://${id}.example`,
    })),
    quorum: {
      total: 3,
      roles: { court: 1, bank: 1 },
      ...(excludeParties === undefined ? {} : { excludeParties }),
    },
    timestampAuthorities: [],
    certificateAuthorities,
  });
}

const inputOf = (language: Language, fixture: Fixture, issuedAt: string): CertificateInput => ({
  ...fixture,
  issuedAt,
  language,
  verifyUrl: VERIFY_URL,
  template: template(),
  verifyEd25519,
});

/** A certificate of the fixture's evidence, or of another one's, before it is signed. */
export function drawFixture(
  language: Language,
  fixture: Fixture = makeFixture(),
  issuedAt = ISSUED_AT,
): Uint8Array {
  return drawPdf(inputOf(language, fixture, issuedAt)).bytes;
}

/** The same, signed. */
export function signFixture(
  language: Language,
  fixture: Fixture = makeFixture(),
  signer: TestSigner = ecSigner(),
): Uint8Array {
  const input = { ...inputOf(language, fixture, ISSUED_AT), verifyX509Signature };
  return signCertificate(input, signer).pdf;
}

export const findTemplate: FindTemplate = (digest) => (digest === template().digest ? template() : undefined);

let opened: Template | undefined;

/** The project's own, built now: a test never draws with one that was built before its files were changed. */
export function template(): Template {
  return (opened ??= openTemplate(templateFiles(), "v1"));
}

/** As `template()` has it. */
export const layout = () =>
  readLayout(
    parseJson(templateFiles().get("certificate/v1/layout.json") as Uint8Array, { numbers: "canonical" }),
  );

const TEMPLATES = fileURLToPath(new URL("../../templates/", import.meta.url));
let sources: ReadonlyMap<string, Uint8Array> | undefined;
let built: Uint8Array | undefined;

/** What the project's template is built of. */
export function templateSources(): Map<string, Uint8Array> {
  return new Map((sources ??= new Map(readTemplateSources(TEMPLATES, "v1"))));
}

/** The same, with what is built of it. */
export function templateFiles(): Map<string, Uint8Array> {
  const files = templateSources();
  return files.set("certificate/v1/built.json", (built ??= buildTemplate(files, "v1")));
}

/** A template of these files, built and opened. */
export function builtTemplate(files: ReadonlyMap<string, Uint8Array>, name = "v1"): Template {
  const all = new Map(files);
  return openTemplate(all.set(`certificate/${name}/built.json`, buildTemplate(files, name)), name);
}
