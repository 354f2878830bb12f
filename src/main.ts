#!/usr/bin/env node
/**
 * The one program: reads the configuration once, builds the adapters, and hands them to the server, the notary's loop
 * and the commands. The only file that knows both sides of every port.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startCertificateWorker } from "./adapters/certificate-worker/certificate-worker.js";
import { readTemplate } from "./adapters/certificate-worker/template-files.js";
import { openOriginals } from "./adapters/originals/originals.js";
import { openSqliteStore } from "./adapters/sqlite/store.js";
import { systemPorts } from "./adapters/system/system.js";
import { createWitnessClient } from "./adapters/witness-client/witness-client.js";
import { verifyFile } from "./certificate/verify-file.js";
import { type Template } from "./certificate/template.js";
import { type CommandWorld, type KeyKind, runCommand } from "./cli/program.js";
import { type Catalogue } from "./cli/report-text.js";
import { type NotaryConfiguration, readNotaryConfiguration } from "./configuration.js";
import { utf8 } from "./core/bytes.js";
import { SIGNATURE_TYPE } from "./core/ledger/vkey.js";
import { canonicalJson } from "./core/record/canonical.js";
import { type JsonValue } from "./core/record/json.js";
import { parseConsortium } from "./core/witness/consortium.js";
import { createApp } from "./http/app.js";
import { readPageTemplates } from "./http/pages.js";
import { createOperatorKey } from "./notary/first-operator.js";
import { openNotary } from "./notary/notary.js";
import { lockDataFolder } from "./platform/data-folder.js";
import { createDigester, verifyEd25519 } from "./platform/ed25519.js";
import { listen } from "./platform/http-server.js";
import { createSigningKey, readSigningKey } from "./platform/keys.js";
import { createLogger, type LogLevel } from "./platform/logger.js";
import { PROJECT, softwareVersion } from "./platform/project.js";
import { parseWitnessConfig } from "./witness-node/config.js";
import { startWitness } from "./witness-node/witness.js";

const TEMPLATES = join(PROJECT, "templates");
const KEY_TYPES: Readonly<Record<KeyKind, number>> = {
  log: SIGNATURE_TYPE.ed25519,
  receipt: SIGNATURE_TYPE.ed25519,
  witness: SIGNATURE_TYPE.cosignature,
};

/** Opening the template takes a tenth of a second: once, and only where a certificate comes. */
let template: Template | undefined;
const verify: CommandWorld["verifyFile"] = (input) =>
  verifyFile({
    ...input,
    templates: () => [(template ??= readTemplate(TEMPLATES))],
    verifyEd25519,
    createDigester,
  });

const world: CommandWorld = {
  version: softwareVersion(),
  language: /^zh/i.test(process.env.LC_ALL ?? process.env.LANG ?? "") ? "zh" : "en",
  catalogue: JSON.parse(readFileSync(join(TEMPLATES, "wording/report.json"), "utf8")) as Catalogue,
  print: (text) => process.stdout.write(text),
  printError: (text) => process.stderr.write(text),
  readFile,
  verifyFile: verify,
  serve,
  witness,
  keygen: ({ name, kind, out }) => Promise.resolve(createSigningKey(out, { name, type: KEY_TYPES[kind] })),
  createOperatorKey: async ({ configFile }) => {
    const { dataFolder, consortium } = readNotaryConfiguration(configFile);
    const { log, organisations } = parseConsortium(new Uint8Array(readFileSync(consortium)));
    const operator = organisations.find(({ id }) => id === log.organisation);
    if (operator === undefined) throw new Error("internal: a trust file without the log's organisation");
    const { id, name, creditCode } = operator;
    const lock = lockDataFolder(dataFolder);
    const store = openSqliteStore(join(dataFolder, "notary.db"));
    try {
      const ports = { store, ...systemPorts(dataFolder) };
      const { key, token } = await createOperatorKey(ports, { id, name: name.zh, creditCode });
      return { keyId: key.id, token };
    } finally {
      await store.close();
      lock.release();
    }
  },
};

/** Resolves when the notary was told to end and has ended. What was opened is closed in the opposite order. */
async function serve(configFile: string): Promise<number> {
  const configuration = readNotaryConfiguration(configFile);
  const { dataFolder, listen: address, publicUrl, limits } = configuration;
  const logger = createLogger({ name: "notary", level: configuration.logLevel as LogLevel });
  const opened: (() => void | Promise<void>)[] = [];
  try {
    const lock = lockDataFolder(dataFolder);
    opened.push(() => lock.release());
    const store = openSqliteStore(join(dataFolder, "notary.db"));
    opened.push(() => store.close());
    const consortium = new Uint8Array(readFileSync(configuration.consortium));
    const renderer = startCertificateWorker({ templates: TEMPLATES, publicUrl });
    opened.push(() => renderer.close());
    const witnesses = new Map(
      parseConsortium(consortium).witnesses.map(({ name, url }) => [name, createWitnessClient(url)]),
    );
    opened.push(async () => {
      await Promise.all([...witnesses.values()].map((client) => client.close()));
    });
    const notary = await openNotary(
      {
        ...systemPorts(dataFolder),
        clockOffsetMs: () => null,
        log: logger,
        logSigner: readSigningKey(configuration.keys.log),
        receiptSigner: readSigningKey(configuration.keys.receipt),
        store,
        originals: await openOriginals(join(dataFolder, "originals")),
        witnesses,
        renderCertificate: renderer.render,
      },
      {
        software: `cunzheng/${softwareVersion()}`,
        configurationDigest: configurationDigest(configuration, consortium),
        consortium,
        sealing: configuration.sealing,
        witnessTimeoutMs: configuration.witnessTimeoutMs,
        minFreeBytes: configuration.minFreeBytes,
      },
    );
    opened.push(() => notary.close());
    const app = createApp({
      notary,
      verify: ({ file, record, parties }) => verify({ file, consortium, parties, ...(record && { record }) }),
      consortiumJson: consortium,
      publicUrl,
      limits,
      logger,
      templates: readPageTemplates(join(TEMPLATES, "pages")),
      createDigester,
    });
    const server = await listen(app, address);
    opened.push(() => server.close());
    logger.info({ url: server.url, publicUrl }, "the notary is up");
    await toldToEnd();
    logger.info("ending");
    return 0;
  } finally {
    for (const close of opened.reverse()) await close();
  }
}

async function witness(configFile: string): Promise<number> {
  const config = parseWitnessConfig(new Uint8Array(readFileSync(configFile)));
  const logger = createLogger({ name: config.name, level: "info" });
  const node = await startWitness(config, { logger, now: () => Date.now() });
  await toldToEnd();
  await node.close();
  return 0;
}

/** By a signal, or by the death of the process that started this one. */
function toldToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
    if (process.connected) process.once("disconnect", () => resolve());
  });
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

try {
  process.exitCode = await runCommand(process.argv.slice(2), world);
} catch (error) {
  process.stderr.write(utf8(`cunzheng: ${(error as Error).message}\n`));
  process.exitCode = 70; // sysexits.h EX_SOFTWARE: nothing was verified and nothing refused.
}
