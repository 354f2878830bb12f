/**
 * Making evidence: everything that proves one deposit, in one file, checked by the public verifier before it leaves.
 * It proves against the earliest checkpoint that met the quorum, with every cosignature gathered for that one since;
 * on request against the newest that met it.
 */
import { base64 } from "../core/bytes.js";
import { type Batch, parseBatch } from "../core/batch/batch.js";
import { encodeEvidence } from "../core/evidence/evidence.js";
import { encodeTlogProof } from "../core/ledger/tlog-proof.js";
import { type Verifiers } from "../core/ledger/verifiers.js";
import { parseJson } from "../core/record/json.js";
import { type Report } from "../core/verify/report.js";
import { verifyEvidence } from "../core/verify/verify-evidence.js";
import { type Consortium } from "../core/witness/consortium.js";
import { timestampAuthorities } from "../pki/check-timestamps.js";
import { type BatchProofs } from "./batch-proofs.js";
import { type DepositorClasses, isFinalFor } from "./finality.js";
import { verifiedCosignatures } from "./gather-cosignatures.js";
import { proveLedgerInclusion } from "./ledger-tree.js";
import { locate } from "./located.js";
import { type Against } from "./model.js";
import { type Ports, type Store, type StoredCheckpoint, type StoredDeposit } from "./ports.js";
import { statementOf } from "./receipts.js";
import { Refusal } from "./refusal.js";

export interface MadeEvidence {
  readonly evidence: Uint8Array;
  readonly report: Report;
  /** The tlog-proof within, and its leaf's content. */
  readonly ledgerProof: string;
  readonly entry: Uint8Array;
}

export interface EvidenceSettings {
  readonly classes: DepositorClasses;
  readonly batchProofs: BatchProofs;
  /** The trust file's bytes. */
  readonly consortium: Consortium;
}

type EvidencePorts = Pick<
  Ports,
  "store" | keyof Verifiers | "createDigester" | "verifyX509Signature" | "log"
>;

export async function makeEvidence(
  ports: EvidencePorts,
  { classes, batchProofs, consortium }: EvidenceSettings,
  deposit: StoredDeposit,
  against: Against,
): Promise<MadeEvidence> {
  const { store } = ports;
  const { batch, finality, depositorClass } = await locate(store, classes, deposit);
  const ledgerIndex = batch?.ledgerIndex;
  if (batch === undefined || ledgerIndex === undefined || finality === undefined)
    throw new Refusal("not-final", "the deposit is not final yet", {
      got: batch === undefined ? "received" : "sealed",
      want: "final",
      retryAfterSeconds: 1,
    });
  const newest = await store.newestFinality(depositorClass);
  const sizes = [finality.treeSize, Math.max(finality.treeSize, newest?.treeSize ?? 0)];
  const treeSize = await firstStillFinal(
    store,
    depositorClass,
    consortium,
    against === "latest" ? sizes.slice(1) : sizes,
  );
  const ledgerProof = encodeTlogProof({
    index: ledgerIndex,
    path: await proveLedgerInclusion(store, { ledgerIndex, treeSize }),
    checkpoint: await cosignedCheckpoint(store, treeSize),
  });
  const leafIndex = deposit.seq - batch.firstSeq;
  const path = await batchProofs.pathOf(batch, leafIndex);
  const evidence = encodeEvidence({
    type: "cunzheng/evidence@v1",
    statement: statementOf(deposit),
    inclusion: { leafIndex, path: path.map(base64) },
    batch: batchOf(batch.entry),
    ledgerProof,
    timestamps: [],
  });
  return {
    evidence,
    report: selfCheck(ports, evidence, consortium, deposit.id),
    ledgerProof,
    entry: batch.entry,
  };
}

/**
 * A checkpoint that was final may be so no longer: a change of the consortium has declared worthless, from an earlier
 * size on, a key that its quorum rested on. Then a later one proves the same.
 */
async function firstStillFinal(
  store: Store,
  depositorClass: string,
  consortium: Consortium,
  sizes: readonly number[],
): Promise<number> {
  for (const treeSize of sizes) {
    const checkpoint = await store.findCheckpoint(treeSize);
    if (checkpoint === undefined) throw new Error(`internal: no checkpoint of size ${treeSize}`);
    const cosignatures = verifiedCosignatures(await store.cosignatures(treeSize), consortium);
    if (isFinalFor(depositorClass, checkpoint, cosignatures, consortium)) return treeSize;
  }
  throw new Refusal("not-final", "the deposit is final no longer: a key that it rested on counts no more", {
    want: "final",
    retryAfterSeconds: 1,
  });
}

/** A checkpoint as it is shown: signed by the log, with every cosignature stored for it. */
export async function cosignedCheckpoint(store: Store, treeSize: number): Promise<string> {
  const checkpoint = await store.findCheckpoint(treeSize);
  if (checkpoint === undefined) throw new Error(`internal: no checkpoint of size ${treeSize}`);
  return withCosignatures(store, checkpoint);
}

export async function withCosignatures(store: Store, { treeSize, note }: StoredCheckpoint): Promise<string> {
  const cosignatures = await store.cosignatures(treeSize);
  return note + cosignatures.map(({ line }) => `${line}\n`).join("");
}

const batchOf = (entry: Uint8Array): Batch => parseBatch(parseJson(entry, { numbers: "canonical" }));

/** Nothing leaves that the public verifier would refuse: it would be our fault, found too late. */
function selfCheck(
  { log, verifyEd25519, verifyMlDsa44, createDigester, verifyX509Signature }: EvidencePorts,
  evidence: Uint8Array,
  consortium: Consortium,
  id: string,
): Report {
  const report = verifyEvidence({
    evidence,
    consortium,
    verifyEd25519,
    verifyMlDsa44,
    createDigester,
    openTimestampAuthorities: timestampAuthorities(verifyX509Signature),
  });
  if (report.verdict !== "refused") return report;
  const failed = report.checks.filter(({ result }) => result === "failed");
  log.error({ id, failed }, "our own evidence is refused by the verifier");
  throw new Error(`internal: the evidence of ${id} fails ${failed.map(({ name }) => name).join(", ")}`);
}
