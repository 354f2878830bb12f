/**
 * A client of the log that follows C2SP tlog-tiles: it takes a checkpoint, then the tiles and the last bundle of that size,
 * and proves each checkpoint consistent with the one before. At no instant may anything be missing or not fit.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { openCheckpoint } from "../../src/core/ledger/checkpoint.js";
import { parseEntryBundle } from "../../src/core/ledger/entry-bundle.js";
import { openTiles, tilesToFetch } from "../../src/core/ledger/open-tiles.js";
import { entriesPath, TILE_WIDTH, tilePath } from "../../src/core/ledger/tile.js";
import type { VerifierKey } from "../../src/core/ledger/vkey.js";
import { verifyConsistency } from "../../src/core/merkle/consistency.js";
import { type Hash, hashLeaf } from "../../src/core/merkle/hash.js";
import { planConsistency } from "../../src/core/merkle/subtree.js";

export interface LedgerReader {
  /** How many checkpoints were read and proven, and how many of them were new. */
  readonly count: { checkpoints: number; sizes: number };
  /** Ends the reading; throws what did not fit. */
  end(): Promise<void>;
}

/** Reads again and again, until the end or the first thing that does not fit. */
export function readLedger(prefix: string, vkeys: readonly VerifierKey[]): LedgerReader {
  const count = { checkpoints: 0, sizes: 0 };
  let isEnding = false;
  let previous: { readonly treeSize: number; readonly rootHash: Hash } | undefined;

  async function get(path: string): Promise<Uint8Array> {
    const answer = await fetch(`${prefix}/${path}`);
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  }

  async function readOnce(): Promise<void> {
    const { treeSize, rootHash } = openCheckpoint(Buffer.from(await get("checkpoint")).toString(), vkeys);
    const oldSize = previous?.treeSize ?? 0;
    if (treeSize < oldSize) throw new Error(`the ledger shrank from ${oldSize} to ${treeSize}`);
    if (treeSize > 0) {
      const plan = planConsistency(oldSize, treeSize);
      const last = { level: 0, index: treeSize - 1 };
      const tiles = await Promise.all(
        tilesToFetch([...plan.nodes, last], treeSize).map(async (tile) => ({
          ...tile,
          bytes: await get(tilePath(tile)),
        })),
      );
      const read = openTiles({ treeSize, rootHash, tiles });
      if (previous !== undefined && oldSize > 0)
        verifyConsistency(
          { oldSize, newSize: treeSize, path: plan.combine(plan.nodes.map(read)) },
          previous.rootHash,
          rootHash,
        );
      const [index, width] = [Math.floor((treeSize - 1) / TILE_WIDTH), ((treeSize - 1) % TILE_WIDTH) + 1];
      const entries = parseEntryBundle(await get(entriesPath({ index, width })), width);
      const lastEntry = entries.at(-1);
      if (lastEntry === undefined || Buffer.compare(hashLeaf(lastEntry), read(last)) !== 0)
        throw new Error(`entry ${treeSize - 1} is not what its leaf says`);
    }
    count.checkpoints += 1;
    if (treeSize > oldSize) count.sizes += 1;
    previous = { treeSize, rootHash };
  }

  const reading = (async () => {
    while (!isEnding) {
      await readOnce();
      await sleep(5);
    }
  })();
  // Told at the end; until then nobody waits for it.
  reading.catch(() => undefined);
  return {
    count,
    end: async () => {
      isEnding = true;
      await reading;
    },
  };
}
