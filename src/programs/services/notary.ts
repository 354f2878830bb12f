/** `cunzheng serve`: the notary with its adapters, its HTTP server and its certificate thread. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  type CertificateWorker,
  startCertificateWorker,
} from "../../adapters/certificate-worker/certificate-worker.js";
import { openTimeServers } from "../../adapters/clock/clock.js";
import { openOriginals } from "../../adapters/originals/originals.js";
import { createMetrics } from "../../adapters/prometheus/prometheus.js";
import { openSqliteStore } from "../../adapters/sqlite/store.js";
import { systemPorts } from "../../adapters/system/system.js";
import { createTimestampClient } from "../../adapters/timestamp-client/timestamp-client.js";
import { createWitnessClient, type HttpWitnessClient } from "../../adapters/witness-client/witness-client.js";
import { type NotaryConfiguration, readNotaryConfiguration } from "../../configuration/configuration.js";
import { canonicalJson } from "../../core/record/canonical.js";
import { formatTime } from "../../core/record/time.js";
import { SIGNATURE_TYPE } from "../../core/ledger/vkey.js";
import type { JsonValue } from "../../core/record/json.js";
import { parseConsortium } from "../../core/trust/consortium.js";
import { createApp } from "../../http/app.js";
import { messagesOf } from "../../http/answers/express-prototypes.js";
import { readPageTemplates } from "../../http/handlers/pages.js";
import { answerFault } from "../../http/answers/unreadable.js";
import { LOCAL_OPERATOR } from "../../notary/model/model.js";
import { createOperatorKey } from "../../notary/accounts/first-operator.js";
import { createBell } from "../../notary/model/bell.js";
import { openNotary } from "../../notary/open-notary.js";
import { trustInForce } from "../../notary/trust/trust-in-force.js";
import { createClientAddresses } from "../../platform/server/client-address.js";
import { lockDataFolder } from "../../platform/data-folder.js";
import { signerFacts } from "../../pki/signature/document-signer.js";
import { type DocumentSignerFiles, readDocumentSigner } from "../../platform/keys/document-signer.js";
import { createDigester } from "../../platform/keys/ed25519.js";
import { listen } from "../../platform/server/http-server.js";
import { type KeyName, readSigningKey } from "../../platform/keys/keys.js";
import { openLogMark } from "../opening/log-mark.js";
import { createLogger, type Logger, type LogLevel } from "../../platform/logger.js";
import { readPrivateFile } from "../../platform/files/private-files.js";
import { PROJECT, softwareVersion } from "../../platform/project.js";
import { readConfigured, readNamedTrustFile, readNeeded, type TrustFile } from "../opening/needed-file.js";
import { guarded } from "./guarded.js";
import { createRecordPool } from "../verifying/record-pool.js";
import { createVerificationProcess } from "../verifying/verification-process.js";
import { verifyWithKept } from "../verifying/verify-kept.js";

export interface RunningNotary {
  readonly url: string;
  /** Open requests are answered, then everything is closed in the opposite order of its opening. */
  close(): Promise<void>;
}

/** Resolves when it answers. What was opened before a failure is closed again. */
export async function startNotary(configFile: string): Promise<RunningNotary> {
  const configuration = readConfigured(configFile, readNotaryConfiguration);
  const { dataFolder, publicUrl, limits } = configuration;
  const logger = createLogger({ name: "notary", level: configuration.logLevel as LogLevel });
  const templates = join(PROJECT, "templates");
  const opened: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (const closeOne of opened.splice(0).reverse()) await closeOne();
  };
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
    const lock = lockDataFolder(dataFolder);
    opened.push(() => lock.release());
    const { keys } = configuration;
    const keyOf = (member: keyof typeof keys, file: string, wanted: KeyName) => {
      const { name, type } = wanted;
      const kind = member === "receipt" ? "receipt" : "log";
      const algorithm = type === SIGNATURE_TYPE.mlDsa44 ? " --algorithm ml-dsa-44" : "";
      const make = `cunzheng keygen --name ${name} --kind ${kind}${algorithm} --out ${file}`;
      const key = readNeeded(file, { namedBy: `keys.${member} of ${configFile}`, make }, readSigningKey);
      if (key.type !== type)
        throw new Error(`${file} holds a key of type ${key.type}, keys.${member} wants type ${type}`);
      return key;
    };
    const { ed25519, mlDsa44 } = SIGNATURE_TYPE;
    const store = openSqliteStore(join(dataFolder, "notary.db"));
    opened.push(() => store.close());
    const ports = systemPorts(dataFolder, join(dataFolder, "originals"));
    const consortium = await trustInForce({ ...ports, store, log: logger }, configured);
    const trusted = parseConsortium(consortium);
    const { origin } = trusted.log;
    const receiptName = trusted.receipts.vkeys[0]?.name ?? "NAME";
    const { template, signer } = configuration.certificates;
    const certificates = startCertificateWorker({
      templates: configuration.certificates.templates ?? templates,
      template,
      ...(signer && { signer: await openSigner(signer) }),
      findArtifact: (sha256) => store.findArtifact(sha256),
    });
    opened.push(() => certificates.close());
    tellOfSigner(certificates, logger);
    const verifier = createVerificationProcess({ templates: templateFolders(configuration, templates) });
    opened.push(() => verifier.close());
    const records = createRecordPool();
    opened.push(() => records.close());
    const verify = verifyWithKept(verifier, (sha256) => store.findArtifact(sha256));
    const nodes = new Map<string, HttpWitnessClient>();
    opened.push(async () => {
      await Promise.all([...nodes.values()].map((client) => client.close()));
    });
    const witnesses = new Map(
      trusted.witnesses.map(({ name, url }) => {
        const client = nodes.get(url) ?? createWitnessClient(url);
        nodes.set(url, client);
        return [name, client];
      }),
    );
    const { ntp, toleranceMs } = configuration.clock;
    const { monotonicMs } = ports;
    const { authorities, ...timestamps } = configuration.timestamps;
    const timestampAuthorities = authorities.map(({ name, url, policy, authorizationFile }) =>
      createTimestampClient({
        ...{ name, url },
        ...(policy !== undefined && { policy }),
        ...(authorizationFile !== undefined && {
          authorization: readPrivateFile(authorizationFile).toString("utf8").trimEnd(),
        }),
      }),
    );
    opened.push(async () => {
      await Promise.all(timestampAuthorities.map((client) => client.close()));
    });
    const marks = openLogMark(keys.log, origin);
    opened.push(() => marks.close());
    const notary = await openNotary(
      {
        ...ports,
        // Where nobody measures the clock the formats say null, not zero.
        ...(ntp.length > 0 && { timeServers: openTimeServers({ servers: ntp, log: logger, monotonicMs }) }),
        log: logger,
        bell: createBell(),
        logSigner: keyOf("log", keys.log, { name: origin, type: ed25519 }),
        ...(keys.logPostQuantum !== undefined && {
          logPostQuantumSigner: keyOf("logPostQuantum", keys.logPostQuantum, { name: origin, type: mlDsa44 }),
        }),
        logMark: marks,
        receiptSigner: keyOf("receipt", keys.receipt, { name: receiptName, type: ed25519 }),
        store,
        originals: await openOriginals(join(dataFolder, "originals")),
        witnesses,
        timestampAuthorities,
        certificates,
        failingWorkers: () => [
          ...(certificates.isFailing() ? (["certificates"] as const) : []),
          ...(verifier.isFailing() ? (["verifier"] as const) : []),
        ],
      },
      {
        software: `cunzheng/${softwareVersion()}`,
        configurationDigest: configurationDigest(configuration, consortium),
        consortium,
        publicUrl,
        issuer: configuration.certificates.issuer,
        sealing: configuration.sealing,
        clock: { toleranceMs },
        witnessTimeoutMs: configuration.witnessTimeoutMs,
        timestamps,
        minFreeBytes: configuration.minFreeBytes,
      },
    );
    opened.push(() => notary.close());
    const addresses = createClientAddresses(configuration.proxies);
    const { app, standing } = createApp({
      openapi: readFileSync(join(PROJECT, "openapi.yaml"), "utf8"),
      notary,
      verify: (input) => verify({ ...input, consortium }),
      consortiumJson: consortium,
      publicUrl,
      limits,
      addressOf: addresses.of,
      readDepositBody: records.read,
      logger,
      templates: readPageTemplates(join(templates, "pages")),
      createDigester,
    });
    const server = await listen(app, {
      ...configuration.listen,
      ...guarded(limits, addresses),
      ...{ messages: messagesOf(app), answerFault },
    });
    opened.push(() => server.close());
    if (configuration.metrics !== undefined) {
      const metrics = await listen(
        createMetrics(async () => ({
          ...(await notary.status(LOCAL_OPERATOR)),
          shares: standing(),
          connections: server.connections(),
        })),
        configuration.metrics,
      );
      opened.push(() => metrics.close());
      logger.info({ url: `${metrics.url}/metrics` }, "metrics are served");
    }
    logger.info({ url: server.url, publicUrl }, "the notary is up");
    return {
      url: server.url,
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

/** The operator's templates before the program's own: verifying knows both. */
const templateFolders = ({ certificates }: NotaryConfiguration, own: string): readonly string[] =>
  certificates.templates === undefined ? [own] : [certificates.templates, own];

/** Rejects with what is wrong with the files, or with a chain that no verifier would accept at any time. */
async function openSigner(files: DocumentSignerFiles) {
  const { notBeforeMs, notAfterMs } = signerFacts((await readDocumentSigner(files)).certificates);
  return { files, notBeforeMs, notAfterMs };
}

const DAY_MS = 86_400_000;
const WARNED_DAYS = 30;

/** What an operator must know before a court does. */
function tellOfSigner({ signer }: CertificateWorker, logger: Logger): void {
  if (signer === undefined) {
    logger.warn({}, "no key to sign certificates with is configured: none are issued (docs/operation.md)");
    return;
  }
  const notAfter = formatTime(signer.notAfterMs);
  const leftMs = signer.notAfterMs - Date.now();
  if (leftMs <= 0)
    logger.error({ notAfter }, "the certificate that signs certificates has ended: none are issued");
  else if (leftMs < WARNED_DAYS * DAY_MS)
    logger.warn(
      { notAfter, days: Math.floor(leftMs / DAY_MS) },
      "the certificate that signs certificates ends soon",
    );
}

/** For the organisation that runs the log. The notary must be stopped: the data folder is locked meanwhile. */
export async function makeOperatorKey(configFile: string): Promise<{ keyId: string; token: string }> {
  const configuration = readConfigured(configFile, readNotaryConfiguration);
  const { dataFolder } = configuration;
  const { log, organisations } = readTrustFile(configFile, configuration).trusted;
  const operator = organisations.find(({ id }) => id === log.organisation);
  if (operator === undefined) throw new Error("internal: a trust file without the log's organisation");
  const { id, name, creditCode } = operator;
  const lock = lockDataFolder(dataFolder);
  try {
    const store = openSqliteStore(join(dataFolder, "notary.db"));
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

export function readTrustFile(configFile: string, { consortium }: NotaryConfiguration): TrustFile {
  return readNamedTrustFile(consortium, `consortium of ${configFile}`);
}

/** SHA-256 over what decides the notary's behaviour, the trust file with it; key files are named, not read. */
function configurationDigest(
  { logLevel: _, ...effective }: NotaryConfiguration,
  consortium: Uint8Array,
): Uint8Array {
  const trustFile = createHash("sha256").update(consortium).digest("base64");
  const canonical = canonicalJson({ ...effective, consortium: trustFile } as unknown as JsonValue);
  return new Uint8Array(createHash("sha256").update(canonical).digest());
}
