/** The root of the ledger's first entries, from this node's own copy: every hash in it was proven when it came. */
import { hashFromTile, tileOfNode, tilePath } from "../core/ledger/tile.js";
import type { Hash } from "../core/merkle/hash.js";
import { nodesOfRoot, rootFromNodes } from "../core/merkle/subtree.js";
import type { LedgerStore } from "./ledger-store.js";

/** Undefined where the copy has not come as far as `treeSize`. */
export function copiedRoot(ledgers: LedgerStore, origin: string, treeSize: number): Hash | undefined {
  if (ledgers.copiedSize(origin) < treeSize) return undefined;
  return rootFromNodes(
    nodesOfRoot(treeSize).map((node) => {
      const tile = tileOfNode(node, treeSize);
      const bytes = ledgers.tile(origin, tile);
      if (bytes === undefined) throw new Error(`internal: ${tilePath(tile)} of ${origin} is not stored`);
      return hashFromTile(node, bytes);
    }),
  );
}
