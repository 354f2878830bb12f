/** What a deposit is answered with, now and whenever it is asked for again: the same statement, the same receipt. */
import { encodeReceiptText } from "../../core/evidence/receipt.js";
import { parseJson } from "../../core/record/json.js";
import { parseStatement, type Statement } from "../../core/record/statement.js";
import { formatTime } from "../../core/record/time.js";
import type { DepositResult } from "../model/model.js";
import type { NewDeposit } from "../ports/deposits.js";
import type { Signer } from "../ports/host.js";
import { signNote } from "../ledger/signed-note.js";

export type Deposited = Pick<NewDeposit, "id" | "statement" | "leafHash" | "sealByMs">;

export interface ReceiptSigning {
  readonly origin: string;
  readonly receiptSigner: Signer;
}

/** Ed25519 is deterministic: signing the same text again gives the same receipt. */
export function resultOf(
  deposit: Deposited,
  { origin, receiptSigner }: ReceiptSigning,
  {
    replayed,
    statement = statementOf(deposit),
  }: { readonly replayed: boolean; readonly statement?: Statement },
): DepositResult {
  const { id, leafHash, sealByMs } = deposit;
  const text = encodeReceiptText({ origin, id, leafHash, sealBy: formatTime(sealByMs) });
  return { statement, leafHash, receipt: signNote(text, receiptSigner), replayed };
}

export function statementOf({ statement }: Pick<NewDeposit, "statement">): Statement {
  return parseStatement(parseJson(statement, { numbers: "canonical" }));
}
