/** The worker with its adapters: the nodes, the time-stamping authorities, the certificates' thread and the log's keys. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  type CertificateWorker,
  startCertificateWorker,
} from "../../adapters/certificate-worker/certificate-worker.js";
import { openTimeServers } from "../../adapters/clock/clock.js";
import { createTimestampClient } from "../../adapters/timestamp-client/timestamp-client.js";
import { createWitnessClient, type HttpWitnessClient } from "../../adapters/witness-client/witness-client.js";
import type { NotaryConfiguration } from "../../configuration/configuration.js";
import { SIGNATURE_TYPE } from "../../core/ledger/vkey.js";
import { canonicalJson } from "../../core/record/canonical.js";
import type { JsonValue } from "../../core/record/json.js";
import { formatTime } from "../../core/record/time.js";
import { type Consortium, parseConsortium } from "../../core/trust/consortium.js";
import { openWorker, type OpenWorker } from "../../notary/open-worker.js";
import { refuseUnfitTrust } from "../../notary/trust/trust.js";
import { signerFacts } from "../../pki/signature/document-signer.js";
import { readPrivateLine } from "../../platform/files/private-files.js";
import { type DocumentSignerFiles, readDocumentSigner } from "../../platform/keys/document-signer.js";
import type { Logger } from "../../platform/logger.js";
import { PROJECT, softwareVersion } from "../../platform/project.js";
import { openLogMark } from "../opening/log-mark.js";
import { createClosers, type Parts, watchTrust } from "./parts.js";

/**
 * Opens the worker, and opens it anew under each trust file that comes into force: whoever asks meanwhile waits. Resolves
 * when it works; throws where keys and trust file do not fit.
 */
export async function startWorkerSide(parts: Parts): Promise<OpenWorker> {
  const closers = createClosers();
  try {
    const certificates = await startCertificates(parts);
    closers.opened(() => certificates.close());
    const inForce = await parts.trust();
    let last = inForce.trustFile;
    let newest = await openUnder(parts, last, certificates);
    let current = Promise.resolve(newest);
    closers.opened(async () => {
      await (await current.catch(() => undefined))?.close();
    });
    const watching = watchTrust(parts, inForce, async (trustFile) => {
      parts.logger.warn({}, "the worker goes on under another trust file");
      const before = await current.catch(() => undefined);
      const next = (before?.close() ?? Promise.resolve()).then(() =>
        openUnder(parts, trustFile, certificates),
      );
      // Better under the one before than not at all; what is wrong with the new one is told, and it is tried again.
      current = next.catch(() => openUnder(parts, last, certificates));
      newest = await current;
      await next;
      last = trustFile;
    });
    closers.opened(() => watching.close());
    return {
      record: async (drafts) => (await current).record(drafts),
      appendChange: async (by, change) => (await current).appendChange(by, change),
      certificate: async (id, language, which) => (await current).certificate(id, language, which),
      refuseHalted: (work) => {
        newest.refuseHalted(work);
      },
      halts: () => newest.halts(),
      readiness: () => newest.readiness(),
      status: () => newest.status(),
      close: () => closers.close(),
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

/**
 * Throws as `startWorkerSide` would, where keys, trust file or template are not as they must be, and begins nothing. The mark
 * of what the log's key has signed is left to whoever leads.
 */
export async function refuseUnfitWorker(parts: Parts): Promise<void> {
  const { authorities } = parts.configuration.timestamps;
  for (const { authorizationFile } of authorities)
    if (authorizationFile !== undefined) readPrivateLine(authorizationFile);
  await (await startCertificates(parts)).close();
  const trusted = parseConsortium((await parts.trust()).trustFile);
  refuseUnfitTrust(trusted, { ...parts.system, ...signersUnder(parts, trusted) });
}

function signersUnder({ configuration: { keys }, keyOf }: Parts, { log: { origin }, receipts }: Consortium) {
  const { ed25519, mlDsa44 } = SIGNATURE_TYPE;
  return {
    logSigner: keyOf("log", keys.log, { name: origin, type: ed25519 }),
    ...(keys.logPostQuantum !== undefined && {
      logPostQuantumSigner: keyOf("logPostQuantum", keys.logPostQuantum, { name: origin, type: mlDsa44 }),
    }),
    receiptSigner: keyOf("receipt", keys.receipt, { name: receipts.vkeys[0]?.name ?? "NAME", type: ed25519 }),
  };
}

async function openUnder(
  parts: Parts,
  consortium: Uint8Array,
  certificates: CertificateWorker,
): Promise<OpenWorker> {
  const { configuration, logger, system, store, originals, bell, jobBell } = parts;
  const { keys } = configuration;
  const trusted = parseConsortium(consortium);
  const { origin } = trusted.log;
  const { opened, close } = createClosers();
  try {
    const nodes = new Map<string, HttpWitnessClient>();
    opened(async () => {
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
    const { monotonicMs } = system;
    const { authorities, ...timestamps } = configuration.timestamps;
    const timestampAuthorities = authorities.map(({ name, url, policy, authorizationFile }) =>
      createTimestampClient({
        ...{ name, url },
        ...(policy !== undefined && { policy }),
        ...(authorizationFile !== undefined && { authorization: readPrivateLine(authorizationFile) }),
      }),
    );
    opened(async () => {
      await Promise.all(timestampAuthorities.map((client) => client.close()));
    });
    const logMark = openLogMark(keys.log, origin);
    opened(() => {
      logMark.close();
    });
    const worker = await openWorker(
      {
        ...system,
        // Where nobody measures the clock the formats say null, not zero.
        ...(ntp.length > 0 && { timeServers: openTimeServers({ servers: ntp, log: logger, monotonicMs }) }),
        log: logger,
        ...{ bell, jobBell, logMark, store, originals, witnesses, timestampAuthorities, certificates },
        ...signersUnder(parts, trusted),
        failingWorkers: () => [
          ...(certificates.isFailing() ? (["certificates"] as const) : []),
          ...(parts.isQueueAway() ? (["queue"] as const) : []),
        ],
      },
      {
        software: `cunzheng/${softwareVersion()}`,
        configurationDigest: configurationDigest(configuration, consortium),
        consortium,
        publicUrl: configuration.publicUrl,
        issuer: configuration.certificates.issuer,
        sealing: configuration.sealing,
        clock: { toleranceMs },
        witnessTimeoutMs: configuration.witnessTimeoutMs,
        timestamps,
        minFreeBytes: configuration.minFreeBytes,
      },
    );
    opened(() => worker.close());
    return { ...worker, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startCertificates({ configuration, store, logger }: Parts): Promise<CertificateWorker> {
  const { template, signer, templates = join(PROJECT, "templates") } = configuration.certificates;
  const certificates = startCertificateWorker({
    ...{ templates, template },
    ...(signer && { signer: await openSigner(signer) }),
    findArtifact: (sha256) => store.findArtifact(sha256),
  });
  tellOfSigner(certificates, logger);
  return certificates;
}

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

const UNDECIDING: ReadonlySet<string> = new Set(["logLevel", "store", "storeFile", "queue", "queueFile"]);

/**
 * SHA-256 over what decides the notary's behaviour, the trust file with it; key files are named, not read. How it logs, where
 * it keeps things and by what it is woken decides nothing, and a digest of a short password could be guessed.
 */
function configurationDigest(configuration: NotaryConfiguration, consortium: Uint8Array): Uint8Array {
  const effective = Object.entries(configuration).filter(([name]) => !UNDECIDING.has(name));
  const trustFile = createHash("sha256").update(consortium).digest("base64");
  const canonical = canonicalJson({
    ...Object.fromEntries(effective),
    consortium: trustFile,
  } as unknown as JsonValue);
  return new Uint8Array(createHash("sha256").update(canonical).digest());
}
