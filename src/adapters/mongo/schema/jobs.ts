/** What is to be done beside requests, a document each until it is done. */
import type { JobFate } from "../../../notary/ports/work.js";
import { declare, number, text } from "./declare.js";

export interface JobRow {
  /** Its kind, a space and its key. */
  readonly _id: string;
  readonly kind: string;
  readonly key: string;
  readonly attempts: number;
  /** By the database's clock: who has claimed it has it until then; otherwise nobody claims it before. */
  readonly dueAtMs: number;
  readonly madeAtMs: number;
  readonly claim?: string;
  readonly lastError?: string;
  readonly fate: JobFate;
}
export const jobs = declare(
  {
    ...{ _id: String, kind: text, key: text, attempts: number, dueAtMs: number, madeAtMs: number },
    ...{ claim: String, lastError: String, fate: text },
  },
  [[{ fate: 1, kind: 1, dueAtMs: 1 }], [{ fate: 1, kind: 1, madeAtMs: 1 }], [{ fate: 1, _id: 1 }]],
);
