/**
 * Appending: batches without a ledger index enter the log, and a new checkpoint is signed over it.
 *
 * Crash story: the checkpoint is signed in memory, then entries, tiles and checkpoint are stored in one step that
 * succeeds only if the newest checkpoint is still the one built upon, and only what was stored is ever shown. A crash
 * before the step forgets a signature that nobody saw; a crash after it loses nothing. Two sequencers cannot publish
 * checkpoints that contradict each other: one of them loses the swap, and its signature is dropped unseen.
 */
import { emptyRootHash, type Hash, hashLeaf } from "../../core/merkle/hash.js";
import { growLedgerTree } from "../ledger/ledger-tree.js";
import type { Ports } from "../ports/ports.js";
import type { StoredCheckpoint } from "../ports/ledger.js";
import { type CheckpointSigning, signCheckpoint } from "../ledger/signed-note.js";

type AppendPorts = Pick<Ports, "store"> & CheckpointSigning;
type MaySign = () => Promise<boolean>;

/** Entries a step: bounds the memory and the time of one transaction after a long outage. */
const MAX_ENTRIES = 1024;

/** The log's first checkpoint, of size 0: signed once, when the log begins. Every ledger begins with it. */
export async function openLedger(ports: AppendPorts, origin: string): Promise<StoredCheckpoint> {
  for (;;) {
    const newest = await ports.store.newestCheckpoint();
    if (newest !== undefined) return newest;
    const checkpoint = signedCheckpoint(ports, origin, {
      treeSize: 0,
      rootHash: emptyRootHash(),
      lastSeq: 0,
      sealedAtMs: 0,
    });
    await ports.store.advanceLedger({ previous: undefined, checkpoint, entries: [], tiles: [] });
  }
}

/** Appends all there is, as long as it may be signed. */
export async function appendBatches(ports: AppendPorts, origin: string, maySign: MaySign): Promise<void> {
  for (;;) {
    const previous = await openLedger(ports, origin);
    const batches = await ports.store.unledgeredBatches(MAX_ENTRIES);
    const last = batches.at(-1);
    if (last === undefined || !(await maySign())) return;
    const leafHashes = batches.map(({ entry }) => hashLeaf(entry));
    const { rootHash, tiles } = await growLedgerTree(ports.store, previous.treeSize, leafHashes);
    const checkpoint = signedCheckpoint(ports, origin, {
      treeSize: previous.treeSize + batches.length,
      rootHash,
      lastSeq: last.lastSeq,
      // Its own, and not the latest so far: a batch that was sealed by a clock ahead is no concern of those behind it.
      sealedAtMs: last.sealedAtMs,
    });
    const entries = batches.map(({ entry, firstSeq }) => ({ content: entry, batchFirstSeq: firstSeq }));
    // False where another sequencer was faster: then the next look shows what is left.
    await ports.store.advanceLedger({ previous, checkpoint, entries, tiles });
  }
}

export function signedCheckpoint(
  ports: AppendPorts,
  origin: string,
  head: Omit<StoredCheckpoint, "note">,
): StoredCheckpoint {
  const { treeSize, rootHash } = head;
  return { ...head, note: signCheckpoint({ origin, treeSize, rootHash: rootHash as Hash }, ports) };
}
