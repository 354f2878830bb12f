/**
 * Sending a mirror what it lacks: C2SP tlog-mirror, "add-entries". A request has a bounded number of packages, each
 * read and proven only when it is its turn, so a mirror that is a million entries behind costs the memory of one.
 */
import { ADVISED_PACKAGES, packageAt } from "../../core/witness/add-entries.js";
import { proveLedgerSubtree } from "../ledger/ledger-tree.js";
import type { AddEntriesAnswer, AddEntriesRequest, ProvenEntries, WitnessClient } from "../ports/nodes.js";
import type { LedgerStore, StoredCheckpoint } from "../ports/ledger.js";

type Ledger = Pick<LedgerStore, "tiles" | "ledgerEntries">;

/** What is known of one mirror: at the start nothing but what it last cosigned. */
export interface MirrorProgress {
  /** Of the newest checkpoint that it has cosigned. */
  mirroredSize: number;
  /** The first entry that it lacks, as far as is known. */
  nextEntry: number;
  /** What it last gave, to be sent back. */
  ticket: Uint8Array;
  /** Answers in a row after which it had no more than before. */
  conflicts: number;
  /** It has far to go, and gets on by more than it is sent: it fetches the ledger itself, from us or from other mirrors. */
  fetchesItself: boolean;
  /** It answers a prefix of the packages with an error of its own: all of them in one request. */
  wantsAll: boolean;
}

const ENTRIES_A_PACKAGE = 256;
/** What a mirror takes in one request: so near to the end, it may be waited for. */
export const ENTRIES_A_REQUEST = ENTRIES_A_PACKAGE * ADVISED_PACKAGES;

/** Who lacks more may be fetching it: then only a look at how far it is goes out, and not the same entries again. */
export const FAR_BEHIND = 8 * ENTRIES_A_REQUEST;

export const newProgress = (mirroredSize: number): MirrorProgress => ({
  mirroredSize,
  nextEntry: mirroredSize,
  ticket: new Uint8Array(0),
  conflicts: 0,
  fetchesItself: false,
  wantsAll: false,
});

/** What the answer to `uploadEntries` of this upload says of the mirror. */
export function learnProgress(
  { progress, target }: Pick<Upload, "progress" | "target">,
  { status, info }: Extract<AddEntriesAnswer, { readonly kind: "unfinished" }>,
): void {
  const sent = status === 202 ? (progress.fetchesItself ? ENTRIES_A_PACKAGE : ENTRIES_A_REQUEST) : 0;
  const gained = info.nextEntry - progress.nextEntry;
  progress.fetchesItself = gained > sent && target.treeSize - info.nextEntry > FAR_BEHIND;
  progress.conflicts = gained > 0 ? 0 : progress.conflicts + 1;
  progress.nextEntry = info.nextEntry;
  progress.ticket = info.ticket;
}

export interface Upload {
  readonly origin: string;
  readonly target: StoredCheckpoint;
  readonly progress: MirrorProgress;
}

/** One request towards `target`: as much of what is missing as one request may have. */
export function uploadEntries(
  ledger: Ledger,
  client: WitnessClient,
  { origin, target, progress }: Upload,
  signal: AbortSignal,
): Promise<AddEntriesAnswer> {
  // Where the mirror has more than the target needs, nothing is sent and the cosignature alone is asked for.
  const [uploadStart, uploadEnd] = [Math.min(progress.nextEntry, target.treeSize), target.treeSize];
  const most = progress.wantsAll ? Number.POSITIVE_INFINITY : progress.fetchesItself ? 1 : ADVISED_PACKAGES;
  const request: AddEntriesRequest = {
    header: { origin, uploadStart, uploadEnd, ticket: progress.ticket },
    packages: packagesOf(ledger, { uploadStart, uploadEnd, most }),
  };
  return client.addEntries(request, signal);
}

async function* packagesOf(
  ledger: Ledger,
  {
    uploadStart,
    uploadEnd,
    most,
  }: { readonly uploadStart: number; readonly uploadEnd: number; readonly most: number },
): AsyncGenerator<ProvenEntries> {
  let place = packageAt(uploadStart, uploadEnd);
  for (let i = 0; place !== undefined && i < most; i++, place = packageAt(place.end, uploadEnd)) {
    const { subtreeStart, start, end } = place;
    const entries = await ledger.ledgerEntries({ first: start, count: end - start });
    if (entries.length !== end - start)
      throw new Error(`internal: the ledger lacks entries of ${start} to ${end - 1}`);
    const subtree = { start: subtreeStart, end };
    yield { entries, proof: await proveLedgerSubtree(ledger, { subtree, treeSize: uploadEnd }) };
  }
}
