/** What a node has on disk, opened: its keys, its memory and its copy of the ledgers, with the data folder locked. */
import { join } from "node:path";
import { parseVkey } from "../../core/ledger/vkey.js";
import { lockDataFolder } from "../../platform/data-folder.js";
import type { Logger } from "../../platform/logger.js";
import { openSignedMarks } from "../../platform/keys/signed-marks.js";
import type { WitnessConfiguration } from "../configuration/configuration.js";
import type { TrustedLog } from "../configuration/logs.js";
import { type CosignerKeys, keysOf, openKeys } from "./cosigner-keys.js";
import { type LedgerStore, openLedgerStore } from "../ledger/ledger-store.js";
import {
  describeForgotten,
  type Forgotten,
  type MarkedCosigner,
  type OwnSignatures,
  watchOwnSignatures,
} from "./own-signatures.js";
import { type CheckpointStore, openCheckpointStore } from "./store.js";

export interface OpenNode {
  readonly witnessKeys: CosignerKeys;
  readonly mirrorKeys?: CosignerKeys;
  readonly checkpoints: CheckpointStore;
  readonly ledgers: LedgerStore;
  readonly ownSignatures: OwnSignatures;
  /** Tells what keeps the node from signing for a log, with the command that helps. */
  refusal(origin: string): string | undefined;
  close(): void;
}

export interface OpenNodeOptions {
  readonly logs: readonly TrustedLog[];
  readonly logger: Logger;
  /** This command moves the node's memory past what it has forgotten. */
  readonly movePast: string;
}

/** Opens a node's memory and keys. Throws DataFolderInUseError, or what went wrong; nothing stays open then. */
export function openNode(
  config: WitnessConfiguration,
  { logs, logger, movePast }: OpenNodeOptions,
): OpenNode {
  const { dataFolder } = config;
  const undo: (() => void)[] = [];
  const close = () => {
    for (const step of undo.splice(0).reverse()) step();
  };
  const describe = (forgotten: Forgotten) => describeForgotten(forgotten, movePast);
  try {
    const lock = lockDataFolder(dataFolder);
    undo.push(() => lock.release());
    const { witnessKeys, mirrorKeys } = openKeys(config, logger);
    const checkpoints = openCheckpointStore(join(dataFolder, "witness.db"));
    undo.push(() => checkpoints.close());
    const ledgers = openLedgerStore(join(dataFolder, "ledger.db"));
    undo.push(() => ledgers.close());
    const marked = (keys: CosignerKeys, keyFile: string): MarkedCosigner => {
      const marks = openSignedMarks(keyFile, "delete it and run move-past");
      undo.push(() => marks.close());
      return { name: keys.key.name, vkeys: keysOf(keys).map(({ vkey }) => parseVkey(vkey)), marks };
    };
    const cosigners = [
      marked(witnessKeys, keyFileOf(config, "witness")),
      ...(mirrorKeys ? [marked(mirrorKeys, keyFileOf(config, "mirror"))] : []),
    ];
    const ownSignatures = watchOwnSignatures({
      cosigners,
      checkpoints,
      ledgers,
      tell: (origin, forgotten) => logger.error({ origin, ...forgotten }, describe(forgotten)),
    });
    const refusal = (origin: string) => {
      const forgotten = ownSignatures.forgotten(origin);
      return forgotten && describe(forgotten);
    };
    for (const { origin } of logs) {
      const forgotten = ownSignatures.forgotten(origin);
      if (forgotten) logger.error({ origin, ...forgotten }, describe(forgotten));
      else catchUpMarks({ origin, witnessKeys, mirrorKeys, checkpoints, ownSignatures });
    }
    return {
      witnessKeys,
      ...(mirrorKeys && { mirrorKeys }),
      checkpoints,
      ledgers,
      ownSignatures,
      refusal,
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** A crash may have fallen between the memory and the mark; and nodes of earlier versions made none. */
function catchUpMarks({
  origin,
  witnessKeys,
  mirrorKeys,
  checkpoints,
  ownSignatures,
}: {
  readonly origin: string;
  readonly witnessKeys: CosignerKeys;
  readonly mirrorKeys: CosignerKeys | undefined;
  readonly checkpoints: CheckpointStore;
  readonly ownSignatures: OwnSignatures;
}): void {
  const [cosigned, mirrored] = [checkpoints.latest(origin), checkpoints.mirrored(origin)];
  if (cosigned) ownSignatures.note(origin, witnessKeys.key.name, cosigned);
  if (mirrored && mirrorKeys) ownSignatures.note(origin, mirrorKeys.key.name, mirrored);
}

const keyFileOf = (
  { keyFile, mirror, dataFolder }: WitnessConfiguration,
  kind: "witness" | "mirror",
): string => (kind === "mirror" ? mirror?.keyFile : keyFile) ?? join(dataFolder, `${kind}.key`);
