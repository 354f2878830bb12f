/**
 * Making evidence: everything that proves one deposit, in one file, checked by the public verifier before it leaves.
 * It proves against the earliest checkpoint that met the quorum, with every cosignature and timestamp token gathered
 * for that one since; on request against the newest that met it, or once more as it was made at an earlier moment.
 */
import { base64 } from "../../core/bytes.js";
import { type Batch, parseBatch } from "../../core/batch/batch.js";
import { encodeEvidence, MAX_TIMESTAMPS, parseEvidence } from "../../core/evidence/evidence.js";
import { encodeTlogProof } from "../../core/ledger/tlog-proof.js";
import type { Verifiers } from "../../core/ledger/verifiers.js";
import { parseJson } from "../../core/record/json.js";
import type { Report } from "../../core/verify/report.js";
import { verifyEvidence } from "../../core/verify/verify-evidence.js";
import type { Consortium } from "../../core/trust/consortium.js";
import { timestampAuthorities } from "../../pki/timestamps/check-timestamps.js";
import type { BatchProofs } from "../ledger/batch-proofs.js";
import { type DepositorClasses, isFinalFor } from "../finality/finality.js";
import { verifiedCosignatures } from "../finality/stored-cosignatures.js";
import { proveLedgerInclusion } from "../ledger/ledger-tree.js";
import { locate } from "./locate-deposit.js";
import type { Against } from "../model/model.js";
import type { EvidenceMoment } from "../ports/certificates.js";
import type { Finality, StoredCosignature } from "../ports/cosignatures.js";
import type { Ports, Store } from "../ports/ports.js";
import type { StoredCheckpoint } from "../ports/ledger.js";
import type { StoredDeposit } from "../ports/deposits.js";
import type { StoredTimestamp } from "../ports/timestamps.js";
import { statementOf } from "../depositing/receipts.js";
import { Refusal } from "../model/refusal.js";

export interface MadeEvidence {
  readonly evidence: Uint8Array;
  readonly asOf: EvidenceMoment;
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

/**
 * Checked with the public verifier. Tokens were verified when they were stored; where the trust file has lost or changed
 * their authority since, those that count no more are left out: evidence without a token is worth more than evidence
 * with a doubtful one.
 */
export async function makeEvidence(
  ports: EvidencePorts,
  settings: EvidenceSettings,
  deposit: StoredDeposit,
  against: Against,
): Promise<MadeEvidence> {
  const made = await assembleEvidence(ports, settings, deposit, against);
  const report = reportOn(ports, settings.consortium, made.evidence);
  if (report.verdict === "verified") return made;
  const all = parseEvidence(made.evidence);
  const counting = all.timestamps.filter((_, i) => report.timestamps?.[i]?.counted);
  const evidence = encodeEvidence({ ...all, timestamps: counting });
  refuseRefused(ports, reportOn(ports, settings.consortium, evidence), deposit.id);
  return { ...made, evidence };
}

/** Not yet checked. `against` a moment: the bytes that were made then. */
export async function assembleEvidence(
  { store }: Pick<Ports, "store">,
  { classes, batchProofs, consortium }: EvidenceSettings,
  deposit: StoredDeposit,
  against: Against | EvidenceMoment,
): Promise<MadeEvidence> {
  const { batch, finality, depositorClass } = await locate(store, classes, deposit);
  const ledgerIndex = batch?.ledgerIndex;
  if (batch === undefined || ledgerIndex === undefined || finality === undefined)
    throw new Refusal("not-final", "the deposit is not final yet", {
      got: batch === undefined ? "received" : "sealed",
      want: "final",
      retryAfterSeconds: 1,
    });
  const { checkpoint, cosignatures, timestamps } = await firstStillFinal(
    store,
    { depositorClass, consortium, sealedAtMs: batch.sealedAtMs },
    await candidates(store, { finality, against }),
  );
  const { treeSize, note } = checkpoint;
  const ledgerProof = encodeTlogProof({
    index: ledgerIndex,
    path: await proveLedgerInclusion(store, { ledgerIndex, treeSize }),
    checkpoint: withLines(note, cosignatures),
  });
  const leafIndex = deposit.seq - batch.firstSeq;
  const path = await batchProofs.pathOf(batch, leafIndex);
  const evidence = encodeEvidence({
    type: "cunzheng/evidence@v1",
    statement: statementOf(deposit),
    inclusion: { leafIndex, path: path.map(base64) },
    batch: batchOf(batch.entry),
    ledgerProof,
    timestamps: timestamps.map(({ token }) => ({ token: base64(token) })),
  });
  return {
    evidence,
    asOf: { treeSize, cosignatures: cosignatures.length, timestamps: timestamps.length },
    ledgerProof,
    entry: batch.entry,
  };
}

/** A checkpoint to prove against, and how much of what is stored for it. */
type Candidate = Pick<EvidenceMoment, "treeSize"> & Partial<EvidenceMoment>;

async function candidates(
  store: Store,
  { finality, against }: { readonly finality: Finality; readonly against: Against | EvidenceMoment },
): Promise<readonly Candidate[]> {
  if (typeof against === "object") return [against];
  const newest = await store.newestFinality(finality.depositorClass);
  const latest = { treeSize: Math.max(finality.treeSize, newest?.treeSize ?? 0) };
  // The newest may be too early for a batch that was deferred.
  const sizes = against === "latest" ? [latest, finality] : [finality, latest];
  return sizes.map(({ treeSize }) => ({ treeSize }));
}

interface StillFinal {
  readonly checkpoint: StoredCheckpoint;
  readonly cosignatures: readonly StoredCosignature[];
  readonly timestamps: readonly StoredTimestamp[];
}

/**
 * A checkpoint that was final may be so no longer: a change of the consortium has declared worthless, from an earlier
 * size on, a key that its quorum rested on. Then a later one proves the same.
 */
async function firstStillFinal(
  store: Store,
  {
    depositorClass,
    consortium,
    sealedAtMs,
  }: { readonly depositorClass: string; readonly consortium: Consortium; readonly sealedAtMs: number },
  sizes: readonly Candidate[],
): Promise<StillFinal> {
  for (const { treeSize, cosignatures: lines, timestamps: tokens } of sizes) {
    const checkpoint = await storedCheckpoint(store, treeSize);
    const cosignatures = first(await store.cosignatures(treeSize), lines);
    const verified = verifiedCosignatures(cosignatures, consortium);
    if (isFinalFor(depositorClass, checkpoint, verified, consortium, sealedAtMs))
      return { checkpoint, cosignatures, timestamps: await tokensOf(store, treeSize, tokens) };
  }
  throw new Refusal("not-final", "the deposit is final no longer: a key that it rested on counts no more", {
    want: "final",
    retryAfterSeconds: 1,
  });
}

/** As many as evidence may hold, where more are stored: those of the authorities that answered first. */
async function tokensOf(
  store: Store,
  treeSize: number,
  count: number | undefined,
): Promise<readonly StoredTimestamp[]> {
  const stored = await store.timestamps(treeSize);
  return first(stored, count ?? Math.min(stored.length, MAX_TIMESTAMPS));
}

function first<T>(stored: readonly T[], count: number = stored.length): readonly T[] {
  if (count > stored.length)
    throw new Error(`internal: the store has ${stored.length} where it had ${count}: it was put back`);
  return stored.slice(0, count);
}

async function storedCheckpoint(store: Store, treeSize: number): Promise<StoredCheckpoint> {
  const checkpoint = await store.findCheckpoint(treeSize);
  if (checkpoint === undefined) throw new Error(`internal: no checkpoint of size ${treeSize}`);
  return checkpoint;
}

/** A checkpoint as it is shown: signed by the log, with every cosignature stored for it. */
export async function withCosignatures(store: Store, { treeSize, note }: StoredCheckpoint): Promise<string> {
  return withLines(note, await store.cosignatures(treeSize));
}

const withLines = (note: string, cosignatures: readonly StoredCosignature[]): string =>
  note + cosignatures.map(({ line }) => `${line}\n`).join("");

const batchOf = (entry: Uint8Array): Batch => parseBatch(parseJson(entry, { numbers: "canonical" }));

function reportOn(
  { verifyEd25519, verifyMlDsa44, createDigester, verifyX509Signature }: EvidencePorts,
  consortium: Consortium,
  evidence: Uint8Array,
): Report {
  const openTimestampAuthorities = timestampAuthorities(verifyX509Signature);
  const host = { verifyEd25519, verifyMlDsa44, createDigester, openTimestampAuthorities };
  return verifyEvidence({ evidence, consortium, ...host });
}

/** Nothing leaves that the public verifier would refuse: it would be our fault, found too late. */
function refuseRefused({ log }: EvidencePorts, { verdict, checks }: Report, id: string): void {
  if (verdict !== "refused") return;
  const failed = checks.filter(({ result }) => result === "failed");
  log.error({ id, failed }, "our own evidence is refused by the verifier");
  throw new Error(`internal: the evidence of ${id} fails ${failed.map(({ name }) => name).join(", ")}`);
}
