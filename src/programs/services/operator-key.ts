/** `cunzheng operator-key`: the first operator's key, for the organisation that runs the log. */
import { systemPorts } from "../../adapters/system/system.js";
import { readNotaryConfiguration } from "../../configuration/configuration.js";
import { createOperatorKey } from "../../notary/accounts/first-operator.js";
import { lockDataFolder } from "../../platform/data-folder.js";
import { readConfigured } from "../opening/needed-file.js";
import { placeOfStore } from "../opening/open-store.js";
import { readTrustFile } from "../opening/trust-file.js";

/** A notary whose store is its data folder's must be stopped: the folder is locked meanwhile. */
export async function makeOperatorKey(configFile: string): Promise<{ keyId: string; token: string }> {
  const configuration = readConfigured(configFile, readNotaryConfiguration);
  const { dataFolder } = configuration;
  const { log, organisations } = readTrustFile(configFile, configuration).trusted;
  const operator = organisations.find(({ id }) => id === log.organisation);
  if (operator === undefined) throw new Error("internal: a trust file without the log's organisation");
  const { id, name, creditCode } = operator;
  const place = await placeOfStore(configuration);
  const lock = lockDataFolder(dataFolder, { isShared: place.isShared });
  try {
    const store = await place.openStore();
    try {
      const ports = { store, ...systemPorts(dataFolder) };
      const { key, token } = await createOperatorKey(ports, { id, name: name.zh, creditCode });
      return { keyId: key.id, token };
    } finally {
      await store.close();
    }
  } finally {
    lock.release();
  }
}
