/** A ledger as a command may read it, wherever it is. */

interface Tree {
  readonly treeSize: number;
  readonly rootHash: Uint8Array;
}

/** A ledger somewhere: nothing of it is believed, `entries` and `beginning` prove what they give. */
export interface LedgerReader {
  checkpoint(): Promise<Uint8Array>;
  /** From the index `first` on, each proved to stand in this tree. Throws at the first that does not. */
  entries(tree: Tree, first: number): AsyncIterable<{ readonly index: number; readonly entry: Uint8Array }>;
  /** The root of the tree's first `size` entries, and the consistency proof from it to the tree's. Throws where it has none. */
  beginning(
    tree: Tree,
    size: number,
  ): Promise<{ readonly rootHash: Uint8Array; readonly path: readonly Uint8Array[] }>;
  close(): Promise<void>;
}
