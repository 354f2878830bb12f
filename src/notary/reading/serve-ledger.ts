/**
 * The ledger as anybody reads it: C2SP tlog-tiles. A checkpoint is shown only after its entries and tiles are stored,
 * in the same step, so whoever follows it finds everything; and the one shown never gets smaller.
 */
import { encodeEntryBundle } from "../../core/ledger/entry-bundle.js";
import { TILE_WIDTH } from "../../core/ledger/tile.js";
import { HASH_BYTES } from "../../core/merkle/hash.js";
import { withCosignatures } from "./evidence.js";
import { EVERYBODY } from "../finality/finality.js";
import type { LedgerReads } from "../model/notary.js";
import type { Store } from "../ports/ports.js";
import type { StoredCheckpoint } from "../ports/ledger.js";
import { Refusal } from "../model/refusal.js";

/**
 * What is shown is read from the store at each request: the newest final checkpoint; until one is final, the one that is
 * being cosigned, as soon as it may leave (`showCheckpoint`); until then that of the empty tree. So it is the same in every
 * process, and gets smaller in none. Refuses `ledger-unconfirmed` where the ledger has not begun.
 */
export function ledgerReads(store: Store): LedgerReads {
  async function newest(): Promise<StoredCheckpoint> {
    const shown = await store.shownCheckpoint();
    const finality = await store.newestFinality(EVERYBODY);
    const final = finality && (await store.findCheckpoint(finality.treeSize));
    const larger =
      final === undefined || (shown !== undefined && shown.treeSize > final.treeSize) ? shown : final;
    // The empty tree's contradicts nothing.
    const checkpoint = larger ?? (await store.findCheckpoint(0));
    if (checkpoint !== undefined) return checkpoint;
    throw new Refusal("ledger-unconfirmed", "enough nodes have not said yet what they have cosigned", {
      retryAfterSeconds: 5,
    });
  }

  return {
    checkpoint: async () => withCosignatures(store, await newest()),
    tile: async ({ level, index, width }) => {
      refuseOddWidth(width);
      const [hashes] = await store.tiles([{ level, index }]);
      if (hashes === undefined || hashes.length < width * HASH_BYTES) throw unknown();
      return hashes.subarray(0, width * HASH_BYTES);
    },
    entries: async ({ index, width }) => {
      refuseOddWidth(width);
      const entries = await store.ledgerEntries({ first: index * TILE_WIDTH, count: width });
      if (entries.length < width) throw unknown();
      return encodeEntryBundle(entries);
    },
  };
}

function refuseOddWidth(width: number): void {
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH) throw unknown();
}

const unknown = () => new Refusal("ledger-resource-unknown", "the ledger has no such tile or bundle");
