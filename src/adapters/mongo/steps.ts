/** The line of steps that deposits and words about chains are appended to, one document each. */
import { randomUUID } from "node:crypto";
import type { ClientSession, Connection } from "mongoose";
import type { Collections } from "./schema/collections.js";
import type { StepRow } from "./schema/deposits.js";
import { isDuplicate, untilFree } from "./server/storing.js";

/** What a step says, once its place in the line is known. */
export type NextStep = Pick<StepRow, "deposits" | "links" | "keys" | "word">;

/**
 * Appends what `decide` gives after it has looked at everything before, and decides again where somebody else was faster; `undefined`
 * appends nothing. All that `decide` reads in its session is at least as new as the last step, and kept by the majority.
 */
export async function appendStep(
  connection: Connection,
  deposits: Collections["deposits"],
  decide: (lastSeq: number, session: ClientSession) => Promise<NextStep | undefined>,
): Promise<void> {
  const session = await connection.startSession({ causalConsistency: true });
  try {
    await untilFree(async () => {
      const newest = await deposits
        .findOne({}, { step: 1, lastSeq: 1 })
        .sort({ step: -1 })
        .session(session)
        .lean<StepRow>();
      const { step, lastSeq } = newest ?? { step: 0, lastSeq: 0 };
      const next = await decide(lastSeq, session);
      if (next === undefined) return { result: undefined };
      const row: StepRow = {
        _id: next.deposits ? lastSeq + 1 : -(step + 1),
        step: step + 1,
        lastSeq: lastSeq + (next.deposits?.length ?? 0),
        token: randomUUID(),
        ...next,
      };
      return (await insertStep(deposits, row, session)) ? { result: undefined } : undefined;
    });
  } finally {
    await session.endSession();
  }
}

/** False where the place was taken by somebody else. Throws where the place is free, and something of the row is there already. */
async function insertStep(
  deposits: Collections["deposits"],
  row: StepRow,
  session: ClientSession,
): Promise<boolean> {
  try {
    await deposits.collection.insertOne(row as never, { session });
    return true;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    const there = await deposits.findOne({ step: row.step }, { token: 1 }).session(session).lean<StepRow>();
    if (there === null) throw error;
    // The driver sends an insert again whose answer was lost.
    return there.token === row.token;
  }
}
