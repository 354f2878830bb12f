/** The notary's own ledger, as it is stored: entries, tiles and signed checkpoints. */
import type { Hash } from "../../core/merkle/hash.js";

export interface StoredCheckpoint {
  readonly treeSize: number;
  readonly rootHash: Hash;
  /** The note as the log signed it, without cosignatures. */
  readonly note: string;
  /** The newest deposit that the tree covers, and when its batch says that it was sealed; 0 in the empty tree. */
  readonly lastSeq: number;
  readonly sealedAtMs: number;
}

/** The newest state of a tile: 1 to 256 hashes; its narrower states are prefixes. */
export interface StoredTile {
  readonly level: number;
  readonly index: number;
  readonly hashes: Uint8Array;
}

export interface LedgerAdvance {
  /** The newest checkpoint as the caller read it; undefined for the very first. */
  readonly previous: { readonly treeSize: number; readonly rootHash: Hash } | undefined;
  readonly checkpoint: StoredCheckpoint;
  /** At indexes previous.treeSize, + 1, ...; `batchFirstSeq` names the batch whose entry it is. */
  readonly entries: readonly { readonly content: Uint8Array; readonly batchFirstSeq?: number }[];
  /** Every tile that changed. */
  readonly tiles: readonly StoredTile[];
}

export interface LedgerStore {
  newestCheckpoint(): Promise<StoredCheckpoint | undefined>;
  findCheckpoint(treeSize: number): Promise<StoredCheckpoint | undefined>;
  /**
   * Atomic, durable compare-and-swap: false, and nothing stored, unless the newest checkpoint still is `previous`.
   * This, and no hope, keeps the log from ever publishing two checkpoints that contradict each other.
   */
  advanceLedger(advance: LedgerAdvance): Promise<boolean>;
  /**
   * Durable, before it is shown to anybody: while nothing is final the log shows a checkpoint that is being cosigned, and
   * whoever has seen it must never be shown a smaller one, by another process or after a start. A smaller size than the
   * one that was shown changes nothing.
   */
  showCheckpoint(treeSize: number): Promise<void>;
  /** The largest that was shown before it was final; undefined where none was. */
  shownCheckpoint(): Promise<StoredCheckpoint | undefined>;
  /** In the order asked; undefined where there is no such tile. */
  tiles(ids: readonly { level: number; index: number }[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** Those from index `from` on, or all, that are meant to be changes of the consortium (`isConsortiumEntry`), in their order. */
  consortiumEntries(
    from?: number,
  ): Promise<readonly { readonly index: number; readonly content: Uint8Array }[]>;
  /** Entries from `first` on, at most `count`. */
  ledgerEntries(range: { first: number; count: number }): Promise<readonly Uint8Array[]>;
}
