/** `cunzheng witness serve-archive`: a mirror's copy of the ledger, served to anybody. The node may be running, or be gone. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { baseUrl } from "../../platform/server/base-url.js";
import { encodeEntryBundle } from "../../core/ledger/entry-bundle.js";
import { formatTime } from "../../core/record/time.js";
import { type Consortium, logKeysAt } from "../../core/trust/consortium.js";
import type { ArchiveArguments } from "../../commands/node/serve-archive.js";
import { type ArchiveSettings, readArchiveSettings } from "../../configuration/archive.js";
import { placeOf } from "../../configuration/section.js";
import { type ArchiveState, createArchiveApp } from "../../http/archive-app.js";
import { messagesOf } from "../../http/answers/express-prototypes.js";
import { answerFault } from "../../http/answers/unreadable.js";
import { readPageTemplates } from "../../http/handlers/pages.js";
import type { LedgerReads } from "../../notary/model/notary.js";
import { Refusal } from "../../notary/model/refusal.js";
import { createDigester } from "../../platform/keys/ed25519.js";
import { createClientAddresses } from "../../platform/server/client-address.js";
import { listen } from "../../platform/server/http-server.js";
import { createLogger } from "../../platform/logger.js";
import { PROJECT, softwareVersion } from "../../platform/project.js";
import {
  type WitnessConfiguration,
  readWitnessConfiguration,
} from "../../witness-node/configuration/configuration.js";
import { type TrustedLog, trustLogs } from "../../witness-node/configuration/logs.js";
import { type LedgerStore, openLedgerStore } from "../../witness-node/ledger/ledger-store.js";
import { openNoteOf } from "../../witness-node/gossip/note-client.js";
import { type CheckpointStore, openCheckpointStore } from "../../witness-node/memory/store.js";
import { readConfigured, readNamedTrustFile } from "../opening/needed-file.js";
import { guarded } from "./guarded.js";
import { reportOf } from "../verifying/verification-pool.js";
import { createVerificationProcess } from "../verifying/verification-process.js";

export interface RunningArchive {
  readonly url: string;
  close(): Promise<void>;
}

export async function startArchive(given: ArchiveArguments): Promise<RunningArchive> {
  const { config, settings } = readConfigured(given.configFile, readArchiveConfig);
  const logger = createLogger({ name: "archive", level: "info" });
  const { bytes: consortiumJson, trusted } = readNamedTrustFile(given.consortiumFile, "--consortium");
  const opened: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (const closeOne of opened.splice(0).reverse()) await closeOne();
  };
  try {
    const stores = openStores(config);
    opened.push(() => stores.close());
    const log = logOf(config, trusted);
    const newest = newestMirrored(log, stores);
    // What is served is to be verified under the trust file that is served with it.
    openNoteOf({ ...log, vkeys: logKeysAt(trusted, newest.treeSize) }, newest.note);
    const templates = join(PROJECT, "templates");
    const verifier = createVerificationProcess({ templates: [templates] });
    opened.push(() => verifier.close());
    const publicUrl = baseUrl(given.publicUrl ?? urlOf(given.listen));
    const addresses = createClientAddresses(settings.proxies);
    const app = createArchiveApp({
      openapi: readFileSync(join(PROJECT, "openapi.yaml"), "utf8"),
      ledger: ledgerReads(log, stores),
      state: () => stateOf(log, config, trusted, stores),
      verify: async (input) => reportOf(await verifier.answer({ ...input, consortium: consortiumJson })),
      ...{ consortiumJson, publicUrl, logger, createDigester },
      limits: settings.limits,
      addressOf: addresses.of,
      templates: readPageTemplates(join(templates, "pages")),
    });
    const server = await listen(app, {
      ...given.listen,
      ...guarded(settings.limits, addresses),
      messages: messagesOf(app),
      answerFault,
    });
    opened.push(() => server.close());
    const { treeSize, mirroredAt, mirror } = stateOf(log, config, trusted, stores);
    logger.info(
      {
        url: server.url,
        version: softwareVersion(),
        ...{ mirror, origin: log.origin, treeSize, mirroredAt },
        trustFileSha256: createHash("sha256").update(consortiumJson).digest("hex"),
      },
      "the archive is up",
    );
    return { url: server.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function readArchiveConfig(file: string): { config: WitnessConfiguration; settings: ArchiveSettings } {
  const config = readWitnessConfiguration(file);
  const place = placeOf(file, config.dataFolder);
  return { config, settings: readArchiveSettings(config.archive ?? {}, "/archive", place) };
}

const urlOf = ({ host, port }: ArchiveArguments["listen"]): string =>
  `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;

interface Stores {
  readonly checkpoints: CheckpointStore;
  readonly ledgers: LedgerStore;
  close(): void;
}

function openStores({ dataFolder }: WitnessConfiguration): Stores {
  const readOnly = { isReadOnly: true };
  const file = (name: string) => join(dataFolder, name);
  const checkpoints = openCheckpointStore(file("witness.db"), readOnly);
  try {
    const ledgers = openLedgerStore(file("ledger.db"), readOnly);
    const close = () => {
      ledgers.close();
      checkpoints.close();
    };
    return { checkpoints, ledgers, close };
  } catch (error) {
    checkpoints.close();
    throw error;
  }
}

function logOf({ logs }: WitnessConfiguration, { log: { origin } }: Consortium): TrustedLog {
  const found = trustLogs(logs).find((log) => log.origin === origin);
  if (found === undefined)
    throw new Error(`this node has no copy of ${origin}, which is the log of the trust file`);
  return found;
}

function newestMirrored({ origin }: TrustedLog, { checkpoints, ledgers }: Stores) {
  const mirrored = checkpoints.mirrored(origin);
  if (mirrored === undefined)
    throw new Error(`this node has cosigned no checkpoint of ${origin} as a mirror`);
  const copiedSize = ledgers.copiedSize(origin);
  if (copiedSize < mirrored.treeSize)
    throw new Error(
      `this node's copy of ${origin} has ${copiedSize} of ${mirrored.treeSize} entries: let the node fetch the rest first`,
    );
  return mirrored;
}

function ledgerReads(log: TrustedLog, stores: Stores): LedgerReads {
  const { ledgers } = stores;
  const found = <T>(value: T | undefined): T => {
    if (value === undefined)
      throw new Refusal("ledger-resource-unknown", "the ledger has no such tile or bundle");
    return value;
  };
  return {
    checkpoint: async () => newestMirrored(log, stores).note,
    tile: async (tile) => found(ledgers.tile(log.origin, tile)),
    entries: async ({ index, width }) => encodeEntryBundle(found(ledgers.entries(log.origin, index, width))),
  };
}

function stateOf(
  log: TrustedLog,
  { mirror }: WitnessConfiguration,
  { witnesses, organisations }: Consortium,
  stores: Stores,
): ArchiveState {
  const { treeSize, timeSeconds } = newestMirrored(log, stores);
  const name = mirror?.name ?? "";
  const organisation = witnesses.find((witness) => witness.name === name)?.organisation;
  return {
    origin: log.origin,
    mirror: name,
    organisation: organisations.find(({ id }) => id === organisation)?.name ?? { zh: name, en: name },
    treeSize,
    mirroredAt: formatTime(timeSeconds * 1000),
  };
}
