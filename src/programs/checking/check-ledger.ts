/** The ledger grown anew from its entries: each must be its batch's, each tile and checkpoint must be what comes of them. */
import { equalBytes } from "../../core/bytes.js";
import { openCheckpoint } from "../../core/ledger/checkpoint.js";
import { edgeOfTree, growTiles, type TileWithBytes } from "../../core/ledger/grow-tiles.js";
import { TILE_WIDTH } from "../../core/ledger/tile.js";
import { isConsortiumEntry } from "../../core/membership/change.js";
import { emptyRootHash, type Hash, hashLeafBy } from "../../core/merkle/hash.js";
import { parseTime } from "../../core/record/time.js";
import { logKeysAt } from "../../core/trust/consortium.js";
import type { NewBatch } from "../../notary/ports/batches.js";
import type { StoredCheckpoint } from "../../notary/ports/ledger.js";
import type { EntryRow } from "../../notary/ports/whole/rows.js";
import { VERIFIERS } from "../../platform/keys/verifiers.js";
import { batchOf } from "./check-deposits.js";
import type { Checking, Finding, Findings } from "./finding.js";

export interface LedgerSeen {
  readonly treeSize: number;
  readonly rootHash: Hash;
}

/** So many leaf hashes are appended to the tree at a time, at the most. */
const LEAVES_AT_A_TIME = 16 * TILE_WIDTH;

/** What the entries so far come to. */
interface Grown {
  treeSize: number;
  rootHash: Hash;
  edge: Map<number, TileWithBytes>;
  /** Of the newest batch so far. */
  lastSeq: number;
  sealedAtMs: number;
}

export async function* checkLedger(checking: Checking): AsyncGenerator<Finding, LedgerSeen> {
  const { store, hashOnce, tell } = checking;
  const checkpoints = store.rows("checkpoints")[Symbol.asyncIterator]();
  const next = async (): Promise<StoredCheckpoint | undefined> => {
    const { value, done } = await checkpoints.next();
    return done === true ? undefined : (value as StoredCheckpoint);
  };
  let checkpoint = await next();
  let leaves: Hash[] = [];
  /** Of the newest checkpoint over entries that are there. */
  let lastSize: number | undefined;
  const grown: Grown = { treeSize: 0, rootHash: emptyRootHash(), edge: new Map(), lastSeq: 0, sealedAtMs: 0 };
  async function* settle(): Findings {
    yield* grow(checking, grown, leaves);
    leaves = [];
    for (; checkpoint !== undefined && checkpoint.treeSize <= grown.treeSize; checkpoint = await next()) {
      yield* checkCheckpoint(checking, checkpoint, grown);
      lastSize = checkpoint.treeSize;
    }
  }
  const batches = openBatches(checking);
  let expected = 0;
  yield* settle();
  for await (const entry of store.rows("entries")) {
    if (store.mayGrow && entry.index >= store.treeSize) break;
    for (; expected < entry.index; expected++)
      yield { code: "entry-missing", what: `entry ${expected} of the ledger is missing` };
    expected = entry.index + 1;
    const found = yield* batches.of(entry);
    if (found !== undefined) grown.sealedAtMs = found.sealedAtMs;
    if (found?.lastSeq !== undefined) grown.lastSeq = found.lastSeq;
    leaves.push(hashLeafBy(hashOnce, entry.content));
    const isAsked = grown.treeSize + leaves.length === checkpoint?.treeSize;
    if (isAsked || leaves.length === LEAVES_AT_A_TIME) yield* settle();
    if (expected % 1024 === 0) tell("entries", expected, store.treeSize);
  }
  yield* settle();
  const { treeSize, rootHash } = grown;
  for (; checkpoint !== undefined; checkpoint = await next()) {
    if (store.mayGrow && checkpoint.treeSize > store.treeSize) break;
    yield {
      code: "entry-missing",
      what: `checkpoint ${checkpoint.treeSize} is over more than the ${treeSize} entries there are`,
    };
  }
  if (treeSize !== (lastSize ?? 0))
    yield {
      code: "checkpoint-missing",
      what:
        lastSize === undefined
          ? `no checkpoint is over the ${treeSize} entries of the ledger`
          : `the newest checkpoint is of ${lastSize} entries, and the store has ${treeSize}`,
    };
  for (const tile of grown.edge.values()) yield* compareTile(checking, tile);
  if (!store.mayGrow) yield* checkNoTilesBeyond(checking, treeSize);
  for await (const { treeSize: size } of store.rows("shown"))
    if ((await store.findCheckpoint(size)) === undefined)
      yield {
        code: "reference-missing",
        what: `the checkpoint of ${size} entries was shown, and is not there`,
      };
  return { treeSize, rootHash };
}

/** Appends the leaves, and compares every tile that they fill. */
async function* grow(checking: Checking, grown: Grown, leaves: readonly Hash[]): Findings {
  if (leaves.length === 0) return;
  const { treeSize, edge } = grown;
  const before = edgeOfTree(treeSize).map(({ level }) => (edge.get(level) as TileWithBytes).bytes);
  const { rootHash, tiles } = growTiles(treeSize, before, leaves);
  grown.treeSize += leaves.length;
  grown.rootHash = rootHash;
  for (const tile of tiles) {
    if (tile.width === TILE_WIDTH) yield* compareTile(checking, tile);
    else edge.set(tile.level, tile);
  }
  // Of a level whose tile was filled to its end nothing is left over.
  const levels = new Set(edgeOfTree(grown.treeSize).map(({ level }) => level));
  grown.edge = new Map([...edge].filter(([level]) => levels.has(level)));
}

async function* compareTile({ store }: Checking, { level, index, bytes }: TileWithBytes): Findings {
  const stored = await store.tile(level, index);
  const compared = store.mayGrow ? stored?.subarray(0, bytes.length) : stored;
  if (compared === undefined || !equalBytes(compared, bytes))
    yield {
      code: "tile-mismatch",
      what: `tile ${level}/${index} of the ledger does not come of its entries`,
    };
}

async function* checkNoTilesBeyond({ store }: Checking, treeSize: number): Findings {
  for await (const { level, index } of store.rows("tiles"))
    if (index >= Math.ceil(Math.floor(treeSize / TILE_WIDTH ** level) / TILE_WIDTH))
      yield { code: "tile-mismatch", what: `tile ${level}/${index} is of no entries of the ledger` };
}

/** Batches enter the ledger in their order, so both are read once. */
function openBatches({ store }: Checking) {
  const batches = store.rows("batches")[Symbol.asyncIterator]();
  let ahead: NewBatch | undefined;
  let isRead = false;
  const peek = async (): Promise<NewBatch | undefined> => {
    if (!isRead) {
      const { value, done } = await batches.next();
      ahead = done === true ? undefined : (value as NewBatch);
      isRead = true;
    }
    return ahead;
  };
  return {
    /** When the batch of an entry was sealed, and its last deposit where the store has it; undefined of no batch's entry. */
    of: async function* ({
      index,
      content,
      batchFirstSeq,
    }: EntryRow): AsyncGenerator<
      Finding,
      { readonly sealedAtMs: number; readonly lastSeq?: number } | undefined
    > {
      const written = isConsortiumEntry(content) ? undefined : batchOf(content);
      const sealed = written && { sealedAtMs: parseTime(written.sealedAt) };
      if (batchFirstSeq === undefined) {
        if (written !== undefined && (await peek())?.id === written.id)
          yield {
            code: "entry-mismatch",
            what: `entry ${index} of the ledger is of a batch that does not know it`,
          };
        return sealed;
      }
      for (let one = await peek(); one !== undefined && one.firstSeq < batchFirstSeq; one = await peek()) {
        yield {
          code: "entry-missing",
          what: `batch ${one.id} has no entry on the ledger, and later ones have`,
        };
        isRead = false;
      }
      const batch = await peek();
      if (batch?.firstSeq !== batchFirstSeq) {
        yield {
          code: "reference-missing",
          what: `entry ${index} of the ledger is of a batch that is not there`,
        };
        return sealed;
      }
      isRead = false;
      if (!equalBytes(batch.entry, content))
        yield {
          code: "entry-mismatch",
          what: `entry ${index} of the ledger is not the batch that the store holds for it`,
        };
      return { sealedAtMs: batch.sealedAtMs, lastSeq: batch.lastSeq };
    },
  };
}

function* checkCheckpoint({ trusted }: Checking, stored: StoredCheckpoint, grown: Grown): Generator<Finding> {
  const { treeSize, note } = stored;
  try {
    const { origin, ...signed } = openCheckpoint(note, logKeysAt(trusted, treeSize), VERIFIERS);
    const isOver =
      origin === trusted.log.origin &&
      [signed.treeSize, treeSize].every((size) => size === grown.treeSize) &&
      [signed.rootHash, stored.rootHash].every((root) => equalBytes(root, grown.rootHash));
    if (!isOver)
      yield {
        code: "checkpoint-mismatch",
        what: `checkpoint ${treeSize} is of ${origin} with ${signed.treeSize} entries and another root than the entries of the store`,
      };
  } catch (error) {
    yield {
      code: "checkpoint-unsigned",
      what: `the signature of the log on checkpoint ${treeSize} does not hold: ${(error as Error).message}`,
    };
  }
  if (stored.lastSeq !== grown.lastSeq || stored.sealedAtMs !== grown.sealedAtMs)
    yield {
      code: "row-differs",
      what: `checkpoint ${treeSize} names another deposit or time than its newest batch`,
    };
}
