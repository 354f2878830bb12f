/**
 * Whether to take entries: the decisions of add-entries, without effects. C2SP tlog-mirror (2026-07-09), "Processing",
 * in the order in which that text names its checks.
 */
import { type Hash, hashLeaf } from "../../core/merkle/hash.js";
import { verifySubtreeConsistency } from "../../core/merkle/subtree-consistency.js";
import { rootOfLeaves } from "../../core/merkle/tree.js";
import type { AddEntriesHeader, EntryPackage } from "../../core/witness/add-entries.js";
import type { MirrorInfo } from "../../core/witness/mirror-info.js";
import type { PendingCheckpoint } from "../memory/store.js";

/**
 * The state is what is known of a log at some moment. SPEC: "the mirror MUST act on *some* valid copy of its pending
 * checkpoint and next index state. However, it MAY act on stale data without impacting correctness of the protocol."
 */
export interface MirrorState {
  /** This is the size of the newest pending checkpoint; undefined before the first. */
  readonly pendingSize: number | undefined;
  /** This is the size of the mirror checkpoint; 0 before the first. */
  readonly mirroredSize: number;
  /** This is the first entry that is not stored. */
  readonly nextEntry: number;
  /** Finds the pending checkpoint of a size, or the mirror checkpoint. */
  checkpoint(treeSize: number): PendingCheckpoint | undefined;
}

export type UploadRefusal =
  | { readonly kind: "no-checkpoint"; readonly message: string }
  | { readonly kind: "conflict"; readonly info: MirrorInfo };

/**
 * An upload may send so many entries again. Two clients that began together are one request apart, and a request has
 * at most so many (ADVISED_PACKAGES); who is further behind has not asked what is there.
 */
export const MAX_EXCESS_ENTRIES = 8192;

/** Finds the checkpoint under which the upload's packages are to be proven. */
export function judgeUpload(
  { uploadStart, uploadEnd }: AddEntriesHeader,
  state: MirrorState,
): { readonly kind: "open"; readonly target: PendingCheckpoint } | UploadRefusal {
  const { pendingSize, mirroredSize, nextEntry } = state;
  // SPEC: "If the mirror has never received a pending checkpoint signed by the log, the mirror MUST respond with a
  // "422 Unprocessable Entity" HTTP status code."
  if (pendingSize === undefined)
    return { kind: "no-checkpoint", message: "no checkpoint of this log was added before its entries" };
  const conflict = { kind: "conflict", info: infoFor(state, uploadEnd) } as const;
  // SPEC: "If `upload_end` is neither a known pending checkpoint value nor the mirror checkpoint's tree size, the mirror
  // MUST respond with a "409 Conflict" HTTP status code."
  const target = state.checkpoint(uploadEnd);
  if (target === undefined) return conflict;
  // SPEC: "If `upload_end` is less than the mirror checkpoint's tree size, [...] "409 Conflict"".
  if (uploadEnd < mirroredSize) return conflict;
  // SPEC: "If `upload_start` is greater than the mirror's next entry, [...] "409 Conflict"".
  if (uploadStart > nextEntry) return conflict;
  // SPEC: "Let `excess_entries = min(upload_end, next_entry) - upload_start` [...] If `excess_entries` is too large, the
  // mirror MUST respond with a "409 Conflict" HTTP status code."
  if (Math.min(uploadEnd, nextEntry) - uploadStart > MAX_EXCESS_ENTRIES) return conflict;
  return { kind: "open", target };
}

/**
 * Gives what a client needs to go on after an upload that ended at `uploadEnd`. Before a pending checkpoint there is
 * nothing.
 */
export function infoFor(state: MirrorState, uploadEnd: number): MirrorInfo {
  const { pendingSize = 0, mirroredSize, nextEntry } = state;
  // SPEC: "If the client's `upload_end` value was valid, the first line SHOULD contain `upload_end`. [...] Otherwise, the
  // first line SHOULD be the tree size of the current pending checkpoint." Where others have meanwhile brought more
  // entries than that, only the newer one lets the client go on from the next entry.
  const isUsable =
    uploadEnd >= mirroredSize && uploadEnd >= nextEntry && state.checkpoint(uploadEnd) !== undefined;
  // No ticket: SPEC: "This MAY be implemented with extra state, or by storing the signed checkpoint in the ticket."
  return { treeSize: isUsable ? uploadEnd : pendingSize, nextEntry, ticket: new Uint8Array(0) };
}

/**
 * The leaf hashes of the package's entries, once they are proven to belong under the checkpoint.
 * SPEC: "it reconstructs the subtree hash based on the received entries and entries already in the log. It then verifies
 * the subtree consistency proof using this hash and the checkpoint at `upload_end`."
 * `before` are the leaf hashes from `subtreeStart` to `start - 1`. Throws `consistency-malformed`, `consistency-mismatch`.
 */
export function provePackage(
  { subtreeStart, start, end, entries, proof }: EntryPackage,
  before: readonly Hash[],
  target: Pick<PendingCheckpoint, "treeSize" | "rootHash">,
): Hash[] {
  if (before.length !== start - subtreeStart || entries.length !== end - start)
    throw new Error(`internal: ${before.length} and ${entries.length} entries for [${subtreeStart}, ${end})`);
  const leafHashes = entries.map(hashLeaf);
  verifySubtreeConsistency(
    { subtree: { start: subtreeStart, end }, treeSize: target.treeSize, path: proof },
    rootOfLeaves([...before, ...leafHashes]),
    target.rootHash,
  );
  return leafHashes;
}
