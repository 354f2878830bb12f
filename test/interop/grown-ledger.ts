/**
 * Entries by the ten thousand in a stopped notary's ledger: with its own store, its own tree and its own key, only
 * without a deposit for each.
 */
import { join } from "node:path";
import { openSqliteStore } from "../../src/adapters/sqlite/store.js";
import { utf8 } from "../../src/core/bytes.js";
import { encodeCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { hashLeaf } from "../../src/core/merkle/hash.js";
import { openLedger } from "../../src/notary/append-batches.js";
import { growLedgerTree } from "../../src/notary/ledger-tree.js";
import { signNote } from "../../src/notary/signed-note.js";
import { readSigningKey } from "../../src/platform/keys.js";

/** As many entries as the notary appends in one step. */
const STEP = 1024;

export async function growLedger(notaryFolder: string, treeSize: number): Promise<void> {
  const logSigner = readSigningKey(join(notaryFolder, "log.key"));
  const store = openSqliteStore(join(notaryFolder, "notary.db"));
  try {
    const origin = logSigner.name;
    let previous = await openLedger({ store, logSigner, now: () => Date.now() }, origin);
    while (previous.treeSize < treeSize) {
      const first = previous.treeSize;
      const entries = Array.from({ length: Math.min(STEP, treeSize - first) }, (_, i) =>
        utf8(`entry ${first + i}`),
      );
      const { rootHash, tiles } = await growLedgerTree(store, first, entries.map(hashLeaf));
      const head = { treeSize: first + entries.length, rootHash };
      const note = signNote(encodeCheckpointText({ origin, ...head }), logSigner);
      const checkpoint = { ...previous, ...head, note };
      const isStored = await store.advanceLedger({
        previous,
        checkpoint,
        entries: entries.map((content) => ({ content })),
        tiles,
      });
      if (!isStored) throw new Error("the notary runs");
      previous = checkpoint;
    }
  } finally {
    await store.close();
  }
}
