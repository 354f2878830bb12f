/** A notary's store in MongoDB as rows: read whole, beside processes that write to it, or written from the first row to the last. */
import type { Connection } from "mongoose";
import type {
  ChainRow,
  RowKind,
  StoreReader,
  StoreRows,
  WholeStore,
} from "../../../notary/ports/whole/rows.js";
import type { Standing, StandingStore } from "../../../notary/ports/whole/standing.js";
import { mongoCertificates } from "../certificates.js";
import { LONG_MS, openConnection } from "../server/connection.js";
import { mongoCosignatures } from "../cosignatures.js";
import { mongoDeposits } from "../deposits.js";
import { bytesOf } from "../schema/documents.js";
import { mongoLeases } from "../leases.js";
import { mongoLedger } from "../ledger.js";
import { type OpenOriginals, originalsOn, readOriginalOf } from "../originals/originals.js";
import type { Lease } from "../../../notary/ports/work.js";
import type { ReadOriginal } from "../../../notary/ports/whole/rows.js";
import { type Collections, collectionsOf } from "../schema/collections.js";
import type { StepRow } from "../schema/deposits.js";
import type { TileRow } from "../schema/ledger.js";
import { migrate, refuseOtherSchema } from "../schema/migrate.js";
import { wordsOn } from "../chains.js";
import { transact } from "../server/storing.js";
import { mongoTimestamps } from "../timestamps.js";
import { KEPT, wordsOf } from "./documents.js";
import { flawsOf } from "./flaws.js";
import { makeStanding, mongoStanding, setAside } from "../schema/standing.js";

/** Rows may come while it is read. Throws where the database is away, or has another schema. */
export async function openMongoReader(
  url: string,
): Promise<StoreReader & Pick<StandingStore, "standing"> & { readonly readOriginal: ReadOriginal }> {
  const connection = await openConnection(url, LONG_MS);
  try {
    const collections = collectionsOf(connection);
    await refuseOtherSchema(connection, collections);
    const { standing } = mongoStanding(connection, collections);
    return {
      ...(await readerOf(connection, collections)),
      ...{ standing, readOriginal: readOriginalOf(connection, collections) },
    };
  } catch (error) {
    await connection.close(true);
    throw error;
  }
}

/** A database as a move finds it, with or without a store. */
export interface MongoPlace extends StandingStore {
  /** Who leads on it, as far as its lease says. */
  findLease(name: string): Promise<Lease | undefined>;
  /** Whether it has a schema of ours, be it empty. */
  hasStore(): Promise<boolean>;
  /**
   * Makes an empty store that stands as `to`; false where it does not stand as `from` any more. What there was is kept in
   * collections whose names begin with `aside`. Again is harmless.
   */
  begin(from: Standing, to: Standing, aside?: string): Promise<boolean>;
  /** The store, wherever it stands. What is missing of its collections and indexes is made. */
  open(): Promise<WholeStore>;
  openOriginals(): Promise<OpenOriginals>;
  readonly readOriginal: ReadOriginal;
  close(): Promise<void>;
}

/** Throws where the database is away, or is no replica set. */
export async function openMongoPlace(url: string): Promise<MongoPlace> {
  const connection = await openConnection(url, LONG_MS);
  const collections = collectionsOf(connection);
  const standing = mongoStanding(connection, collections);
  return {
    ...standing,
    findLease: (name) => mongoLeases(collections).findLease(name),
    hasStore: async () => (await connection.listCollections()).some(({ name }) => name === "counters"),
    begin: async (from, to, aside) => {
      if (aside !== undefined) await setAside(connection, aside);
      await makeStanding(connection);
      return standing.swapStanding(from, to);
    },
    open: async () => {
      await migrate(connection);
      // New collections take what everybody writes, until they are told to stand as the others do.
      const now = await standing.standing();
      await standing.swapStanding(now, now);
      return {
        ...(await readerOf(connection, collections)),
        ...standing,
        append: (kind, rows) => append(connection, collections, kind, rows),
        close: async () => undefined,
      };
    },
    openOriginals: () => originalsOn(connection, collections),
    readOriginal: readOriginalOf(connection, collections),
    close: () => connection.close(true),
  };
}

async function readerOf(connection: Connection, collections: Collections): Promise<StoreReader> {
  const { deposits, tiles } = collections;
  const ledger = mongoLedger(connection, collections);
  const timestamps = mongoTimestamps(collections);
  const cosignatures = mongoCosignatures(connection, collections);
  const { findDeposit, listChain } = mongoDeposits(connection, collections);
  const newest = await deposits.findOne({}, { lastSeq: 1 }).sort({ step: -1 }).lean<StepRow>();
  const { kind: standing } = await mongoStanding(connection, collections).standing();
  return {
    mayGrow: standing === "here",
    lastSeq: newest?.lastSeq ?? 0,
    treeSize: (await ledger.newestCheckpoint())?.treeSize ?? 0,
    newestCheckpoint: () => ledger.newestCheckpoint(),
    consortiumEntries: (from) => ledger.consortiumEntries(from),
    findCheckpoint: (treeSize) => ledger.findCheckpoint(treeSize),
    findArtifact: (sha256) => mongoCertificates(collections).findArtifact(sha256),
    ...{ findDeposit, listChain, cosignatures: (size) => cosignatures.cosignatures(size) },
    timestamps: (treeSize) => timestamps.timestamps(treeSize),
    rows: (kind) => rowsOf(collections, kind),
    count: async (kind) => {
      if (kind === "deposits") return newest?.lastSeq ?? 0;
      if (kind === "shown" || kind === "chains") return 0;
      return collections[KEPT[kind].collection].collection.estimatedDocumentCount();
    },
    tile: async (level, index) => {
      const tile = await tiles.findOne({ level, index }).lean<TileRow>();
      return tile ? bytesOf(tile.hashes) : undefined;
    },
    originals: () => originalsOf(collections),
    flaws: () => flawsOf(connection, collections),
    close: () => connection.close(true),
  };
}

async function* rowsOf<Kind extends RowKind>(
  collections: Collections,
  kind: Kind,
): AsyncGenerator<StoreRows[Kind]> {
  if (kind === "chains") {
    yield* chainsOf(collections) as AsyncGenerator<StoreRows[Kind]>;
    return;
  }
  const { collection, filter, sort, rowsOf: toRows } = KEPT[kind as Exclude<RowKind, "chains">];
  const found = collections[collection].collection.find(filter, { sort });
  for await (const document of found) yield* toRows(document as never) as readonly StoreRows[Kind][];
}

/** All words on a chain stand together in their index. */
async function* chainsOf({ deposits }: Collections): AsyncGenerator<ChainRow> {
  let words: StepRow[] = [];
  const found = deposits.collection.find(
    { "word.chainId": { $gt: "" } },
    { sort: { "word.chainId": 1, step: 1 } },
  );
  for await (const document of found) {
    const row = document as unknown as StepRow;
    if (words[0]?.word?.chainId !== row.word?.chainId && words.length > 0) {
      yield chainOf(words);
      words = [];
    }
    words.push(row);
  }
  if (words.length > 0) yield chainOf(words);
}

function chainOf(words: readonly StepRow[]): ChainRow {
  const { isHeld, isForked } = wordsOn(words);
  const shown = words.findLast(({ word }) => word?.kind === "shown")?.word;
  return {
    chainId: words[0]?.word?.chainId ?? "",
    ...(shown?.kind === "shown" && {
      shown: {
        ...{ organisationId: shown.organisationId, sequence: shown.sequence },
        ...{ leafHash: bytesOf(shown.leafHash), shownAtMs: shown.shownAtMs },
      },
    }),
    ...{ isHeld, isForked },
  };
}

async function* originalsOf({ deposits }: Collections): AsyncGenerator<Uint8Array> {
  const found = deposits.collection.aggregate<{ readonly _id: Buffer }>(
    [
      { $match: { "deposits.original": { $exists: true } } },
      { $project: { "deposits.original": 1 } },
      { $unwind: "$deposits" },
      { $match: { "deposits.original": { $exists: true } } },
      { $group: { _id: "$deposits.original" } },
      { $sort: { _id: 1 } },
    ],
    { allowDiskUse: true },
  );
  for await (const { _id } of found) yield bytesOf(_id);
}

async function append<Kind extends RowKind>(
  connection: Connection,
  collections: Collections,
  kind: Kind,
  rows: readonly StoreRows[Kind][],
): Promise<void> {
  if (rows.length === 0) return;
  await transact(connection, async (session) => {
    const documents =
      kind === "chains"
        ? await wordsOf(rows as readonly ChainRow[], collections, session)
        : await KEPT[kind as Exclude<RowKind, "chains">].documentsOf(rows as never, { collections, session });
    const name = kind === "chains" ? "deposits" : KEPT[kind as Exclude<RowKind, "chains">].collection;
    // The rules of what is arriving let nobody else write.
    await collections[name].collection.insertMany(documents as never, {
      session,
      bypassDocumentValidation: true,
    });
  });
}
