#!/usr/bin/env node
/**
 * The one program. Commands are handed what they need of the world; the two services and the certificate's drawing
 * are loaded only when asked for, so that verifying a file does not wait for a web server's code.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./commands/program.js";
import type { Catalogue } from "./commands/text/report-text.js";
import type { CommandWorld, KeyKind } from "./commands/world/world.js";
import { SIGNATURE_TYPE } from "./core/ledger/vkey.js";
import { createDigester } from "./platform/keys/ed25519.js";
import { createSigningKey } from "./platform/keys/keys.js";
import { PROJECT, softwareVersion } from "./platform/project.js";
import { readAtMost } from "./platform/files/read-at-most.js";
import { VERIFIERS } from "./platform/keys/verifiers.js";
import { verifyX509Signature } from "./platform/keys/x509-signature.js";

// sysexits.h: Node's own exit code for an uncaught error is 1, which here says that something was refused.
const [EX_SOFTWARE, EX_IOERR] = [70, 74];
for (const event of ["uncaughtException", "unhandledRejection"] as const)
  process.on(event, (error: unknown) => {
    process.stderr.write(`cunzheng: ${(error as Error | undefined)?.message ?? String(error)}\n`);
    process.exit(EX_SOFTWARE);
  });
// What could not be said was not said: a full disk, or a reader that went away.
process.stdout.on("error", () => process.exit(EX_IOERR));
process.stderr.on("error", () => process.exit(EX_IOERR));

const TEMPLATES = join(PROJECT, "templates");
/** This machine's own, faster implementations of what verifying needs. */
const HOST = { ...VERIFIERS, createDigester, verifyX509Signature };
/** Of Ed25519 keys: an ML-DSA-44 key signs checkpoints, whoever holds it. */
const KEY_TYPES: Readonly<Record<KeyKind, number>> = {
  log: SIGNATURE_TYPE.ed25519,
  receipt: SIGNATURE_TYPE.ed25519,
  witness: SIGNATURE_TYPE.cosignature,
  mirror: SIGNATURE_TYPE.cosignature,
};

const templateFolders = (more: string | undefined) => (more === undefined ? [TEMPLATES] : [more, TEMPLATES]);

const verifyFile: CommandWorld["verifyFile"] = async ({ templates, ...input }) => {
  const { createFileVerifier } = await import("./programs/verifying/verifier.js");
  return createFileVerifier({ templates: templateFolders(templates), ...HOST })(input);
};

const world: CommandWorld = {
  version: softwareVersion(),
  language: /^zh/i.test(process.env.LC_ALL ?? process.env.LANG ?? "") ? "zh" : "en",
  catalogue: () => JSON.parse(readFileSync(join(TEMPLATES, "wording/report.json"), "utf8")) as Catalogue,
  print: (text) => process.stdout.write(text),
  printError: (text) => process.stderr.write(text),
  readFile: readAtMost,
  readRecord: async (path, question) => {
    const { readRecord } = await import("./programs/verifying/read-record.js");
    const tell = process.stderr.isTTY ? question.tell : () => undefined;
    return readRecord(path, { ...question, tell, createDigester });
  },
  verifyFile,
  verifiers: VERIFIERS,
  serve: async (configFile) => {
    const { startNotary } = await import("./programs/services/notary.js");
    const notary = await startNotary(configFile);
    await toldToEnd();
    await notary.close();
    return 0;
  },
  witness: async (configFile) => {
    const { startWitnessNode } = await import("./programs/services/witness.js");
    const node = await startWitnessNode(configFile);
    await toldToEnd();
    await node.close();
    return 0;
  },
  serveArchive: async (options) => {
    const { startArchive } = await import("./programs/services/archive.js");
    const archive = await startArchive(options);
    await toldToEnd();
    await archive.close();
    return 0;
  },
  movePast: async (configFile) => {
    const { moveNodePast } = await import("./programs/move-past.js");
    return moveNodePast(configFile);
  },
  misconduct: async ({ configFile, out }) => {
    const { exportMisconduct } = await import("./programs/misconduct.js");
    return exportMisconduct(configFile, out);
  },
  challenge: async (options) => {
    const { makeChallenge } = await import("./programs/challenge.js");
    return makeChallenge(options);
  },
  buildTemplate: async ({ name, templates = TEMPLATES }) => {
    const { buildTemplateOf } = await import("./programs/build-template.js");
    return buildTemplateOf({ name, templates });
  },
  makeCertificate: async (options) => {
    const { makeCertificate } = await import("./programs/certificate.js");
    return makeCertificate({ ...options, templates: templateFolders(options.templates) });
  },
  adoptLedger: async (options) => {
    const { adoptLedger } = await import("./programs/recovery/adopt-ledger.js");
    return adoptLedger(options);
  },
  backUp: async (options) => {
    const { makeBackup } = await import("./programs/backup/make-backup.js");
    return makeBackup(options);
  },
  restore: async (options) => {
    const { restoreBackup } = await import("./programs/backup/restore-backup.js");
    return restoreBackup(options);
  },
  recover: async (options) => {
    const { recover } = await import("./programs/recovery/recover.js");
    await recover(options);
  },
  membership: async () => (await import("./programs/membership.js")).membershipWorld,
  keygen: ({ name, kind, algorithm, out }) => {
    const type = algorithm === "ml-dsa-44" ? SIGNATURE_TYPE.mlDsa44 : KEY_TYPES[kind];
    return Promise.resolve(createSigningKey(out, { name, type }));
  },
  makeX509: async (options) => {
    const { makeX509 } = await import("./programs/x509.js");
    return makeX509(options, Date.now());
  },
  createOperatorKey: async ({ configFile }) => {
    const { makeOperatorKey } = await import("./programs/services/notary.js");
    return makeOperatorKey(configFile);
  },
};

/** By a signal, or by the death of the process that started this one. */
function toldToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
    if (process.connected) process.once("disconnect", () => resolve());
  });
}

try {
  process.exitCode = await runCommand(process.argv.slice(2), world);
} catch (error) {
  process.stderr.write(`cunzheng: ${(error as Error).message}\n`);
  process.exitCode = EX_SOFTWARE; // Nothing was verified and nothing refused.
}
// The channel to whoever started us would keep the process alive.
if (process.connected) process.disconnect();
