/** What anybody may know of a deposit: how far it has come, when, and who cosigned; and nothing of its content. */
import { existedNotLaterThan } from "../../core/verify/bounds.js";
import type { Consortium } from "../../core/trust/consortium.js";
import {
  type CountQuestion,
  countQuorum,
  type Cosigner,
  cosignersThatCanCount,
} from "../../core/trust/quorum.js";
import { findGroup } from "../../core/trust/groups.js";
import { knownAs } from "../../core/trust/identity.js";
import { formatTime } from "../../core/record/time.js";
import { type DepositorClasses, finalNotBeforeMs } from "../finality/finality.js";
import { verifiedCosignatures } from "../finality/stored-cosignatures.js";
import { type Located, locate } from "./locate-deposit.js";
import type { DepositState, QuorumState } from "../model/model.js";
import type { Ports, Store } from "../ports/ports.js";
import type { StoredDeposit } from "../ports/deposits.js";
import { statementOf } from "../depositing/receipts.js";

export async function depositState(
  { store, now }: Pick<Ports, "store" | "now">,
  { consortium, classes }: { readonly consortium: Consortium; readonly classes: DepositorClasses },
  deposit: StoredDeposit,
): Promise<DepositState> {
  const located = await locate(store, classes, deposit);
  const { batch, finality } = located;
  const index = batch?.ledgerIndex;
  const treeSize =
    finality?.treeSize ?? (index === undefined ? undefined : (await store.newestCheckpoint())?.treeSize);
  const { depositor, digestsBy } = statementOf(deposit);
  return {
    id: deposit.id,
    depositor,
    digestsBy,
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
    ...(!finality &&
      batch &&
      finalNotBeforeMs(batch) > now() && { finalNotBefore: formatTime(finalNotBeforeMs(batch)) }),
    ...(finality && { finalAt: formatTime(finality.finalAtMs) }),
    ...(index !== undefined && treeSize !== undefined && { ledger: { index, treeSize } }),
    ...(treeSize === undefined ? { cosigners: [] } : await counted(store, consortium, located, treeSize)),
  };
}

async function counted(
  store: Store,
  consortium: Consortium,
  { deposit, batch, finality }: Located,
  treeSize: number,
): Promise<Pick<DepositState, "existedNotLaterThan" | "quorum" | "cosigners">> {
  const stored = await store.cosignatures(treeSize);
  const question = { consortium, treeSize, depositor: knownAs(statementOf(deposit).depositor), parties: [] };
  const { holds, metAtSeconds, total, roles, cosigners } = countQuorum({
    ...question,
    cosignatures: verifiedCosignatures(stored, consortium),
    ...(batch && { notBeforeMs: finalNotBeforeMs(batch) }),
  });
  const bound =
    batch && holds && metAtSeconds !== undefined
      ? existedNotLaterThan({
          metAtSeconds,
          receivedAt: formatTime(deposit.receivedAtMs),
          sealedAt: formatTime(batch.sealedAtMs),
        })
      : undefined;
  return {
    ...(bound !== undefined && { existedNotLaterThan: bound }),
    quorum: { total, roles, awaited: finality ? [] : awaited(question, cosigners) },
    cosigners: cosigners.map((cosigner) => {
      const { name, timeSeconds } = cosigner;
      const row = stored.find((other) => other.name === name && other.timeSeconds === timeSeconds);
      if (row === undefined) throw new Error(`internal: a cosignature of ${name} that is not stored`);
      return {
        ...cosigner,
        cosignedAt: formatTime(timeSeconds * 1000),
        storedAt: formatTime(row.storedAtMs),
      };
    }),
  };
}

/** Whose cosignature would still add something: to the total, or to the role that its group fills. */
function awaited(question: CountQuestion, cosigners: readonly Cosigner[]): QuorumState["awaited"] {
  const { consortium } = question;
  const canCount = cosignersThatCanCount(question);
  const groupOf = (id: string) => findGroup(consortium, id);
  const counted = cosigners.filter((cosigner) => cosigner.counted);
  const heard = new Set(counted.map(({ organisation }) => groupOf(organisation)));
  const inRole = new Set(
    counted
      .filter(({ reason }) => reason !== "counted-in-total")
      .map(({ organisation }) => groupOf(organisation)),
  );
  return consortium.organisations
    .filter(({ id, role }) => {
      const group = groupOf(id);
      return !heard.has(group) || (!inRole.has(group) && group?.top?.role === role);
    })
    .map(({ id, role }) => ({
      organisation: id,
      role,
      nodes: canCount.filter(({ organisation }) => organisation === id).map(({ name }) => name),
    }))
    .filter(({ nodes }) => nodes.length > 0);
}
