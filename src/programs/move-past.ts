/** `cunzheng witness move-past`: brings a stopped node's memory forward past what its keys are known to have signed. */
import { createLogger } from "../platform/logger.js";
import { readWitnessConfiguration } from "../witness-node/configuration/configuration.js";
import { trustLogs } from "../witness-node/configuration/logs.js";
import { openPeers } from "../witness-node/configuration/peers.js";
import { cosigner } from "../witness-node/signing/cosign.js";
import { keysOf } from "../witness-node/memory/cosigner-keys.js";
import { movePast, type MovePastReport } from "../witness-node/move-past.js";
import { createNoteClient } from "../witness-node/gossip/note-client.js";
import { openNode } from "../witness-node/memory/open-node.js";
import { openPlaces } from "../witness-node/gossip/peer-sources.js";
import { readConfigured } from "./opening/needed-file.js";
import { movePastCommand } from "./services/witness.js";
import { wallClockMs } from "../platform/wall-clock.js";

const NOTE_TIMEOUT_MS = 10_000;

/** A report for each log. The data folder is locked meanwhile: the node must be stopped. */
export async function moveNodePast(configFile: string): Promise<MovePastReport[]> {
  const config = readConfigured(configFile, readWitnessConfiguration);
  // What the node would log stands in the report.
  const logger = createLogger({ name: config.name, level: "error", destination: { write: () => undefined } });
  const logs = trustLogs(config.logs);
  const peers = openPeers(config.peers ?? []);
  const now = wallClockMs;
  const { signal } = new AbortController();
  const node = openNode(config, { logs, logger, movePast: movePastCommand(configFile) });
  const notes = createNoteClient({ signal, timeoutMs: NOTE_TIMEOUT_MS });
  const places = openPlaces(logs, { peers, signal, logger });
  try {
    const { witnessKeys, checkpoints, ledgers, ownSignatures } = node;
    const reports: MovePastReport[] = [];
    for (const log of logs)
      reports.push(
        await movePast({
          ...{ log, peers, checkpoints, ledgers, ownSignatures, notes, now },
          sources: places.of(log),
          cosign: cosigner(keysOf(witnessKeys)),
          witnessName: witnessKeys.key.name,
        }),
      );
    return reports;
  } finally {
    await Promise.all([notes.close(), places.close()]);
    node.close();
  }
}
