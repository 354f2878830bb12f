/** Cosignatures, what they made final, and the tokens of time-stamping authorities. */
import { bytes, declare, number, text } from "./declare.js";

export interface CosignatureRow {
  readonly treeSize: number;
  /** 0, 1, 2... among those of this size, in the order in which they were stored. */
  readonly place: number;
  readonly name: string;
  readonly keyId: number;
  readonly timeSeconds: number;
  readonly storedAtMs: number;
  readonly line: string;
}
export const cosignatures = declare(
  {
    ...{ treeSize: number, place: number, name: text, keyId: number },
    ...{ timeSeconds: number, storedAtMs: number, line: text },
  },
  [
    [{ treeSize: 1, place: 1 }, { unique: true }],
    [{ treeSize: 1, name: 1, keyId: 1, timeSeconds: 1 }, { unique: true }],
    [{ name: 1, keyId: 1, treeSize: 1 }],
  ],
);

export interface FinalityRow {
  readonly depositorClass: string;
  readonly treeSize: number;
  readonly finalAtMs: number;
}
export const finalities = declare({ depositorClass: { type: String }, treeSize: number, finalAtMs: number }, [
  [{ depositorClass: 1, treeSize: 1 }, { unique: true }],
  [{ treeSize: 1 }],
]);

export interface DeferredRow {
  readonly depositorClass: string;
  readonly ledgerIndex: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly sealedAtMs: number;
  /** Absent, with the next, until it is final. */
  readonly treeSize?: number;
  readonly finalAtMs?: number;
  /** The class again, as long as it is not final. */
  readonly waiting?: string;
}
export const deferredBatches = declare(
  {
    ...{ depositorClass: { type: String }, ledgerIndex: number, firstSeq: number, lastSeq: number },
    ...{ sealedAtMs: number, treeSize: Number, finalAtMs: Number, waiting: String },
  },
  [[{ depositorClass: 1, ledgerIndex: 1 }, { unique: true }], [{ waiting: 1, ledgerIndex: 1 }]],
);

export interface TimestampRow {
  readonly treeSize: number;
  /** 0, 1, 2... among those of this size, in the order in which they were stored. */
  readonly place: number;
  readonly authority: string;
  readonly token: Buffer;
  readonly genTimeMs: number;
  readonly storedAtMs: number;
}
export const timestamps = declare(
  {
    ...{
      treeSize: number,
      place: number,
      authority: text,
      token: bytes,
      genTimeMs: number,
      storedAtMs: number,
    },
  },
  [
    [{ treeSize: 1, place: 1 }, { unique: true }],
    [{ authority: 1, treeSize: 1 }, { unique: true }],
  ],
);

export interface TimestampAuthorityRow {
  readonly _id: string;
  readonly fromTreeSize: number;
}
export const timestampAuthorities = declare({ _id: String, fromTreeSize: number });
