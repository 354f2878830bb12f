/**
 * What an opponent, a depositor or a dishonest operator could do to evidence with an editor and with keys of their
 * own. Nothing here verifies anything: the program under test has to.
 */
import { join } from "node:path";
import { base64, utf8 } from "../../src/core/bytes.js";
import { type Batch, hashBatch } from "../../src/core/batch/batch.js";
import { type Evidence, parseEvidence } from "../../src/core/evidence/evidence.js";
import { encodeCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { encodeNote, formatSignatureLine, type Note, parseNote } from "../../src/core/ledger/note.js";
import { encodeTlogProof, parseTlogProof } from "../../src/core/ledger/tlog-proof.js";
import { hashStatement, type Statement } from "../../src/core/record/statement.js";
import { encodeTimestampedSignature } from "../../src/core/ledger/timestamped-signature.js";
import { cosignatureMessage } from "../../src/core/witness/cosignature.js";
import { readSigningKey, type SigningKey } from "../../src/platform/keys/keys.js";

/** Evidence as an editor sees it. */
export type Draft = { -readonly [Member in keyof Evidence]: Evidence[Member] };

/** The file with something changed in it, spelled as any JSON program would. */
export function altered(evidence: Uint8Array, change: (draft: Draft) => void): Uint8Array {
  const draft: Draft = { ...parseEvidence(evidence) };
  change(draft);
  return utf8(`${JSON.stringify(draft, null, 2)}\n`);
}

/** The same evidence under other signature lines, or another checkpoint altogether. */
export function withNote(evidence: Uint8Array, change: (note: Note) => string): Uint8Array {
  return altered(evidence, (draft) => {
    const proof = parseTlogProof(draft.ledgerProof);
    draft.ledgerProof = encodeTlogProof({ ...proof, checkpoint: change(parseNote(proof.checkpoint)) });
  });
}

/** The keys in a sample's data folder, as whoever controls those machines has them. */
export function stolenKeys(data: string) {
  return {
    log: readSigningKey(join(data, "notary", "log.key")),
    /** The mirror's: what counts. */
    node: (organisation: string) => readSigningKey(join(data, "nodes", organisation, "mirror.key")),
    witness: (organisation: string) => readSigningKey(join(data, "nodes", organisation, "witness.key")),
  };
}

export function signed(text: string, key: SigningKey): string {
  return formatSignatureLine(key.name, key.keyId, key.sign(utf8(text)));
}

export function cosigned(text: string, key: SigningKey, timeSeconds: number): string {
  const signature = key.sign(cosignatureMessage(timeSeconds, text));
  return formatSignatureLine(key.name, key.keyId, encodeTimestampedSignature({ timeSeconds, signature }));
}

/**
 * Leaves the log's line and those of `cosigners`. A node that had not answered when the evidence was fetched signs
 * now, with its own key: what counts for the attack is who stands there.
 */
export function cosignedBy(
  evidence: Uint8Array,
  log: SigningKey,
  cosigners: readonly SigningKey[],
): Uint8Array {
  const { sealedAt } = parseEvidence(evidence).batch;
  const timeSeconds = Math.ceil(Date.parse(sealedAt) / 1000);
  return withNote(evidence, ({ text, signatures }) => {
    const lineOf = ({ name, keyId }: SigningKey) =>
      signatures.find((line) => line.name === name && line.keyId === keyId)?.line;
    const lines = cosigners.map((key) => lineOf(key) ?? cosigned(text, key, timeSeconds));
    return encodeNote(text, [lineOf(log) ?? signed(text, log), ...lines]);
  });
}

/** A whole ledger of one entry that says what its makers like, signed and cosigned by keys of their own. */
export function ledgerOfOwn(
  statement: Statement,
  { log, cosigners }: { log: SigningKey; cosigners: readonly SigningKey[] },
): Uint8Array {
  const batch: Batch = {
    type: "cunzheng/batch@v1",
    id: statement.id,
    size: 1,
    root: base64(hashStatement(statement)),
    sealedAt: statement.receivedAt,
    state: { software: "cunzheng/0.1.0 forged", config: base64(new Uint8Array(32)), clockOffsetMs: null },
  };
  const text = encodeCheckpointText({ origin: log.name, treeSize: 1, rootHash: hashBatch(batch) });
  const timeSeconds = Math.ceil(Date.parse(batch.sealedAt) / 1000);
  const lines = [signed(text, log), ...cosigners.map((key) => cosigned(text, key, timeSeconds))];
  const evidence: Evidence = {
    type: "cunzheng/evidence@v1",
    statement,
    inclusion: { leafIndex: 0, path: [] },
    batch,
    ledgerProof: encodeTlogProof({ index: 0, path: [], checkpoint: encodeNote(text, lines) }),
    timestamps: [],
  };
  return utf8(JSON.stringify(evidence));
}
