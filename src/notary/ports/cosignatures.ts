/** Cosignatures of checkpoints, and which of them were final, as they are stored. */

export interface StoredCosignature {
  readonly name: string;
  readonly keyId: number;
  /** The signature line, without its newline. */
  readonly line: string;
  readonly timeSeconds: number;
  readonly storedAtMs: number;
}

/**
 * From `finalAtMs` on, the quorum held on the checkpoint of `treeSize` for the depositors of `depositorClass`: an
 * organisation of the consortium, or "" for everybody else (nobody to exclude). Of one class, sizes and times both
 * grow: a checkpoint that covers nothing new is not recorded, so the first one above an index made it final, but for
 * what is deferred.
 */
export interface Finality {
  readonly depositorClass: string;
  readonly treeSize: number;
  readonly finalAtMs: number;
}

/** The quorum holds, and its cosignatures are in time for batches that were sealed not later than `sealedUpToMs`. */
export interface QuorumMet extends Finality {
  readonly sealedUpToMs: number;
}

/**
 * A batch that was covered when the quorum held, and names a time of sealing too late for those cosignatures: the clock was
 * ahead when it was sealed. It becomes final when cosignatures come that are late enough, and nothing else waits for it.
 */
export interface DeferredBatch {
  readonly ledgerIndex: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly sealedAtMs: number;
}

/** How it stands with a class after a step. */
export interface FinalityStanding {
  readonly newest?: Finality;
  /** Those that are not final yet, in order; absent where the step has changed nothing about them. */
  readonly deferred?: readonly DeferredBatch[];
}

export interface CosignatureStore {
  /**
   * Atomic, durable, serialised against itself. Hands `decide` what is stored for this checkpoint, the newest finality of
   * each class asked for, and the earliest time of sealing among batches that this checkpoint covers and that are deferred
   * for one of them; stores what it adds, and takes up what it says is met: a finality where the checkpoint covers more
   * than the newest one, what of that is deferred, and what was deferred and is so no longer. `decide` is pure but for
   * what its caller captures. A cosignature of a key with a time that is already there for this size is not stored again.
   */
  cosign(
    scope: { readonly treeSize: number; readonly depositorClasses: readonly string[] },
    decide: (
      stored: readonly StoredCosignature[],
      newest: ReadonlyMap<string, Finality>,
      deferredFromMs: number | undefined,
    ) => { readonly add: readonly StoredCosignature[]; readonly met: readonly QuorumMet[] },
  ): Promise<ReadonlyMap<string, FinalityStanding>>;
  /** In the order in which they were stored. */
  cosignatures(treeSize: number): Promise<readonly StoredCosignature[]>;
  /** The largest tree size that this key has cosigned; 0 where none. */
  newestCosigned(key: { readonly name: string; readonly keyId: number }): Promise<number>;
  /** What made the batch at `ledgerIndex` final for this class; of one that was deferred, the checkpoint that ended it. */
  findFinality(depositorClass: string, ledgerIndex: number): Promise<Finality | undefined>;
  newestFinality(depositorClass: string): Promise<Finality | undefined>;
  /** Those that are not final yet for this class, in order. */
  deferredBatches(depositorClass: string): Promise<readonly DeferredBatch[]>;
}
