/** A deposit's place in its batch tree, computed when asked for from the stored leaf hashes. */
import type { Hash } from "../../core/merkle/hash.js";
import { type BatchTree, buildBatchTree } from "./batch-tree.js";
import type { Ports } from "../ports/ports.js";
import type { StoredBatch } from "../ports/batches.js";

export interface BatchProofs {
  pathOf(batch: StoredBatch, leafIndex: number): Promise<readonly Hash[]>;
}

/** Evidence is mostly asked for soon after sealing, for many deposits of few batches. */
const MAX_TREES = 16;

export function createBatchProofs({ store, hashOnce }: Pick<Ports, "store" | "hashOnce">): BatchProofs {
  // A Map remembers the order of insertion: the first one was used longest ago.
  const trees = new Map<number, Promise<BatchTree>>();

  async function build({ firstSeq, lastSeq }: StoredBatch): Promise<BatchTree> {
    const leafHashes = await store.leafHashes({ firstSeq, lastSeq });
    if (leafHashes.length !== lastSeq - firstSeq + 1)
      throw new Error(`internal: the batch of deposits ${firstSeq} to ${lastSeq} lacks some`);
    return buildBatchTree(leafHashes, hashOnce);
  }

  return {
    pathOf: async (batch, leafIndex) => {
      const tree = trees.get(batch.firstSeq) ?? build(batch);
      trees.delete(batch.firstSeq);
      trees.set(batch.firstSeq, tree);
      if (trees.size > MAX_TREES) trees.delete(trees.keys().next().value as number);
      try {
        return (await tree).pathOf(leafIndex);
      } catch (error) {
        trees.delete(batch.firstSeq);
        throw error;
      }
    },
  };
}
