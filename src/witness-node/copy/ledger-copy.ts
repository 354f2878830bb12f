/**
 * Copying a log up to a cosigned checkpoint, every entry proven to belong under its root before it is stored: a bundle
 * by the hash that the tile above it has of it, that tile by those above it, and those by the root. What a bundle's own
 * tile must be follows from its entries, so it is never fetched.
 *
 * Many bundles are fetched at one time, in bounded memory: one longer than its share waits until it is alone. They are
 * stored in their order.
 *
 * Crash story: some bundles' entries, their tiles and the copy's new size are one transaction, so a copy that is cut off
 * anywhere, within a request or within a write, resumes after the last whole one.
 */
import { concatBytes, equalBytes } from "../../core/bytes.js";
import { VerificationError } from "../../core/errors.js";
import { verifyEntries } from "../../core/ledger/entry-bundle.js";
import type { FetchedTile } from "../../core/ledger/open-tiles.js";
import { entriesPath, rootOfComplete, TILE_HEIGHT, TILE_WIDTH } from "../../core/ledger/tile.js";
import { hashLeaf } from "../../core/merkle/hash.js";
import { TooLongError } from "../../platform/server/http-get.js";
import { inOrder } from "./in-order.js";
import type { LedgerStore } from "../ledger/ledger-store.js";
import { type Scaffold, type ScaffoldArguments, scaffoldOf } from "./proven-tiles.js";
import { MAX_BUNDLE_BYTES, type TileSource } from "../sources/tile-source.js";

/**
 * A copy's target is a checkpoint that is consistent with whatever was copied before, as one that this witness has
 * cosigned is.
 */
export interface CopyArguments extends ScaffoldArguments {
  readonly store: Pick<LedgerStore, "copiedSize" | "tile" | "append">;
  /** Is told after each step, with the copy's size and whom its last bundle came from. */
  readonly onStep?: (copiedSize: number, from: string) => void;
  /** Once this signal is given, no further step is begun. */
  readonly signal?: AbortSignal;
}

/** Bundles under way, and what each may hold while there are others: 64 MiB of memory together. */
const BUNDLES_AT_ONCE = 32;
const SHARE_BYTES = 2 * 1024 * 1024;
/** One transaction has so many bundles. */
const STEP_BUNDLES = 16;
const STEP_BYTES = 8 * 1024 * 1024;

interface ProvenBundle {
  readonly index: number;
  readonly entries: readonly Uint8Array[];
  readonly bytes: number;
  /** The bundle's own tile and those that prove it. */
  readonly tiles: readonly FetchedTile[];
  readonly from: string;
}

/**
 * Copies a ledger up to the target. Throws at the first thing that nobody has, or that proves from nobody; what was
 * stored before stays, being proven.
 */
export async function copyLedger(copy: CopyArguments): Promise<void> {
  const { origin, target, store, signal } = copy;
  const scaffold = scaffoldOf(copy);
  const range = {
    first: Math.floor(store.copiedSize(origin) / TILE_WIDTH),
    end: Math.ceil(target.treeSize / TILE_WIDTH),
    atOnce: BUNDLES_AT_ONCE,
  };
  let next = range.first;
  let step: ProvenBundle[] = [];
  try {
    const prove = (index: number, maxBytes: number) => proveBundle(copy, scaffold, { index, maxBytes });
    for await (const inShare of inOrder(range, (index) => prove(index, SHARE_BYTES))) {
      const proven = inShare ?? (await prove(next, MAX_BUNDLE_BYTES));
      if (proven === undefined) throw new Error(`internal: bundle ${next} is longer than any`);
      step.push(proven);
      next += 1;
      if (step.length < STEP_BUNDLES && bytesOf(step) < STEP_BYTES) continue;
      storeStep(copy, step);
      step = [];
      signal?.throwIfAborted();
    }
  } catch (error) {
    if (signal?.aborted) throw error;
    const width = Math.min(TILE_WIDTH, target.treeSize - next * TILE_WIDTH);
    throw new Error(`couldn't copy ${entriesPath({ index: next, width })}`, { cause: error });
  } finally {
    // What came before a failure is good.
    if (step.length > 0) storeStep(copy, step);
  }
}

/** Proves a bundle; undefined where it is longer than `maxBytes`, which no bundle is that is allowed the most. */
async function proveBundle(
  { target: { treeSize }, sources }: CopyArguments,
  scaffold: Scaffold,
  { index, maxBytes }: { readonly index: number; readonly maxBytes: number },
): Promise<ProvenBundle | undefined> {
  const width = Math.min(TILE_WIDTH, treeSize - index * TILE_WIDTH);
  const above = await scaffold.above(index);
  return sources.firstOf(async (source) => {
    const entries = await entriesOf(source, { index, width }, maxBytes);
    if (entries === undefined) return undefined;
    const leafHashes = entries.map(hashLeaf);
    const tile = { level: 0, index, width, bytes: concatBytes(...leafHashes) };
    if (width < TILE_WIDTH) verifyEntries(entries, leavesOf(above.tiles, index));
    else if (!equalBytes(rootOfComplete(leafHashes), above.readNode({ level: TILE_HEIGHT, index })))
      throw new VerificationError("tile-mismatch", "the bundle's entries are not those in the tree");
    const bytes = entries.reduce((sum, entry) => sum + entry.length, 0);
    return { index, entries, bytes, tiles: [tile, ...above.tiles], from: source.name };
  });
}

async function entriesOf(
  source: TileSource,
  bundle: { readonly index: number; readonly width: number },
  maxBytes: number,
): Promise<Uint8Array[] | undefined> {
  try {
    return await source.entries(bundle, maxBytes);
  } catch (error) {
    if (error instanceof TooLongError && maxBytes < MAX_BUNDLE_BYTES) return undefined;
    throw error;
  }
}

function leavesOf(tiles: readonly FetchedTile[], index: number): Uint8Array {
  const leaves = tiles.find((tile) => tile.level === 0 && tile.index === index);
  if (leaves === undefined) throw new Error(`internal: bundle ${index} is not at the tree's end`);
  return leaves.bytes;
}

/** Others may have brought entries meanwhile: nothing runs between this look and the storing. */
function storeStep({ origin, store, onStep }: CopyArguments, step: readonly ProvenBundle[]): void {
  const [first, last] = [step[0], step.at(-1)];
  if (first === undefined || last === undefined) return;
  const copiedSize = store.copiedSize(origin);
  const entries = step
    .flatMap((bundle) => bundle.entries)
    .slice(Math.max(0, copiedSize - first.index * TILE_WIDTH));
  if (entries.length > 0) {
    const tiles = new Set(step.flatMap((bundle) => bundle.tiles));
    store.append(origin, { firstIndex: copiedSize, entries, tiles: [...tiles] });
  }
  onStep?.(store.copiedSize(origin), last.from);
}

const bytesOf = (step: readonly ProvenBundle[]): number => step.reduce((sum, { bytes }) => sum + bytes, 0);
