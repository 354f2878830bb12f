/** The two ends of a move, each as the other sees it. */
import { existsSync, linkSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { openOriginals } from "../../adapters/originals/originals.js";
import { readOriginals } from "../../adapters/originals/read-originals.js";
import { makeSqliteWhole, openSqliteWhole } from "../../adapters/sqlite/whole/whole-store.js";
import type { MongoPlace } from "../../adapters/mongo/whole/whole-store.js";
import type { Originals } from "../../notary/ports/originals.js";
import type { ReadOriginal, WholeStore } from "../../notary/ports/whole/rows.js";
import { HERE, type Standing, type StandingStore } from "../../notary/ports/whole/standing.js";
import { WORKER_LEASE } from "../../notary/ports/work.js";
import { LEASE_DEAD_MS } from "../../notary/standing/hold-lease.js";
import { lockDataFolder } from "../../platform/data-folder.js";
import { syncFolder } from "../../platform/files/files.js";
import type { StoreAddress } from "../opening/store-address.js";

export interface Place extends StandingStore {
  readonly kind: StoreAddress["kind"];
  /** As it may be shown. */
  readonly name: string;
  hasStore(): Promise<boolean>;
  /** Throws where a notary runs on it. */
  refuseBusy(): Promise<void>;
  /**
   * Makes an empty store that stands as `to`, in one step; false where it does not stand as `from` any more. What was there is
   * kept under a name with the word `aside`, where that is given.
   */
  begin(from: Standing, to: Standing, aside?: string): Promise<boolean>;
  /** As it is now; what was opened before is of no use any more. Closed with the place. */
  open(): Promise<WholeStore>;
  /** Opened with the store. */
  openOriginals(): Promise<Originals & { close(): void | Promise<void> }>;
  readonly readOriginal: ReadOriginal;
  close(): Promise<void>;
}

/** Throws where it can't be had for this process alone, or can't be reached. */
export async function openPlace(address: StoreAddress): Promise<Place> {
  if (address.kind === "sqlite") return sqlitePlace(address);
  const { openMongoPlace } = await import("../../adapters/mongo/whole/whole-store.js");
  return mongoPlace(address.name, await openMongoPlace(address.url));
}

function sqlitePlace({ name, folder, file }: StoreAddress & { readonly kind: "sqlite" }): Place {
  const lock = lockDataFolder(folder);
  let opened: WholeStore | undefined;
  const hasStore = () => existsSync(file);
  const open = (): WholeStore => (opened ??= openSqliteWhole(file));
  const close = async (): Promise<void> => {
    await opened?.close();
    opened = undefined;
  };
  return {
    ...{ kind: "sqlite", name },
    hasStore: async () => hasStore(),
    standing: async () => (hasStore() ? open().standing() : HERE),
    swapStanding: (from, to) => open().swapStanding(from, to),
    // Whoever runs on it has the folder.
    refuseBusy: async () => undefined,
    begin: async (from, to, aside) => {
      if (JSON.stringify(hasStore() ? await open().standing() : HERE) !== JSON.stringify(from)) return false;
      await close();
      // Closed, the file is whole by itself.
      if (hasStore()) await keepAside(file, `${file}.${aside ?? "before"}`);
      await makeSqliteWhole(file, to);
      return true;
    },
    open: async () => {
      await close();
      return open();
    },
    openOriginals: () => openOriginals(join(folder, "originals"), join(folder, "processes")),
    readOriginal: readOriginals(join(folder, "originals")),
    close: async () => {
      await close();
      lock.release();
    },
  };
}

/** The same file under one name more, until the first is another's. */
async function keepAside(file: string, aside: string): Promise<void> {
  if (existsSync(`${file}-wal`)) {
    if (statSync(`${file}-wal`).size > 0)
      throw new Error(`${file} is in use: its write-ahead log can't be closed`);
    rmSync(`${file}-wal`);
  }
  if (existsSync(aside) && statSync(aside).ino !== statSync(file).ino)
    throw new Error(`${aside} exists: what is in ${file} can't be kept under this name`);
  if (!existsSync(aside)) linkSync(file, aside);
  await syncFolder(dirname(file));
}

/** Longer than a leader may stand still before it is dead. */
const LOOK_AGAIN_MS = LEASE_DEAD_MS + 500;

function mongoPlace(name: string, place: MongoPlace): Place {
  return {
    ...{ kind: "mongodb", name },
    ...{ hasStore: () => place.hasStore(), standing: () => place.standing() },
    swapStanding: (from, to) => place.swapStanding(from, to),
    refuseBusy: async () => {
      const before = await place.findLease(WORKER_LEASE);
      if (before === undefined) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      const now = await place.findLease(WORKER_LEASE);
      if (now !== undefined && (now.holder !== before.holder || now.beat !== before.beat))
        throw new Error(
          `a notary runs on ${name} (${now.address || now.holder}): end all its processes first`,
        );
    },
    begin: (from, to, aside) => place.begin(from, to, aside),
    open: () => place.open(),
    openOriginals: () => place.openOriginals(),
    readOriginal: place.readOriginal,
    close: () => place.close(),
  };
}
