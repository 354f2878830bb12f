/** One deposit and how far it has come: its batch, its place on the ledger, the checkpoint that made it final. */
import { refuseOperators, refuseOthersDeposit } from "../model/access.js";
import type { DepositorClasses } from "../finality/finality.js";
import type { Principal } from "../model/model.js";
import type { Finality } from "../ports/cosignatures.js";
import type { Store } from "../ports/ports.js";
import type { StoredBatch } from "../ports/batches.js";
import type { StoredDeposit } from "../ports/deposits.js";
import { statementOf } from "../depositing/receipts.js";
import { Refusal } from "../model/refusal.js";

export interface Located {
  readonly deposit: StoredDeposit;
  readonly depositorClass: string;
  readonly batch?: StoredBatch;
  /** When the earliest checkpoint met the quorum for this depositor, and which one it was. */
  readonly finality?: Finality;
}

export async function findDeposit(store: Store, id: string): Promise<StoredDeposit> {
  const deposit = await store.findDeposit(id);
  if (deposit === undefined) throw new Refusal("deposit-unknown", "there is no such deposit", { got: id });
  return deposit;
}

/** Depositors and readers see what their own organisation deposited, and nobody else's. */
export async function findOwnDeposit(store: Store, by: Principal, id: string): Promise<StoredDeposit> {
  refuseOperators(by);
  const deposit = await findDeposit(store, id);
  refuseOthersDeposit(by, deposit);
  return deposit;
}

export async function locate(
  store: Store,
  classes: DepositorClasses,
  deposit: StoredDeposit,
): Promise<Located> {
  const depositorClass = classes.of(statementOf(deposit).depositor);
  const batch = await store.findBatchOfSeq(deposit.seq);
  const index = batch?.ledgerIndex;
  const finality = index === undefined ? undefined : await store.findFinality(depositorClass, index);
  return { deposit, depositorClass, ...(batch && { batch }), ...(finality && { finality }) };
}
