/** Batches of deposits, and the deposits that are in none, as they are stored. */
import type { Hash } from "../../core/merkle/hash.js";

/** A batch is the deposits `firstSeq` to `lastSeq`: a deposit's leafIndex is seq - firstSeq. */
export interface NewBatch {
  readonly id: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly sealedAtMs: number;
  /** JCS(batch): the ledger entry. */
  readonly entry: Uint8Array;
  /** Whose deposits it holds, each once. */
  readonly depositorIds: readonly string[];
}

export interface StoredBatch extends NewBatch {
  /** Absent until the ledger has it. */
  readonly ledgerIndex?: number;
}

export interface UnsealedDeposits {
  readonly firstSeq: number;
  readonly leafHashes: readonly Hash[];
  readonly lastReceivedAtMs: number;
  /** Of what their receipts promised. */
  readonly earliestSealByMs: number;
  /** Each once. */
  readonly depositorIds: readonly string[];
}

export interface BatchStore {
  /**
   * The first `limit` deposits in no batch, in order, up to the first whose time of receipt does not belong together with
   * that of the first one; undefined where there is none.
   */
  unsealedDeposits(
    limit: number,
    belongTogether?: (firstReceivedAtMs: number, receivedAtMs: number) => boolean,
  ): Promise<UnsealedDeposits | undefined>;
  /** Atomic, durable. False, and nothing stored, unless `firstSeq` follows the last sealed deposit at this moment. */
  sealBatch(batch: NewBatch): Promise<boolean>;
  /** The batch holding this deposit. */
  findBatchOfSeq(seq: number): Promise<StoredBatch | undefined>;
  /** In order of `firstSeq`: the first `limit` batches without a ledger index. */
  unledgeredBatches(limit: number): Promise<readonly StoredBatch[]>;
  leafHashes(range: { firstSeq: number; lastSeq: number }): Promise<readonly Hash[]>;
  /** Of the batches at the ledger indexes `from` to `to - 1`, in their order. */
  depositorsOfEntries(range: {
    readonly from: number;
    readonly to: number;
  }): Promise<readonly { readonly ledgerIndex: number; readonly depositorIds: readonly string[] }[]>;
}
