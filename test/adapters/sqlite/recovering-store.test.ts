/** A backup's ledger is cut where it leaves a mirror's: what stays is the tree of so many entries, and grows on. */
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { openRecoveringStore } from "../../../src/adapters/sqlite/copies/recovering-store.js";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.js";
import { utf8 } from "../../../src/core/bytes.js";
import { hashLeaf } from "../../../src/core/merkle/hash.js";
import { rootOfLeaves } from "../../../src/core/merkle/tree.js";
import { growLedgerTree, ledgerRoot } from "../../../src/notary/ledger/ledger-tree.js";
import { temporaryFolders } from "../../temporary-folder.js";

const folder = temporaryFolders();
const ENTRIES = Array.from({ length: 600 }, (_, i) => utf8(`entry ${i}`));
const LEAVES = ENTRIES.map(hashLeaf);

it.each([0, 1, 255, 256, 257, 512, 599])("is cut to %d of 600 entries", async (size) => {
  const place = folder();
  const backup = openSqliteStore(join(place, "notary.db"));
  const { rootHash, tiles } = await growLedgerTree(backup, 0, LEAVES);
  const head = { lastSeq: 0, sealedAtMs: 0, note: "" };
  await backup.advanceLedger({
    ...{ previous: undefined, checkpoint: { ...head, treeSize: 600, rootHash }, tiles },
    entries: ENTRIES.map((content) => ({ content })),
  });
  await backup.close();
  const store = openRecoveringStore(join(place, "notary.db"), join(place, "recovering.db"));
  store.cutTo(size);
  expect(store.copiedSize("")).toBe(size);
  expect(await store.newestCheckpoint()).toBeUndefined();
  store.finish();
  const cut = openSqliteStore(join(place, "recovering.db"));
  expect(await ledgerRoot(cut, size)).toEqual(rootOfLeaves(LEAVES.slice(0, size)));
  const grown = await growLedgerTree(cut, size, [hashLeaf(utf8("other"))]);
  expect(grown.rootHash).toEqual(rootOfLeaves([...LEAVES.slice(0, size), hashLeaf(utf8("other"))]));
  await cut.close();
});
