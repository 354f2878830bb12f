/**
 * Whether a copy of the notary's store is whole and proves itself: SQLite's own check, every deposit's leaf hash from its
 * statement, every batch's root from its leaf hashes, the ledger's root and tiles from its entries, and the log's
 * signature on the newest checkpoint. What a holder of the backup might have changed in between is found so, but for
 * what no signature covers: API keys, idempotency keys, names of organisations.
 */
import type { StoreReader } from "../../adapters/sqlite/copies/store-reader.js";
import { parseBatch } from "../../core/batch/batch.js";
import { base64, equalBytes } from "../../core/bytes.js";
import { openCheckpoint } from "../../core/ledger/checkpoint.js";
import { edgeOfTree, growTiles, type TileWithBytes } from "../../core/ledger/grow-tiles.js";
import { TILE_WIDTH } from "../../core/ledger/tile.js";
import { printTrustFile } from "../../core/membership/change.js";
import { emptyRootHash, type Hash, hashLeafBy } from "../../core/merkle/hash.js";
import { parseJson } from "../../core/record/json.js";
import { type Consortium, logKeysAt, parseConsortium } from "../../core/trust/consortium.js";
import { buildBatchTree } from "../../notary/ledger/batch-tree.js";
import type { HashOnce } from "../../notary/ports/host.js";
import type { StoredCheckpoint } from "../../notary/ports/ledger.js";
import { readHistory } from "../../notary/trust/trust-in-force.js";
import { VERIFIERS } from "../../platform/keys/verifiers.js";

export interface StoreContents {
  readonly origin: string;
  readonly treeSize: number;
  readonly rootHash: Hash;
  readonly deposits: number;
  /** Of the newest deposit. */
  readonly lastReceivedAtMs?: number;
}

export interface StoreCheck {
  readonly trustFile: Uint8Array;
  readonly hashOnce: HashOnce;
  /** Told now and then: how many deposits and entries are checked, and of how many. */
  readonly onProgress: (what: string, done: number, of: number) => void;
}

/** Throws with what does not fit. */
export async function checkStore(store: StoreReader, check: StoreCheck): Promise<StoreContents> {
  const [damage] = store.damages();
  if (damage !== undefined) throw new Error(`the store is damaged: ${damage}`);
  const lastReceivedAtMs = checkDeposits(store, check);
  const newest = await store.newestCheckpoint();
  const { treeSize, rootHash } = checkEntries(store, check, newest?.treeSize ?? 0);
  const trusted = await trustOf(store, check.trustFile);
  checkCheckpoint(newest, trusted, { treeSize, rootHash });
  return {
    ...{ origin: trusted.log.origin, treeSize, rootHash, deposits: store.lastSeq() },
    ...(lastReceivedAtMs !== undefined && { lastReceivedAtMs }),
  };
}

const BATCHES_A_LOOK = 256;

/** The statements' tree of each batch, and the deposits that no batch holds yet; when the newest was received. */
function checkDeposits(store: StoreReader, { hashOnce, onProgress }: StoreCheck): number | undefined {
  const lastSeq = store.lastSeq();
  let sealed = 0;
  let newest: number | undefined;
  const checked = (range: { firstSeq: number; lastSeq: number }): Hash[] =>
    store.deposits(range).map(({ seq, id, leafHash, statement, receivedAtMs }, i) => {
      if (seq !== range.firstSeq + i) throw new Error(`deposit ${range.firstSeq + i} is missing`);
      if (!equalBytes(hashLeafBy(hashOnce, statement), leafHash))
        throw new Error(`the statement of deposit ${id} is not the one that was deposited`);
      newest = receivedAtMs;
      return leafHash;
    });
  for (let after = 0; ;) {
    const batches = store.batches({ after, limit: BATCHES_A_LOOK });
    for (const { id, firstSeq, lastSeq: last, entry } of batches) {
      if (firstSeq !== sealed + 1)
        throw new Error(`batch ${id} begins at deposit ${firstSeq}, not ${sealed + 1}`);
      const leafHashes = checked({ firstSeq, lastSeq: last });
      const { size, root } = parseBatch(parseJson(entry, { numbers: "exact" }));
      if (
        leafHashes.length !== size ||
        last - firstSeq + 1 !== size ||
        base64(buildBatchTree(leafHashes, hashOnce).rootHash) !== root
      )
        throw new Error(`batch ${id} does not hold the deposits ${firstSeq} to ${last}`);
      sealed = last;
      onProgress("deposits", sealed, lastSeq);
    }
    const end = batches.at(-1);
    if (end === undefined) break;
    after = end.firstSeq;
  }
  if (checked({ firstSeq: sealed + 1, lastSeq }).length !== lastSeq - sealed)
    throw new Error("deposits are missing");
  return newest;
}

/** Grown anew from the entries; every tile of the store must be the one that comes of them. */
function checkEntries(store: StoreReader, { hashOnce, onProgress }: StoreCheck, expectedSize: number) {
  let treeSize = 0;
  let rootHash: Hash = emptyRootHash();
  let edge = new Map<number, TileWithBytes>();
  for (;;) {
    const entries = store.entries({ first: treeSize, count: 16 * TILE_WIDTH });
    if (entries.length === 0) break;
    const leafHashes = entries.map(({ index, content, batch }, i) => {
      if (index !== treeSize + i) throw new Error(`entry ${treeSize + i} of the ledger is missing`);
      if (batch !== undefined && !equalBytes(batch, content))
        throw new Error(`entry ${index} of the ledger is not the batch that the store holds for it`);
      return hashLeafBy(hashOnce, content);
    });
    const before = edgeOfTree(treeSize).map(({ level }) => (edge.get(level) as TileWithBytes).bytes);
    const grown = growTiles(treeSize, before, leafHashes);
    treeSize += entries.length;
    rootHash = grown.rootHash;
    for (const tile of grown.tiles) {
      if (tile.width === TILE_WIDTH) compareTile(store, tile);
      else edge.set(tile.level, tile);
    }
    // Of a level whose tile was filled to its end nothing is left over.
    const levels = new Set(edgeOfTree(treeSize).map(({ level }) => level));
    edge = new Map([...edge].filter(([level]) => levels.has(level)));
    onProgress("entries", treeSize, expectedSize);
  }
  for (const tile of edge.values()) compareTile(store, tile);
  return { treeSize, rootHash };
}

function compareTile(store: StoreReader, { level, index, bytes }: TileWithBytes): void {
  const stored = store.tile(level, index);
  if (stored === undefined || !equalBytes(stored, bytes))
    throw new Error(`tile ${level}/${index} of the ledger does not come of its entries`);
}

/** As of the newest checkpoint: a key that the ledger has retired since signs none of it. */
async function trustOf(store: StoreReader, trustFile: Uint8Array): Promise<Consortium> {
  const { start, present } = await readHistory({ store, ...VERIFIERS }, trustFile);
  return parseConsortium(present === start ? trustFile : printTrustFile(present));
}

function checkCheckpoint(
  stored: StoredCheckpoint | undefined,
  trusted: Consortium,
  { treeSize, rootHash }: { readonly treeSize: number; readonly rootHash: Hash },
): void {
  if (stored === undefined) {
    if (treeSize > 0) throw new Error(`no checkpoint is over the ${treeSize} entries of the ledger`);
    return;
  }
  const checkpoint = openCheckpoint(stored.note, logKeysAt(trusted, stored.treeSize), VERIFIERS);
  const isOver =
    checkpoint.origin === trusted.log.origin &&
    [checkpoint.treeSize, stored.treeSize].every((size) => size === treeSize) &&
    [checkpoint.rootHash, stored.rootHash].every((root) => equalBytes(root, rootHash));
  if (!isOver)
    throw new Error(
      `the newest checkpoint is of ${checkpoint.origin} with ${checkpoint.treeSize} entries and another root than ` +
        `the ${treeSize} entries of the store`,
    );
}
