/** What a node has on disk, opened: its keys, its memory and its copy of the ledgers, with the data folder locked. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { equalBytes } from "../core/bytes.js";
import { parseVkey, SIGNATURE_TYPE } from "../core/ledger/vkey.js";
import { lockDataFolder } from "../platform/data-folder.js";
import { openSigningKey, type SigningKey } from "../platform/keys.js";
import type { Logger } from "../platform/logger.js";
import type { TrustedLog, WitnessConfig } from "./config.js";
import { type LedgerStore, openLedgerStore } from "./ledger-store.js";
import {
  describeForgotten,
  type Forgotten,
  type MarkedCosigner,
  type OwnSignatures,
  watchOwnSignatures,
} from "./own-signatures.js";
import { openSignedMarks } from "./signed-marks.js";
import { type CheckpointStore, openCheckpointStore } from "./store.js";

export interface OpenNode {
  readonly key: SigningKey;
  readonly mirrorKey?: SigningKey;
  readonly checkpoints: CheckpointStore;
  readonly ledgers: LedgerStore;
  readonly ownSignatures: OwnSignatures;
  /** What keeps it from signing for a log, with the command that helps. */
  refusal(origin: string): string | undefined;
  close(): void;
}

export interface OpenNodeOptions {
  readonly logs: readonly TrustedLog[];
  readonly logger: Logger;
  /** The command that moves its memory past what it has forgotten. */
  readonly movePast: string;
}

/** Throws DataFolderInUseError, or what went wrong; nothing stays open then. */
export function openNode(config: WitnessConfig, { logs, logger, movePast }: OpenNodeOptions): OpenNode {
  const { dataFolder } = config;
  const undo: (() => void)[] = [];
  const close = () => {
    for (const step of undo.splice(0).reverse()) step();
  };
  const describe = (forgotten: Forgotten) => describeForgotten(forgotten, movePast);
  try {
    const lock = lockDataFolder(dataFolder);
    undo.push(() => lock.release());
    const { key, mirrorKey } = openKeys(config, logger);
    const checkpoints = openCheckpointStore(join(dataFolder, "witness.db"));
    undo.push(() => checkpoints.close());
    const ledgers = openLedgerStore(join(dataFolder, "ledger.db"));
    undo.push(() => ledgers.close());
    const marked = ({ name, vkey }: SigningKey, keyFile: string): MarkedCosigner => {
      const marks = openSignedMarks(keyFile);
      undo.push(() => marks.close());
      return { name, vkeys: [parseVkey(vkey)], marks };
    };
    const cosigners = [
      marked(key, keyFileOf(config, "witness")),
      ...(mirrorKey ? [marked(mirrorKey, keyFileOf(config, "mirror"))] : []),
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
      else catchUpMarks({ origin, key, mirrorKey, checkpoints, ownSignatures });
    }
    return { key, ...(mirrorKey && { mirrorKey }), checkpoints, ledgers, ownSignatures, refusal, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** A crash may have fallen between the memory and the mark; and nodes of earlier versions made none. */
function catchUpMarks({
  origin,
  key,
  mirrorKey,
  checkpoints,
  ownSignatures,
}: {
  readonly origin: string;
  readonly key: SigningKey;
  readonly mirrorKey: SigningKey | undefined;
  readonly checkpoints: CheckpointStore;
  readonly ownSignatures: OwnSignatures;
}): void {
  const [cosigned, mirrored] = [checkpoints.latest(origin), checkpoints.mirrored(origin)];
  if (cosigned) ownSignatures.note(origin, key.name, cosigned);
  if (mirrored && mirrorKey) ownSignatures.note(origin, mirrorKey.name, mirrored);
}

const keyFileOf = ({ keyFile, mirror, dataFolder }: WitnessConfig, kind: "witness" | "mirror"): string =>
  (kind === "mirror" ? mirror?.keyFile : keyFile) ?? join(dataFolder, `${kind}.key`);

/** SPEC (tlog-mirror): "this witness service MUST be a distinct cosigner from the mirror cosigner, with a distinct name." */
function openKeys(
  { name, keyFile, mirror, dataFolder }: WitnessConfig,
  logger: Logger,
): { key: SigningKey; mirrorKey?: SigningKey } {
  const open = (kind: "witness" | "mirror", wanted: string, named: string | undefined): SigningKey => {
    // A key that the configuration names was there once: a new one in its place would be another cosigner, unasked.
    if (named !== undefined && !existsSync(named))
      throw new Error(
        `the key file ${named} is missing (named by ${kind === "mirror" ? "mirror.keyFile" : "keyFile"}): bring it back, ` +
          "or make a new key, whose vkey the trust file must then name: " +
          `cunzheng keygen --name ${wanted} --kind ${kind} --out ${named}`,
      );
    const file = named ?? join(dataFolder, `${kind}.key`);
    const { key, created } = openSigningKey(file, { name: wanted, type: SIGNATURE_TYPE.cosignature });
    if (created) logger.warn({ file, vkey: key.vkey }, "made a new key: verifiers must be told its vkey");
    return key;
  };
  const key = open("witness", name, keyFile);
  if (mirror === undefined) return { key };
  const mirrorKey = open("mirror", mirror.name, mirror.keyFile);
  // An Ed25519 cosignature does not sign its cosigner's name: one key would let a witness pass for a mirror.
  if (equalBytes(key.publicKey, mirrorKey.publicKey))
    throw new Error(`${key.name} and ${mirrorKey.name} have one key: a witness could pass for a mirror`);
  return { key, mirrorKey };
}
