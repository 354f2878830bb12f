/** What anybody may know of a deposit: how far it has come, when, and who cosigned; and nothing of its content. */
import { CLOCK_TOLERANCE_MS } from "../core/verify/checks.js";
import { type Consortium } from "../core/witness/consortium.js";
import { countQuorum } from "../core/witness/quorum.js";
import { formatTime } from "../core/record/time.js";
import { type DepositorClasses } from "./finality.js";
import { verifiedCosignatures } from "./gather-cosignatures.js";
import { type Located, locate } from "./located.js";
import { type DepositState, type StateCosigner } from "./model.js";
import { type Store, type StoredDeposit } from "./ports.js";
import { statementOf } from "./receipts.js";

export async function depositState(
  store: Store,
  { consortium, classes }: { readonly consortium: Consortium; readonly classes: DepositorClasses },
  deposit: StoredDeposit,
): Promise<DepositState> {
  const located = await locate(store, classes, deposit);
  const { batch, finality } = located;
  const index = batch?.ledgerIndex;
  const treeSize =
    finality?.treeSize ?? (index === undefined ? undefined : (await store.newestCheckpoint())?.treeSize);
  return {
    id: deposit.id,
    depositor: statementOf(deposit).depositor,
    state: finality ? "final" : batch ? "sealed" : "received",
    receivedAt: formatTime(deposit.receivedAtMs),
    sealBy: formatTime(deposit.sealByMs),
    ...(batch && {
      sealedAt: formatTime(batch.sealedAtMs),
      batch: {
        id: batch.id,
        size: batch.lastSeq - batch.firstSeq + 1,
        leafIndex: deposit.seq - batch.firstSeq,
      },
    }),
    ...(finality && { finalAt: formatTime(finality.finalAtMs) }),
    ...(index !== undefined && treeSize !== undefined && { ledger: { index, treeSize } }),
    cosigners: treeSize === undefined ? [] : await cosignersOf(store, consortium, located, treeSize),
  };
}

async function cosignersOf(
  store: Store,
  consortium: Consortium,
  { deposit, batch }: Located,
  treeSize: number,
): Promise<StateCosigner[]> {
  const stored = await store.cosignatures(treeSize);
  const { cosigners } = countQuorum({
    consortium,
    cosignatures: verifiedCosignatures(stored, consortium),
    treeSize,
    depositorId: deposit.organisationId,
    parties: [],
    ...(batch && { notBeforeMs: batch.sealedAtMs - CLOCK_TOLERANCE_MS }),
  });
  return cosigners.map((cosigner) => {
    const { name, timeSeconds } = cosigner;
    const row = stored.find((other) => other.name === name && other.timeSeconds === timeSeconds);
    if (row === undefined) throw new Error(`internal: a cosignature of ${name} that is not stored`);
    return { ...cosigner, cosignedAt: formatTime(timeSeconds * 1000), storedAt: formatTime(row.storedAtMs) };
  });
}
