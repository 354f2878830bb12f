/** Entries by the ten thousand in a stopped notary's ledger. */
import { join } from "node:path";
import { growLedger as grow } from "../../scripts/bench/grown-ledger.js";
import { openSqliteStore } from "../../src/adapters/sqlite/store.js";
import { utf8 } from "../../src/core/bytes.js";
import { readSigningKey } from "../../src/platform/keys/keys.js";

export async function growLedger(notaryFolder: string, treeSize: number): Promise<void> {
  const logSigner = readSigningKey(join(notaryFolder, "log.key"));
  const store = openSqliteStore(join(notaryFolder, "notary.db"));
  try {
    await grow({ store, logSigner, now: Date.now, entryAt: (index) => utf8(`entry ${index}`) }, treeSize);
  } finally {
    await store.close();
  }
}
