/**
 * A ledger of any size without a deposit for each entry, in the notary's own store, by its own tree and its own key; and
 * nodes that have copied it, as they would stand had they been sent all of it.
 */
import { hash } from "node:crypto";
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { openSqliteStore } from "../../src/adapters/sqlite/store.js";
import { concatBytes } from "../../src/core/bytes.js";
import { encodeCheckpointText } from "../../src/core/ledger/checkpoint.js";
import { encodeNote } from "../../src/core/ledger/note.js";
import { HASH_BYTES, type Hash } from "../../src/core/merkle/hash.js";
import { openLedger } from "../../src/notary/sealing/append-batches.js";
import { growLedgerTree, type GrownTree } from "../../src/notary/ledger/ledger-tree.js";
import type { Signer } from "../../src/notary/ports/host.js";
import type { StoredCheckpoint } from "../../src/notary/ports/ledger.js";
import { signCheckpoint } from "../../src/notary/ledger/signed-note.js";
import { readSigningKey } from "../../src/platform/keys/keys.js";
import { cosigner } from "../../src/witness-node/signing/cosign.js";
import { openLedgerStore } from "../../src/witness-node/ledger/ledger-store.js";
import { openCheckpointStore } from "../../src/witness-node/memory/store.js";

export type NotaryStore = ReturnType<typeof openSqliteStore>;

export interface Grower {
  readonly store: NotaryStore;
  readonly logSigner: Signer;
  readonly now: () => number;
  readonly entryAt: (index: number) => Uint8Array;
}

export interface Appended extends GrownTree {
  readonly checkpoint: StoredCheckpoint;
  readonly entries: readonly Uint8Array[];
}

/** One step of the notary's: entries, tiles and a signed checkpoint over them. */
export async function appendEntries(
  grower: Grower,
  previous: StoredCheckpoint,
  count: number,
): Promise<Appended> {
  const { store, logSigner, now, entryAt } = grower;
  const first = previous.treeSize;
  const entries = Array.from({ length: count }, (_, i) => entryAt(first + i));
  const grown = await growLedgerTree(store, first, entries.map(leafHash));
  const { rootHash, tiles } = grown;
  const treeSize = first + count;
  const checkpoint = {
    treeSize,
    rootHash,
    lastSeq: treeSize,
    sealedAtMs: Math.max(now(), previous.sealedAtMs),
    note: signCheckpoint({ origin: logSigner.name, treeSize, rootHash }, grower),
  };
  const added = entries.map((content) => ({ content }));
  if (!(await store.advanceLedger({ previous, checkpoint, entries: added, tiles })))
    throw new Error("another process appends to this ledger");
  return { ...grown, checkpoint, entries };
}

/** As many entries as the notary appends in one step. */
const STEP = 1024;

/** Appends up to `treeSize`; `onStep` is told of each step. */
export async function growLedger(
  grower: Grower,
  treeSize: number,
  onStep: (appended: Appended) => void = () => undefined,
): Promise<StoredCheckpoint> {
  let newest = await openLedger(grower, grower.logSigner.name);
  while (newest.treeSize < treeSize) {
    const appended = await appendEntries(grower, newest, Math.min(STEP, treeSize - newest.treeSize));
    onStep(appended);
    newest = appended.checkpoint;
  }
  return newest;
}

/** RFC 6962, by the host's fast hash. */
const leafHash = (entry: Uint8Array): Hash =>
  new Uint8Array(hash("sha256", concatBytes(Uint8Array.of(0), entry), "buffer")) as Hash;

/** Takes what the notary appends as a mirror's copy, for nodes that are to begin with all of it. */
export function copyOf(origin: string, folder: string) {
  const file = join(folder, "ledger.db");
  const ledgers = openLedgerStore(file);
  return {
    take: ({ checkpoint, entries, tiles }: Appended) =>
      ledgers.append(origin, {
        firstIndex: checkpoint.treeSize - entries.length,
        entries,
        tiles: tiles.map(({ level, index, hashes }) => ({
          level,
          index,
          width: hashes.length / HASH_BYTES,
          bytes: hashes,
        })),
      }),
    /** Ends the copy and hands it to each node, with both its cosignatures in its memory; the nodes do not run. */
    give: async (newest: StoredCheckpoint, nodeFolders: readonly string[]) => {
      ledgers.close();
      for (const node of nodeFolders) {
        await copyFile(file, join(node, "ledger.db"));
        remember(node, origin, newest);
      }
      await rm(file);
    },
  };
}

function remember(nodeFolder: string, origin: string, { treeSize, rootHash, note }: StoredCheckpoint): void {
  const checkpoints = openCheckpointStore(join(nodeFolder, "witness.db"));
  const text = encodeCheckpointText({ origin, treeSize, rootHash });
  const timeSeconds = Math.floor(Date.now() / 1000);
  const cosigned = (kind: "witness" | "mirror") => {
    const lines = cosigner([readSigningKey(join(nodeFolder, `${kind}.key`))])(text, timeSeconds);
    const logLines = note.slice(text.length + 1, -1).split("\n");
    return { treeSize, rootHash, timeSeconds, note: encodeNote(text, [...logLines, ...lines]) };
  };
  checkpoints.update(origin, () => ({ next: cosigned("witness") }));
  checkpoints.updateMirrored(origin, () => cosigned("mirror"));
  checkpoints.close();
}
