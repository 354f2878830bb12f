/** What every process of the notary opens first: its configuration, its log, its place on the data folder and the store. */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { createBell } from "../../adapters/bell/bell.js";
import type { RedisBell, RedisBellOptions } from "../../adapters/redis/bell.js";
import { systemPorts } from "../../adapters/system/system.js";
import { type NotaryConfiguration, readNotaryConfiguration } from "../../configuration/configuration.js";
import { parseCheckpointText } from "../../core/ledger/checkpoint.js";
import { parseNote } from "../../core/ledger/note.js";
import { SIGNATURE_TYPE } from "../../core/ledger/vkey.js";
import { parseConsortium } from "../../core/trust/consortium.js";
import { startWorkLoop } from "../../notary/model/work-loop.js";
import type { Bell } from "../../notary/ports/bell.js";
import type { Originals } from "../../notary/ports/originals.js";
import type { Store } from "../../notary/ports/ports.js";
import { trustInForce } from "../../notary/trust/trust-in-force.js";
import { lockDataFolder } from "../../platform/data-folder.js";
import { type KeyName, readSigningKey, type SigningKey } from "../../platform/keys/keys.js";
import { createLogger, type Logger } from "../../platform/logger.js";
import { softwareVersion } from "../../platform/project.js";
import { readConfigured, readNeeded } from "../opening/needed-file.js";
import { queueUrl } from "../opening/addresses.js";
import { placeOfStore } from "../opening/open-store.js";
import { readTrustFile } from "../opening/trust-file.js";

/** What was opened is closed in the opposite order, also after a failure. */
export interface Closers {
  readonly opened: (close: () => void | Promise<void>) => void;
  close(): Promise<void>;
}

export function createClosers(): Closers {
  const closers: (() => void | Promise<void>)[] = [];
  return {
    opened: (close) => closers.push(close),
    close: async () => {
      for (const closeOne of closers.splice(0).reverse()) await closeOne();
    },
  };
}

export interface Parts extends Closers {
  readonly configFile: string;
  readonly configuration: NotaryConfiguration;
  readonly logger: Logger;
  readonly system: ReturnType<typeof systemPorts>;
  readonly store: Store;
  readonly originals: Originals;
  readonly bell: Bell;
  /** For whoever runs jobs. */
  readonly jobBell: Bell;
  /** Of this process alone: what it says has reached the other processes of the data folder, or need not. */
  readonly nearBell: Bell;
  /** There is a queue, and it does not answer. */
  isQueueAway(): boolean;
  /** The trust file in force: the configured one and what the ledger in the store makes of it. */
  trust(): Promise<InForce>;
  /** Reads one of the keys that the configuration names. Throws, naming the member and the command that makes one. */
  keyOf(member: keyof NotaryConfiguration["keys"], file: string, wanted: KeyName): SigningKey;
}

export interface InForce {
  readonly trustFile: Uint8Array;
  /** Every entry of the ledger below this size has been looked at. */
  readonly treeSize: number;
}

export interface PartsOptions {
  /** Of the log's lines. */
  readonly name: string;
  /** `alone`: no other process works on the data folder, unless the store is one that several machines share. `shared`: others do. `within`: one that is alone has started this. */
  readonly place: "alone" | "shared" | "within";
}

/** In a process that shares the store: a write of its own is not to hold up whoever it answers. */
const SHARED_BUSY_MS = 250;

export async function openParts(configFile: string, { name, place }: PartsOptions): Promise<Parts> {
  const configuration = readConfigured(configFile, readNotaryConfiguration);
  const { dataFolder } = configuration;
  const logger = createLogger({ name, level: configuration.logLevel });
  const { opened, close } = createClosers();
  try {
    const { bytes: configured } = readTrustFile(configFile, configuration);
    logger.info(
      {
        configuration: resolve(configFile),
        dataFolder,
        version: softwareVersion(),
        trustFile: configuration.consortium,
        trustFileSha256: createHash("sha256").update(configured).digest("hex"),
      },
      "starting",
    );
    const places = await placeOfStore(configuration);
    if (place !== "within") {
      const lock = lockDataFolder(dataFolder, { isShared: places.isShared || place === "shared" });
      opened(() => lock.release());
    }
    const store = await places.openStore(place === "alone" ? {} : { busyMs: SHARED_BUSY_MS });
    opened(() => store.close());
    await refuseOthersLedger(store, configured);
    const system = {
      ...systemPorts(dataFolder, join(dataFolder, "originals")),
      ...(store.freeBytes && { freeBytes: store.freeBytes }),
    };
    const originals = await places.openOriginals();
    opened(() => originals.close());
    const [nearBell, nearJobs] = [createBell(), createBell()];
    const far = await openQueueBell(configuration, configured, { near: nearBell, nearJobs, log: logger });
    opened(async () => far?.close());
    return {
      ...{ configFile, configuration, logger, system, store, originals, opened, close, nearBell },
      bell: far ?? nearBell,
      jobBell: far?.jobBell ?? nearJobs,
      isQueueAway: () => far?.isAway() ?? false,
      trust: async () => {
        const treeSize = await sizeOf(store);
        return { trustFile: await trustInForce({ ...system, store, log: logger }, configured), treeSize };
      },
      keyOf: (member, file, wanted) => keyOf(configFile, member, file, wanted),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A database that another log works on would get two logs' deposits, and its ledger two signers. */
async function refuseOthersLedger(store: Store, trustFile: Uint8Array): Promise<void> {
  const newest = await store.newestCheckpoint();
  if (newest === undefined) return;
  const { origin } = parseConsortium(trustFile).log;
  const held = parseCheckpointText(parseNote(newest.note).text).origin;
  if (held !== origin)
    throw new Error(`the store holds the ledger of ${held}, and the trust file is that of ${origin}`);
}

/** Undefined where no queue is configured: its libraries, some 30 MB, are then not loaded. */
async function openQueueBell(
  configuration: NotaryConfiguration,
  trustFile: Uint8Array,
  around: Omit<RedisBellOptions, "origin">,
): Promise<RedisBell | undefined> {
  const url = queueUrl(configuration);
  if (url === undefined) return undefined;
  const { openRedisBell } = await import("../../adapters/redis/bell.js");
  return openRedisBell(url, { origin: parseConsortium(trustFile).log.origin, ...around });
}

/** What runs tells of its stop, and closes what it was made of; what was opened before a failure is closed again. */
export async function runOn<Running extends object>(
  parts: Parts,
  start: () => Promise<Running>,
): Promise<Running & { close(): Promise<void> }> {
  const { logger, close } = parts;
  try {
    return {
      ...(await start()),
      close: async () => {
        logger.info("stopping");
        await close();
        logger.info("stopped");
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function keyOf(configFile: string, member: string, file: string, { name, type }: KeyName): SigningKey {
  const kind = member === "receipt" ? "receipt" : "log";
  const algorithm = type === SIGNATURE_TYPE.mlDsa44 ? " --algorithm ml-dsa-44" : "";
  const make = `cunzheng keygen --name ${name} --kind ${kind}${algorithm} --out ${file}`;
  const key = readNeeded(file, { namedBy: `keys.${member} of ${configFile}`, make }, readSigningKey);
  if (key.type !== type)
    throw new Error(`${file} holds a key of type ${key.type}, keys.${member} wants type ${type}`);
  return key;
}

const TRUST_EVERY_MS = 1000;
const TRUST_BACKOFF = { firstMs: TRUST_EVERY_MS, longestMs: 10_000 };

/**
 * Calls `change` with the trust file in force each time that it is another one than before: an entry of the ledger, whoever
 * has appended it, is taken up without a restart. What `change` throws is told, and it is called again.
 */
export function watchTrust(
  { store, bell, trust, logger }: Parts,
  inForce: InForce,
  change: (trustFile: Uint8Array) => Promise<void>,
): { close(): Promise<void> } {
  let known = inForce;
  return startWorkLoop({
    look: async () => {
      const treeSize = await sizeOf(store);
      if (treeSize === known.treeSize) return;
      // Only what is new is read: of a ledger that was adopted every entry has to be opened.
      const isChanged = (await store.consortiumEntries(known.treeSize)).length > 0;
      const now = isChanged ? await trust() : { ...known, treeSize };
      if (Buffer.compare(now.trustFile, known.trustFile) !== 0) await change(now.trustFile);
      known = now;
    },
    hear: (ring) => bell.hear(ring),
    everyMs: TRUST_EVERY_MS,
    backoff: TRUST_BACKOFF,
    tell: (error) => {
      logger.error({ err: error }, "a change of the trust file can't be taken up; it is tried again");
    },
  });
}

const sizeOf = async (store: Store): Promise<number> => (await store.newestCheckpoint())?.treeSize ?? 0;
