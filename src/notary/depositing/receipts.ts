/** What a deposit is answered with, now and whenever it is asked for again: the same statement, the same receipt. */
import { encodeReceiptText } from "../../core/evidence/receipt.js";
import { parseJson } from "../../core/record/json.js";
import { parseStatement, type Statement } from "../../core/record/statement.js";
import { formatTime } from "../../core/record/time.js";
import type { DepositResult } from "../model/model.js";
import type { NewDeposit } from "../ports/deposits.js";
import type { Deposited } from "../ports/worker.js";
import type { Signer } from "../ports/host.js";
import { signNote } from "../ledger/signed-note.js";

export interface ReceiptSigning {
  readonly origin: string;
  readonly receiptSigner: Signer;
}

/** Ed25519 is deterministic: signing the same text again gives the same receipt. */
export function resultOf(
  deposit: Deposited,
  signing: ReceiptSigning,
  { replayed }: { readonly replayed: boolean },
): DepositResult {
  return receiptFor({ ...deposit, statement: statementOf(deposit) }, signing, { replayed });
}

/** As `resultOf`, for a deposit whose statement need not be read again. */
export function receiptFor(
  { id, statement, leafHash, sealByMs }: Omit<Deposited, "statement"> & { readonly statement: Statement },
  { origin, receiptSigner }: ReceiptSigning,
  { replayed }: { readonly replayed: boolean },
): DepositResult {
  const text = encodeReceiptText({ origin, id, leafHash, sealBy: formatTime(sealByMs) });
  return { statement, leafHash, receipt: signNote(text, receiptSigner), replayed };
}

export function statementOf({ statement }: Pick<NewDeposit, "statement">): Statement {
  return parseStatement(parseJson(statement, { numbers: "canonical" }));
}
