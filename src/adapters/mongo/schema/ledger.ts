/** Batches and the ledger: its entries, tiles and checkpoints. */
import { bytes, declare, number, text, within } from "./declare.js";

export interface BatchRow {
  /** Its first `seq`: the next batch has one place alone. */
  readonly _id: number;
  readonly lastSeq: number;
  readonly id: string;
  readonly sealedAtMs: number;
  readonly depositorIds: readonly string[];
  readonly entry: Buffer;
}
export const batches = declare(
  {
    ...{ _id: Number, lastSeq: number, id: text, sealedAtMs: number, entry: bytes },
    depositorIds: { type: [String], required: true },
  },
  [[{ id: 1 }, { unique: true }]],
);

export interface EntryRow {
  /** Its index in the ledger. */
  readonly _id: number;
  readonly content: Buffer;
  /** What is asked of the batch by its place in the ledger; rows of both never change. */
  readonly batch?: {
    readonly firstSeq: number;
    readonly lastSeq: number;
    readonly sealedAtMs: number;
    readonly depositorIds: readonly string[];
  };
  /** The index again, of an entry of no batch that is meant to be a change of the consortium. */
  readonly changeIndex?: number;
}
export const ledgerEntries = declare(
  {
    ...{ _id: Number, content: bytes, changeIndex: Number },
    batch: within({
      ...{ firstSeq: number, lastSeq: number, sealedAtMs: number },
      depositorIds: { type: [String], required: true },
    }),
  },
  [
    [{ "batch.firstSeq": 1 }, { unique: true, sparse: true }],
    [{ "batch.sealedAtMs": 1 }, { sparse: true }],
    [{ changeIndex: 1 }, { sparse: true }],
  ],
);

export interface TileRow {
  readonly level: number;
  readonly index: number;
  /** The widest state: 1 to 256 hashes. */
  readonly hashes: Buffer;
}
export const tiles = declare({ level: number, index: number, hashes: bytes }, [
  [{ level: 1, index: 1 }, { unique: true }],
]);

export interface CheckpointRow {
  /** Its tree size. */
  readonly _id: number;
  /** The tree size of the checkpoint before it, -1 of the first: from each one the ledger goes on to one alone. */
  readonly previous: number;
  readonly rootHash: Buffer;
  readonly lastSeq: number;
  readonly sealedAtMs: number;
  readonly note: string;
}
export const checkpoints = declare(
  { ...{ _id: Number, previous: number, rootHash: bytes, lastSeq: number, sealedAtMs: number, note: text } },
  [[{ previous: 1 }, { unique: true }]],
);
