/** The store that notary.json names, for a command beside a notary that may be running. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readNotaryConfiguration } from "../../configuration/configuration.js";
import type { Store } from "../../notary/ports/ports.js";
import { readConfigured } from "./needed-file.js";
import { placeOfStore } from "./open-store.js";

/** Runs `use` on it. Throws where there is no store yet, or it is of another version of the program: nothing is made or migrated. */
export async function withStore<T>(configFile: string, use: (store: Store) => Promise<T>): Promise<T> {
  const configuration = readConfigured(configFile, readNotaryConfiguration);
  const { dataFolder } = configuration;
  const place = await placeOfStore(configuration);
  if (!place.isShared && !existsSync(join(dataFolder, "notary.db")))
    throw new Error(`there is no store in ${dataFolder} yet: start the notary once`);
  const store = await place.openStore({ isAsItIs: true });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
