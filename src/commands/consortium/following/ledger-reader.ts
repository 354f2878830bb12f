/** A ledger as a command may read it, wherever it is. */

interface Tree {
  readonly treeSize: number;
  readonly rootHash: Uint8Array;
}

/** This reads a ledger somewhere: nothing of it is believed, `entries` and `beginning` prove what they give. */
export interface LedgerReader {
  /** Reads the newest checkpoint, a signed note. Throws where there is none. */
  checkpoint(): Promise<Uint8Array>;
  /** Gives the entries from the index `first` on, each proved to stand in this tree. Throws at the first that does not. */
  entries(tree: Tree, first: number): AsyncIterable<{ readonly index: number; readonly entry: Uint8Array }>;
  /**
   * Gives the root of the tree's first `size` entries, and the consistency proof from it to the tree's. Throws where the
   * ledger has none.
   */
  beginning(
    tree: Tree,
    size: number,
  ): Promise<{ readonly rootHash: Uint8Array; readonly path: readonly Uint8Array[] }>;
  close(): Promise<void>;
}
