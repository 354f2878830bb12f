/** The store and the kept originals that a configuration names: an SQLite file and a folder, or a MongoDB. */
import { join } from "node:path";
import { openOriginals } from "../../adapters/originals/originals.js";
import { openSqliteStore, type SqliteStoreOptions } from "../../adapters/sqlite/store.js";
import type { NotaryConfiguration } from "../../configuration/configuration.js";
import type { Originals } from "../../notary/ports/originals.js";
import type { Store } from "../../notary/ports/ports.js";
import { storeUrl } from "./addresses.js";

export interface StorePlace {
  /** Where the store is on no data folder, several processes on several machines share it, and none is alone on it. */
  readonly isShared: boolean;
  openStore(options?: SqliteStoreOptions): Promise<Store>;
  openOriginals(): Promise<Originals & { close(): void | Promise<void> }>;
}

export type StoreMembers = Pick<NotaryConfiguration, "dataFolder"> &
  Partial<Pick<NotaryConfiguration, "store" | "storeFile">>;

/** Opens nothing yet. Throws where the address is none. */
export async function placeOfStore(configuration: StoreMembers): Promise<StorePlace> {
  const { dataFolder } = configuration;
  const url = storeUrl(configuration);
  if (url === undefined)
    return {
      isShared: false,
      openStore: async (options) => openSqliteStore(join(dataFolder, "notary.db"), options),
      openOriginals: () => openOriginals(join(dataFolder, "originals"), join(dataFolder, "processes")),
    };
  // Who has no such store does not load its driver, some 60 MB.
  const [{ openMongoStore }, { openMongoOriginals }] = await Promise.all([
    import("../../adapters/mongo/store.js"),
    import("../../adapters/mongo/originals/originals.js"),
  ]);
  return {
    isShared: true,
    openStore: () => openMongoStore(url),
    openOriginals: () => openMongoOriginals(url),
  };
}

/** Throws for a command that works on the files of an SQLite store, where the configuration names another store. */
export function refuseOtherStore(configuration: StoreMembers, command: string): void {
  if (storeUrl(configuration) !== undefined)
    throw new Error(
      `${command} works on an SQLite store, and the configuration names a MongoDB (docs/operation.md, "A store of several machines")`,
    );
}
