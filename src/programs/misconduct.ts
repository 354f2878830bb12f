/** `cunzheng misconduct`: what a node has kept of its logs' misconduct, written as files. The node may be running. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { makeFolderDurably, writeFileDurably } from "../platform/files/files.js";
import { readWitnessConfiguration } from "../witness-node/configuration/configuration.js";
import { trustLogs } from "../witness-node/configuration/logs.js";
import { openLedgerStore } from "../witness-node/ledger/ledger-store.js";
import { misconductFiles } from "../witness-node/gossip/misconduct.js";
import { openCheckpointStore } from "../witness-node/memory/store.js";
import type { ExportedMisconduct } from "../commands/node/misconduct.js";
import { readConfigured } from "./opening/needed-file.js";

/** A folder for each log, named by the hex SHA-256 of its origin; what was written before stays as it is. */
export async function exportMisconduct(configFile: string, out: string): Promise<ExportedMisconduct[]> {
  const { dataFolder, logs } = readConfigured(configFile, readWitnessConfiguration);
  const file = (name: string) => {
    const path = join(dataFolder, name);
    if (!existsSync(path)) throw new Error(`${path} is missing: no node has run on this data folder`);
    return path;
  };
  const checkpoints = openCheckpointStore(file("witness.db"));
  const ledgers = openLedgerStore(file("ledger.db"));
  try {
    const exported: ExportedMisconduct[] = [];
    for (const { origin, originHash } of trustLogs(logs)) {
      const found = misconductFiles(origin, { checkpoints, ledgers });
      const folder = join(out, originHash);
      if (found.files.length > 0) await makeFolderDurably(folder);
      const files = found.files.map(({ name, bytes }) => ({ path: join(folder, name), bytes }));
      for (const { path, bytes } of files) if (!existsSync(path)) await writeFileDurably(path, bytes);
      const { waiting, suspects } = found;
      exported.push({ origin, files: files.map(({ path }) => path), waiting, suspects });
    }
    return exported;
  } finally {
    ledgers.close();
    checkpoints.close();
  }
}
