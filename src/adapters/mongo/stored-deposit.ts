/** One deposit out of the document of its group. */
import type { ProjectionType } from "mongoose";
import type { NewDeposit, StoredDeposit } from "../../notary/ports/deposits.js";
import { blob, bytesOf, present } from "./schema/documents.js";
import type { DepositRow, StepRow } from "./schema/deposits.js";

/** A projection: of a group, only the deposits whose field has one of these values. */
export function depositsWhere(
  field: "id" | "chain.id" | "seq",
  values: readonly (string | number)[],
): ProjectionType<StepRow> {
  return onlyDeposits({ $in: [`$$this.${field}`, { $literal: values }] });
}

/** A projection whose expression is about `$$this` deposit. The types of mongoose know of no expressions here. */
export const onlyDeposits = (cond: object, others: object = {}): ProjectionType<StepRow> =>
  ({ ...others, deposits: { $filter: { input: "$deposits", cond } } }) as unknown as ProjectionType<StepRow>;

export const depositOf = (row: DepositRow): StoredDeposit => ({
  seq: row.seq,
  id: row.id,
  organisationId: row.organisationId,
  leafHash: bytesOf(row.leafHash),
  receivedAtMs: row.receivedAtMs,
  sealByMs: row.sealByMs,
  ...(row.chain && { chain: { id: row.chain.id, sequence: row.chain.sequence } }),
  ...(row.original && { original: bytesOf(row.original) }),
  statement: bytesOf(row.statement),
});

export const rowOf = (seq: number, deposit: NewDeposit): DepositRow => {
  const { id, organisationId, leafHash, receivedAtMs, sealByMs, chain, original, statement } = deposit;
  return {
    ...{ seq, id, organisationId, leafHash: blob(leafHash), receivedAtMs, sealByMs },
    ...present("chain", chain && { id: chain.id, sequence: chain.sequence }),
    ...present("original", original && blob(original)),
    statement: blob(statement),
  };
};
