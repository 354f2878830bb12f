/** `cunzheng fsck`: a store checked where it is, which may be in use: an SQLite file as of one moment, a MongoDB up to its newest checkpoint. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readOriginals } from "../../adapters/originals/read-originals.js";
import { openSqliteReader } from "../../adapters/sqlite/whole/whole-store.js";
import type { CheckedStore, FsckArguments } from "../../commands/notary/fsck.js";
import { readNotaryConfiguration } from "../../configuration/configuration.js";
import { base64 } from "../../core/bytes.js";
import type { ReadOriginal, StoreReader } from "../../notary/ports/whole/rows.js";
import type { Standing, StandingStore } from "../../notary/ports/whole/standing.js";
import { readConfigured, readNamedTrustFile } from "../opening/needed-file.js";
import { configuredAddress, type StoreAddress, storeAddress } from "../opening/store-address.js";
import { checkStore, type StoreContents } from "./check-store.js";
import type { Finding } from "./finding.js";

/** A store with this many findings is not looked at any further. */
const MOST = 1000;

/** Throws where the store can't be opened, or what is needed for its check is not there. */
export async function fsck({
  configFile,
  trustFile,
  store,
  storeFile,
  withoutOriginals,
  tell,
}: FsckArguments): Promise<CheckedStore> {
  const configuration =
    configFile === undefined ? undefined : readConfigured(configFile, readNotaryConfiguration);
  const named = storeAddress({ option: "store", text: store, file: storeFile });
  if (named === undefined && configuration === undefined)
    throw new Error("--config, --store or --store-file must be given");
  const address = named ?? configuredAddress(configuration ?? { dataFolder: "" });
  const { bytes } = trustOf(trustFile, configuration?.consortium, configFile);
  const { reader, readOriginal, standing } = await openReader(address);
  try {
    const findings: Finding[] = [];
    const checking = checkStore(reader, {
      trustFile: bytes,
      readOriginal,
      withoutOriginals,
      onProgress: tell,
    });
    for (;;) {
      const next = await checking.next();
      if (next.done !== true) findings.push(next.value);
      const contents = next.done === true ? next.value : undefined;
      if (next.done === true || findings.length >= MOST)
        return { store: address.name, standing, findings, ...(contents && { contents: shown(contents) }) };
    }
  } finally {
    await reader.close();
  }
}

const shown = ({ origin, treeSize, rootHash, deposits }: StoreContents) => ({
  ...{ origin, treeSize, rootHash: base64(rootHash), deposits },
});

/** The one that is typed, or that of the configuration. */
export function trustOf(
  typed: string | undefined,
  configured: string | undefined,
  configFile: string | undefined,
) {
  const file = typed ?? configured;
  if (file === undefined)
    throw new Error("--config or --trust must be given: every signature is checked under a trust file");
  return readNamedTrustFile(file, typed === undefined ? `consortium of ${configFile ?? ""}` : "--trust");
}

interface OpenedReader {
  readonly reader: StoreReader;
  readonly readOriginal: ReadOriginal;
  readonly standing: Standing["kind"];
}

async function openReader(address: StoreAddress): Promise<OpenedReader> {
  const opened = async (
    reader: StoreReader & Pick<StandingStore, "standing">,
    readOriginal: ReadOriginal,
  ): Promise<OpenedReader> => ({ reader, readOriginal, standing: (await reader.standing()).kind });
  if (address.kind === "sqlite") {
    if (!existsSync(address.file)) throw new Error(`${address.folder} has no store`);
    return opened(openSqliteReader(address.file), readOriginals(join(address.folder, "originals")));
  }
  const { openMongoReader } = await import("../../adapters/mongo/whole/whole-store.js");
  const reader = await openMongoReader(address.url);
  return opened(reader, reader.readOriginal);
}
